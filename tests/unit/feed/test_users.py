"""Users that are followed: what they hear, and what is asked where something may be missing."""

import json
from collections.abc import Callable

import pytest
from msgspec.structs import replace

import feed.user_streams
import feed.users
from feed.catalog import Catalog
from feed.hub import Hub
from feed.messages import encode_stream_message
from feed.page import Question
from feed.position import position, position_after
from feed.source import NOTHING
from feed.streams import BALANCES, FILLS, ORDERS
from feed.user_messages import report_data
from feed.users import LINGER_NS, Users, user_channel
from proto.definitions import AssetDefinition
from proto.events import BalanceChange, ExecutionReport
from proto.intervals import SECOND_NS
from proto.market_data import UserMessage
from proto.replies import MarketsReply
from tests.unit.feed.complete_stage import CompleteReader, LaggingPages, Turns
from tests.unit.feed.examples import MARKET, SCALE
from tests.unit.feed.user_events import balance, fill, full_catalog, message, report


class Stage:
    """Users and their readers."""

    def __init__(self, catalog: Catalog | None = None, users_max: int = 10) -> None:
        self.turns = Turns()
        self.hub: Hub[CompleteReader] = Hub(self.turns.later, lambda: 0)
        self.pages = LaggingPages()
        self.asks = 0
        self.catalog = full_catalog() if catalog is None else catalog
        self.users = Users(self.catalog, self.hub, self.pages, self._count_ask, users_max)

    def _count_ask(self) -> None:
        self.asks += 1

    def follow(self, user_id: int = 7, last_sequence: int = 0) -> None:
        """Let a user be followed, as if somebody were about to read it."""
        assert self.users.hold(user_id)
        self.users.on_subscribed(user_id)
        self.users.on_losses(1)
        self.answer(last_sequence)

    def answer(self, last_sequence: int) -> None:
        """Let the matcher be asked, and answer."""
        assert self.users.begin_asking()
        assert not self.users.load_end(last_sequence, 100)

    def reader(self, *kinds: str, after: int = NOTHING, user_id: int = 7) -> CompleteReader:
        """Let somebody come; with what it gets at once forgotten, if that is a start."""
        reader = CompleteReader(self.hub)
        for kind in kinds:
            source = self.users.source(user_id, kind)
            self.hub.join(reader, source.key, source, after)
        if after == NOTHING:
            assert [data["type"] for data in reader.data()] == ["start"] * len(kinds)
            reader.texts.clear()
        return reader


def positions(reader: CompleteReader) -> list[object]:
    return [data["position"] for data in reader.data()]


def streams(reader: CompleteReader) -> list[object]:
    return [json.loads(text)["stream"] for text in reader.texts]


def report_text(sequence: int) -> bytes:
    """The report of a command as the database tells it."""
    data = report_data(position(sequence, 1), report(sequence), SCALE)
    return encode_stream_message(ORDERS, data)


def test_each_stream_tells_its_own() -> None:
    stage = Stage()
    stage.follow()
    reader = stage.reader(ORDERS, FILLS, BALANCES)
    stage.users.on_message(7, message(report(1), fill(2), balance(2), balance(3)))
    told = list(zip(streams(reader), positions(reader), strict=True))
    assert told == [
        ("orders", "1.1"), ("orders", "2.1"), ("fills", "2.1"), ("balances", "2.1"),
        ("balances", "3.1"),
    ]  # fmt: skip


def test_a_position_is_the_ordinal_among_all_events_of_the_command() -> None:
    stage = Stage()
    stage.follow()
    reader = stage.reader(ORDERS)
    stage.users.on_message(7, UserMessage(1, [(2, report(4)), (5, report(4))], []))
    assert positions(reader) == ["4.2", "4.5"]


def test_a_newcomer_is_told_from_which_position_on() -> None:
    stage = Stage()
    stage.follow(last_sequence=40)
    first = CompleteReader(stage.hub)
    source = stage.users.source(7, ORDERS)
    stage.hub.join(first, source.key, source)
    stage.users.on_message(7, message(report(41)))
    second = CompleteReader(stage.hub)
    stage.hub.join(second, source.key, source)
    assert positions(first) == ["40", "41.1"]
    assert positions(second) == ["41.1"]
    assert [data["type"] for data in second.data()] == ["start"]


def test_whoever_comes_back_goes_on_from_memory() -> None:
    stage = Stage()
    stage.follow()
    stage.users.on_message(7, message(report(1), fill(2), balance(2), report(3)))
    assert positions(stage.reader(ORDERS, after=position(1, 1))) == ["2.1", "3.1"]
    assert positions(stage.reader(FILLS, after=position_after(0))) == ["2.1"]
    assert positions(stage.reader(BALANCES, after=position_after(1))) == ["2.1"]
    assert positions(stage.reader(ORDERS, after=position(3, 1))) == []
    assert stage.pages.asked == []


def test_what_is_before_the_matchers_answer_is_in_the_database() -> None:
    stage = Stage()
    stage.follow(last_sequence=9)
    reader = stage.reader(ORDERS, after=position(8, 3))
    assert stage.pages.asked == [Question(ORDERS, 7, position(8, 3))]
    stage.pages.events[ORDERS] = [(position(9, 1), report_text(9))]
    # The database lags: nothing is told, and nobody goes on.
    stage.pages.catch_up(position_after(8))
    stage.pages.answer()
    stage.users.on_message(7, message(report(10)))
    assert reader.texts == []
    stage.pages.catch_up(position_after(9))
    stage.pages.answer_all(stage.turns)
    assert positions(reader) == ["9.1", "10.1"]


def test_nobody_reads_a_stream_so_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    stage.follow()
    written: list[int] = []
    monkeypatch.setattr(feed.user_streams, "report_data", lambda mark, *_: written.append(mark))
    stage.users.on_message(7, message(report(1), report(2)))
    assert written == []


def test_what_a_restarted_matcher_says_again_is_left_out() -> None:
    stage = Stage()
    stage.follow()
    reader = stage.reader(ORDERS)
    stage.users.on_message(7, message(report(4), report(5)))
    stage.users.on_message(7, message(report(3), report(5), report(6)))
    assert positions(reader) == ["4.1", "5.1", "6.1"]


def test_a_user_is_followed_when_redis_and_the_matcher_have_answered() -> None:
    stage, told = Stage(), []

    def give_up() -> None:
        told.append("gave up")

    assert stage.users.hold(7)
    stage.users.when_followed(7, lambda: told.append("followed"))
    stage.users.when_followed(7, give_up)
    stage.users.stop_waiting(7, give_up)
    assert not stage.users.begin_asking()
    stage.users.on_subscribed(7)
    # Before the count of losses is known, what is lost could not be told from what is not.
    assert not stage.users.begin_asking()
    asks = stage.asks
    stage.users.on_losses(3)
    assert stage.asks > asks
    assert stage.users.begin_asking()
    assert (stage.users.is_followed(7), told) == (False, [])
    assert not stage.users.load_end(5, 100)
    assert (stage.users.is_followed(7), told) == (True, ["followed"])


def test_what_arrives_while_the_matcher_is_asked_joins_its_answer() -> None:
    stage = Stage()
    assert stage.users.hold(7)
    stage.users.on_losses(1)
    stage.users.on_message(7, message(report(1)))
    stage.users.on_subscribed(7)
    stage.users.on_message(7, message(report(2)))
    assert stage.users.begin_asking()
    stage.users.on_message(7, message(report(3), report(4)))
    assert not stage.users.load_end(3, 100)
    source = stage.users.source(7, ORDERS)
    assert source.mark() == position(4, 1)
    assert positions(stage.reader(ORDERS, after=position_after(3))) == ["4.1"]


def test_a_matcher_that_does_not_answer_is_asked_again() -> None:
    stage = Stage()
    assert stage.users.hold(7)
    stage.users.on_subscribed(7)
    stage.users.on_losses(1)
    assert stage.users.begin_asking()
    stage.users.on_message(7, message(report(1)))
    asks = stage.asks
    stage.users.give_up_asking()
    assert stage.asks == asks + 1
    stage.answer(0)
    # What was kept for the answer that did not come is in the database.
    assert stage.users.source(7, ORDERS).mark() == position_after(0)


def test_an_answer_is_taken_by_so_many_users_at_a_time() -> None:
    stage = Stage()
    for user_id in (7, 8, 9):
        assert stage.users.hold(user_id)
        stage.users.on_subscribed(user_id)
    stage.users.on_losses(1)
    assert stage.users.begin_asking()
    assert stage.users.load_end(4, 2)
    assert [stage.users.is_followed(user_id) for user_id in (7, 8, 9)] == [True, True, False]
    # Meanwhile the last one is kept for.
    stage.users.on_message(9, message(report(5, user_id=9)))
    assert not stage.users.load_end(4, 2)
    assert stage.users.source(9, ORDERS).mark() == position(5, 1)


@pytest.mark.parametrize(
    "lose",
    [
        lambda users: users.on_lost(),
        lambda users: users.on_losses(2),
        lambda users: users.on_bad_message(7),
        lambda users: users.on_message(7, message(report(6), losses=2)),
    ],
    ids=["silence", "clock", "bad message", "message"],
)
def test_where_something_may_be_lost_the_database_is_asked_before_anything_newer_is_told(
    lose: Callable[[Users], None],
) -> None:
    stage = Stage()
    stage.follow()
    reader = stage.reader(ORDERS)
    stage.users.on_message(7, message(report(4)))
    asks = stage.asks
    lose(stage.users)
    assert stage.asks > asks
    assert not stage.users.is_followed(7)
    stage.answer(6)
    stage.users.on_message(7, message(report(7), losses=2 if stage.users._losses == 2 else 1))
    assert positions(reader) == ["4.1"]
    assert stage.pages.asked == [Question(ORDERS, 7, position(4, 1))]
    stage.pages.events[ORDERS] = [
        (position(5, 1), report_text(5)),
        (position(7, 1), report_text(7)),
    ]
    stage.pages.catch_up(position_after(7))
    stage.pages.answer_all(stage.turns)
    assert positions(reader) == ["4.1", "5.1", "7.1"]


def test_redis_away_means_that_the_channel_and_the_matcher_are_asked_anew() -> None:
    stage = Stage()
    stage.follow()
    reader = stage.reader(BALANCES)
    stage.users.on_disconnected()
    assert not stage.users.begin_asking()
    stage.users.on_subscribed(7)
    # The count may be another one by now: it is waited for.
    assert not stage.users.begin_asking()
    stage.users.on_message(7, message(balance(4), losses=5))
    stage.answer(4)
    stage.users.on_message(7, message(balance(5), losses=5))
    assert stage.pages.asked == [Question(BALANCES, 7, position_after(0))]
    assert reader.texts == []
    assert stage.users.is_followed(7)


def test_an_answer_to_a_question_of_before_the_loss_is_none() -> None:
    stage = Stage()
    stage.follow()
    stage.users.on_lost()
    assert stage.users.begin_asking()
    stage.users.on_losses(2)
    assert not stage.users.load_end(4, 100)
    assert not stage.users.is_followed(7)
    stage.answer(5)
    assert stage.users.source(7, ORDERS).mark() == position_after(5)


@pytest.mark.parametrize("unknown", [report(1, market_id=2), balance(1, asset_id=3)])
def test_what_is_not_known_waits_and_so_does_what_is_behind_it(
    unknown: ExecutionReport | BalanceChange,
) -> None:
    stage = Stage()
    stage.follow()
    reader = stage.reader(ORDERS, BALANCES)
    stage.users.on_message(7, message(unknown))
    assert stage.users.needs_definitions
    stage.users.on_message(7, message(report(2)))
    # The matcher has not got it yet either.
    stage.users.on_definitions()
    assert (stage.users.needs_definitions, reader.texts) == (True, [])
    gold = AssetDefinition(3, "GOLD", 0)
    gold_market = replace(MARKET, market_id=2, name="GOLD_INR", base_asset_id=3)
    stage.catalog.learn(MarketsReply(0, [gold], [gold_market]))
    stage.users.on_definitions()
    assert (stage.users.needs_definitions, positions(reader)) == (False, ["1.1", "2.1"])
    stage.users.on_message(7, message(report(3)))
    assert positions(reader)[2:] == ["3.1"]


def test_what_waits_for_a_definition_holds_up_nobody_else() -> None:
    stage = Stage()
    stage.follow(7)
    assert stage.users.hold(8)
    stage.users.on_subscribed(8)
    stage.answer(0)
    other = stage.reader(ORDERS, user_id=8)
    stage.users.on_message(7, message(report(1, market_id=9)))
    stage.users.on_message(8, message(report(2, user_id=8)))
    assert positions(other) == ["2.1"]


def test_what_waits_is_bounded_and_beyond_is_as_good_as_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed.users, "KEPT_MAX", 2)
    stage = Stage(Catalog())
    stage.follow()
    stage.users.on_message(7, message(report(1), report(2)))
    stage.users.on_definitions()
    stage.users.on_message(7, message(report(3)))
    assert (stage.users.needs_definitions, stage.users.is_followed(7)) == (False, False)
    stage.answer(3)
    # And there is room again.
    stage.users.on_message(7, message(report(4), report(5)))
    assert stage.users.needs_definitions


def test_what_is_remembered_of_all_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    stage.users._memory._most = 3  # type: ignore[misc]
    stage.follow(7)
    stage.users.on_message(7, message(report(1), report(2), report(3), report(4)))
    assert stage.users._memory.events == 3
    assert positions(stage.reader(ORDERS, after=position(1, 1))) == ["2.1", "3.1", "4.1"]
    stage.reader(ORDERS, after=0)
    assert stage.pages.asked == [Question(ORDERS, 7, 0)]
    stage.users.on_lost()
    assert stage.users._memory.events == 0


def test_very_much_at_once_is_told_from_memory() -> None:
    stage = Stage()
    stage.follow()
    reader = stage.reader(ORDERS)
    reports = [(ordinal, report(1)) for ordinal in range(1, 2_001)]
    stage.users.on_message(7, UserMessage(1, reports, []))
    assert positions(reader) == [f"1.{ordinal}" for ordinal in range(1, 2_001)]
    assert stage.pages.asked == []


def test_whoever_knows_more_waits_and_whoever_knows_what_is_not_is_told_from_when_it_came() -> None:
    stage = Stage()
    stage.follow()
    hasty = stage.reader(ORDERS, after=position(2, 1))
    strange = stage.reader(ORDERS, after=position_after(10**9))
    stage.users.on_message(7, message(report(1), report(2), report(3)))
    assert (positions(hasty), positions(strange)) == (["3.1"], [])
    stage.users.on_clock()
    assert strange.texts == []
    stage.users.on_clock()
    stage.turns.run()
    assert positions(strange) == ["1.1", "2.1", "3.1"]
    stage.users.on_message(7, message(report(4)))
    assert (positions(hasty), positions(strange)[3:]) == (["3.1", "4.1"], ["4.1"])


def test_users_are_bounded() -> None:
    stage = Stage(users_max=2)
    assert stage.users.hold(7)
    assert stage.users.hold(8)
    assert not stage.users.hold(9)
    assert stage.users.hold(7)


def test_a_user_is_followed_for_a_while_after_the_last_reader() -> None:
    stage = Stage()
    stage.follow()
    reader = stage.reader(FILLS)
    assert stage.users.forget_unread(0) == []
    stage.users.release(7)
    assert stage.users.forget_unread(100 * SECOND_NS) == []
    stage.hub.leave(reader)
    now_ns = 200 * SECOND_NS
    assert stage.users.forget_unread(now_ns) == []
    stage.users.on_message(7, message(fill(3)))
    # Whoever comes back goes on from memory, and the time begins anew.
    reader = stage.reader(FILLS, after=position_after(0))
    assert positions(reader) == ["3.1"]
    assert stage.users.forget_unread(now_ns + LINGER_NS) == []
    stage.hub.leave(reader)
    now_ns += LINGER_NS + SECOND_NS
    assert stage.users.forget_unread(now_ns) == []
    assert stage.users.forget_unread(now_ns + LINGER_NS - 1) == []
    # It is looked at once a second.
    assert stage.users.forget_unread(now_ns + LINGER_NS) == []
    assert stage.users.forget_unread(now_ns + LINGER_NS + SECOND_NS) == [7]
    assert not stage.users.is_followed(7)
    assert stage.users._memory.events == 0


def test_where_places_are_few_nobody_keeps_one_unread() -> None:
    stage = Stage(users_max=20)
    for user_id in range(1, 20):
        assert stage.users.hold(user_id)
    for user_id in (1, 2):
        stage.users.release(user_id)
    assert stage.users.forget_unread(0) == [1, 2]
    stage.users.release(3)
    assert stage.users.forget_unread(SECOND_NS) == []


def test_a_user_who_is_gone_is_asked_for_no_more() -> None:
    stage = Stage(users_max=1)
    assert stage.users.hold(7)
    stage.users.on_subscribed(7)
    stage.users.on_losses(1)
    stage.users.release(7)
    assert stage.users.forget_unread(0) == [7]
    assert not stage.users.begin_asking()
    for late in (stage.users.on_subscribed, stage.users.on_bad_message):
        late(7)
    stage.users.on_message(7, message(report(1)))
    assert stage.users.hold(8)


def test_a_channel_of_a_user() -> None:
    assert user_channel(7) == b"user.7"
