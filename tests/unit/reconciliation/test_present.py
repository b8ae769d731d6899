"""What the matcher and the streams show, against a replay that comes by."""

from pathlib import Path

import pytest

from matcher.core.engine import Engine
from matcher.tools.data_folder import DataFolder
from matcher.tools.replay import Replay
from proto.codes import ALLOW, CANCEL_ONLY, POST_ONLY
from proto.commands import Command, Deposit, SetAccount, SetMarketState
from proto.ids import RequestId
from proto.queries import Query
from proto.replies import LedgerReply, Reply
from scripts.load.evidence import EvidenceError
from scripts.reconciliation.books import BookComparison, replayed_book
from scripts.reconciliation.live import LiveComparison, look_at_matcher
from scripts.watching.book import BookState
from tests.applying import answer_of
from tests.unit.load.scales import TATA_INR
from tests.unit.tools.data_folders import SmallExchange, small_exchange


class LiveMatcher:
    """Answers from an engine; applies a command in between, where a test wants that."""

    def __init__(self, exchange: SmallExchange) -> None:
        self.exchange = exchange
        self.trades_after: int | None = None
        self._asked = 0

    def next_request_id(self) -> RequestId:
        return RequestId(0)

    def deadline_ns(self) -> int:
        return 0

    async def send(self, message: Command | Query) -> Reply:
        self._asked += 1
        engine = self.exchange.engine
        assert isinstance(engine, Engine)
        reply = answer_of(engine, message, engine.timestamp_ns)  # type: ignore[arg-type]
        if self._asked == self.trades_after:
            self.exchange.run(Deposit(9, 2, 1, 100, "meanwhile"))
        return reply


@pytest.fixture
def exchange(tmp_path: Path) -> SmallExchange:
    return small_exchange(tmp_path)


def replay_of(exchange: SmallExchange) -> Replay:
    return DataFolder(exchange.data_dir, 0).earliest_replay()


async def test_a_live_matcher_that_tells_the_truth(exchange: SmallExchange) -> None:
    (sighting,) = await look_at_matcher(LiveMatcher(exchange), [1, 2], [1, 2])
    replay = replay_of(exchange)
    replay.reach(sighting.sequence)
    comparison = LiveComparison()
    comparison.compare(sighting, replay.engine)
    audit = comparison.audit([sighting.sequence])
    assert audit.ok
    assert audit.detail == (
        "2 accounts, 4 balances, 1 open orders, 2 statuses, 2 books, 2 auctions and 4 sums equal "
        "at sequence 15"
    )


async def test_a_live_matcher_whose_state_is_another(
    exchange: SmallExchange, tmp_path: Path
) -> None:
    other = small_exchange(tmp_path / "other")
    other.run(Deposit(9, 2, 1, 100, "here"))
    exchange.run(Deposit(9, 2, 1, 101, "here"))
    (sighting,) = await look_at_matcher(LiveMatcher(other), [1, 2], [1])
    replay = replay_of(exchange)
    replay.reach(16)
    comparison = LiveComparison()
    comparison.compare(sighting, replay.engine)
    audit = comparison.audit([16])
    assert not audit.ok
    # The balance, and the sums.
    assert len(audit.findings) == 2


async def test_a_live_matcher_that_has_another_account_and_another_state_of_a_market(
    exchange: SmallExchange, tmp_path: Path
) -> None:
    other = small_exchange(tmp_path / "other")
    other.run(SetAccount(9, 1, 1, 0, ALLOW, False), SetMarketState(9, 1, CANCEL_ONLY, 0))
    exchange.run(SetAccount(9, 1, 2, 0, ALLOW, False), SetMarketState(9, 1, POST_ONLY, 0))
    (sighting,) = await look_at_matcher(LiveMatcher(other), [1, 2], [1])
    replay = replay_of(exchange)
    replay.reach(17)
    comparison = LiveComparison()
    comparison.compare(sighting, replay.engine)
    # The account; the statuses of the markets; the auction, which names the state.
    assert len(comparison.audit([17]).findings) == 3


async def test_answers_of_two_states_are_noticed(exchange: SmallExchange) -> None:
    matcher = LiveMatcher(exchange)
    matcher.trades_after = 3
    with pytest.raises(EvidenceError, match="from two states"):
        await look_at_matcher(matcher, [1, 2], [1])


async def test_many_users_take_many_frames(exchange: SmallExchange) -> None:
    sightings = await look_at_matcher(LiveMatcher(exchange), range(1, 301), [1])
    assert len(sightings) == 4
    assert all(len(sighting.answers) <= 255 for sighting in sightings)
    assert sum(len(sighting.answers) for sighting in sightings) == 4 + 903
    assert all(isinstance(sighting.answers[0][1], LedgerReply) for sighting in sightings)


def books_of(exchange: SmallExchange) -> dict[int, BookState]:
    """Return the book of TATA_INR after each of its changes that ended a command."""
    replay = replay_of(exchange)
    books = {}
    for _ in replay.steps(15):
        if 1 in replay.catalog.scales:
            book = replayed_book(replay.engine, TATA_INR)
            books[book.sequence] = book
    return books


def run_comparison(exchange: SmallExchange, shown: dict[str, BookState | None]) -> BookComparison:
    replay = replay_of(exchange)
    comparison = BookComparison(TATA_INR, shown)
    replay.reach(6)
    comparison.look(replay.engine)
    for step in replay.steps(15):
        comparison.on_step(step, replay.engine)
    return comparison


def test_books_are_compared_where_the_replay_comes_by(exchange: SmallExchange) -> None:
    books = books_of(exchange)
    assert sorted(books) == [0, 1, 2, 3, 4]
    shown: dict[str, BookState | None] = {f"reader {n}": book for n, book in books.items()}
    comparison = run_comparison(exchange, shown)
    assert comparison.is_over
    assert comparison.audit().ok
    assert comparison.audit().detail == "5 shown, at sequence 4"


def test_books_that_differ_are_noticed(exchange: SmallExchange) -> None:
    books = books_of(exchange)
    wrong = BookState(3, [("100.00", "7"), *books[3].bids[1:]], books[3].asks)
    ahead = BookState(99, books[4].bids, books[4].asks)
    shown = {"wrong": wrong, "ahead": ahead, "silent": None, "right": books[4]}
    audit = run_comparison(exchange, shown).audit()
    assert not audit.ok
    assert sorted(finding.split()[0] for finding in audit.findings) == ["ahead", "silent", "wrong"]
