"""The source of a market's trades: from where on somebody is told, and what is missing."""

import json

import pytest

import feed.trades
from feed.page import Page, Question
from feed.source import NOTHING, Portion
from feed.streams import TRADES
from feed.trades import TradesSource
from proto.ids import TradeId
from proto.market_data import PublicTrade, TradesMessage
from tests.unit.feed.complete_stage import LaggingPages
from tests.unit.feed.examples import NEW_YEAR_NS, SCALE


class Advances:
    """Counts how often readers are told in the middle of a message."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def advance(self, key: str) -> None:
        self.keys.append(key)


def made(number: int = 0, last_trade_id: int = 0) -> tuple[TradesSource, LaggingPages, Advances]:
    """A source that the matcher has told how many trades there are."""
    pages, advances = LaggingPages(), Advances()
    source = TradesSource(SCALE, advances, pages)
    source.begin_sync()
    source.load(number, last_trade_id)
    return source, pages, advances


def trade(number: int, trade_id: int | None = None, lots: int = 4) -> PublicTrade:
    return PublicTrade(
        TradeId(10 * number if trade_id is None else trade_id), number, NEW_YEAR_NS, 2_000, lots,
        200_000_000, 1,
    )  # fmt: skip


def trades(*numbers: int) -> TradesMessage:
    return TradesMessage(numbers[0], [trade(number) for number in numbers])


def ids(portion: Portion | None) -> list[str]:
    assert portion is not None
    return [json.loads(text)["data"]["trade_id"] for text in portion.messages]


def test_a_trade_is_what_rest_shows() -> None:
    source, _, _ = made()
    source.on_trades(trades(1))
    portion = source.since(0)
    assert portion is not None
    assert json.loads(portion.messages[0]) == {
        "stream": "trades@TATA_INR",
        "data": {
            "trade_id": "10",
            "market": "TATA_INR",
            "price": "100.00",
            "quantity": "2.0",
            "quote_quantity": "200.000000",
            "is_buyer_maker": False,
            "timestamp": "2024-01-01T00:00:00.000000Z",
        },
    }


def test_a_newcomer_is_told_from_now_on() -> None:
    source, _, _ = made()
    source.on_trades(trades(1, 2))
    assert source.since(NOTHING) == Portion([], 20)
    source.on_trades(trades(3))
    assert (ids(source.since(20)), source.mark()) == (["30"], 30)


def test_a_place_need_not_be_that_of_a_trade_of_the_market() -> None:
    source, _, _ = made()
    source.on_trades(trades(1, 2, 3))
    assert ids(source.since(15)) == ["20", "30"]
    assert ids(source.since(29)) == ["30"]


def test_whoever_comes_before_anything_is_known_is_told_from_the_first_trade_on() -> None:
    source = TradesSource(SCALE, Advances(), LaggingPages())
    assert source.mark() == NOTHING
    came = source.since(NOTHING)
    assert came is not None
    assert came.messages == []
    waiting = source.since(came.mark)
    assert waiting == Portion([], came.mark)
    assert source.since(33) == Portion([], 33)
    source.on_trades(trades(8, 9))
    assert ids(source.since(came.mark)) == ["80", "90"]
    # What was before is not here.
    assert source.since(33) is None


def test_a_jump_leaves_what_is_before_it_to_the_database() -> None:
    source, pages, _ = made()
    source.on_trades(trades(1, 2))
    source.on_trades(trades(5))
    assert source.since(20) is None
    assert ids(source.since(49)) == ["50"]
    got: list[Portion] = []
    source.fetch(20, got.append, lambda: True)
    pages.events[TRADES] = [(10 * n, b"%d" % n) for n in range(1, 6)]
    # The database lags.
    pages.catch_up(20)
    pages.answer()
    assert got == []
    pages.catch_up(30)
    pages.answer()
    assert got == [Portion([b"3"], 30)]
    # All up to the one before the jump is there, so what is here joins it.
    source.fetch(30, got.append, lambda: True)
    pages.catch_up(40)
    pages.answer()
    assert got[1:] == [Portion([b"4"], 49)]
    assert ids(source.since(49)) == ["50"]
    assert pages.asked == [Question(TRADES, "TATA_INR", 20), Question(TRADES, "TATA_INR", 30)]


def test_a_database_that_is_ahead_tells_no_more_than_is_known_here() -> None:
    source, pages, _ = made()
    source.on_trades(trades(1))
    source.on_trades(trades(4))
    pages.events[TRADES] = [(10 * n, b"%d" % n) for n in range(1, 9)]
    pages.catch_up(80)
    got: list[Portion] = []
    source.fetch(10, got.append, lambda: True)
    pages.answer()
    assert got == [Portion([b"2", b"3", b"4"], 40)]


def test_a_market_without_trades_of_its_own_leads_to_the_floor() -> None:
    """The matcher's answer is behind trades of other markets, and of this one there are none."""
    source, pages, _ = made(number=2, last_trade_id=57)
    pages.events[TRADES] = [(10, b"1"), (20, b"2")]
    got: list[Portion] = []
    assert source.since(20) is None
    source.fetch(20, got.append, lambda: True)
    pages.catch_up(10)
    pages.answer()
    assert got == []
    pages.catch_up(20)
    pages.answer()
    assert got == [Portion([], 57)]


def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed.trades, "REMEMBERED_MAX", 3)
    source, _, _ = made()
    source.on_trades(trades(1, 2, 3, 4, 5))
    assert source.since(19) is None
    assert ids(source.since(20)) == ["30", "40", "50"]


def test_what_a_restarted_matcher_says_again_is_left_out() -> None:
    source, _, _ = made()
    source.on_trades(trades(1, 2, 3))
    source.on_trades(trades(2, 3, 4))
    assert ids(source.since(0)) == ["10", "20", "30", "40"]


def test_a_portion_is_bounded_and_a_flood_is_told_in_slices() -> None:
    source, _, advances = made()
    source.on_trades(trades(*range(1, 401)))
    first = source.since(0)
    assert first is not None
    assert (len(first.messages), first.mark) == (100, 1_000)
    # So nobody who is live falls out of what is remembered.
    assert advances.keys == ["trades@TATA_INR"]
    source.on_trades(trades(*range(401, 1_001)))
    assert len(advances.keys) == 3
    assert source.since(9_000) is not None


def test_trades_that_have_not_come_by_the_second_clock_are_missing() -> None:
    source, _, _ = made()
    source.on_trades(trades(1))
    source.begin_sync()
    source.on_trades(trades(2))
    source.load(4, 45)
    # They may be on their way.
    assert not source.on_clock()
    source.on_trades(trades(3))
    assert ids(source.since(10)) == ["20", "30"]
    assert source.on_clock()
    assert (source.mark(), source.since(30), source.since(45)) == (45, None, Portion([], 45))
    source.on_trades(trades(5))
    assert ids(source.since(45)) == ["50"]


def test_trades_that_were_on_their_way_have_come() -> None:
    source, _, _ = made()
    source.load(2, 20)
    source.on_trades(trades(1, 2))
    assert not source.on_clock()
    assert not source.on_clock()
    assert ids(source.since(0)) == ["10", "20"]


def test_an_exchange_that_began_anew() -> None:
    source, _, _ = made(number=90, last_trade_id=900)
    source.on_trades(TradesMessage(91, [trade(91, lots=9)]))
    old = source.since(900)
    assert old is not None
    source.begin_sync()
    source.load(0, 0)
    assert source.mark() == 0
    source.on_trades(trades(1))
    # Whoever stands in the old one is told from when it asked, once that is certain.
    assert source.since(910) == Portion([], 910)
    source.on_trades(trades(2))
    settled = [source.on_clock() for _ in range(12)]
    assert settled == [False] * 11 + [True]
    assert ids(source.since(910)) == ["20"]
    # The new one's trade has the old one's identifier.
    source.on_trades(TradesMessage(3, [trade(3, trade_id=910)]))
    told = source.since(20)
    assert told is not None
    assert told.messages[0] != old.messages[0]


def test_whoever_knows_more_waits_until_it_comes() -> None:
    source, _, _ = made()
    source.on_trades(trades(1))
    assert source.since(20) == Portion([], 20)
    source.on_trades(trades(2))
    assert source.since(20) == Portion([], 20)
    source.on_trades(trades(3))
    assert ids(source.since(20)) == ["30"]


def test_whoever_has_waited_for_nothing_and_fallen_too_far_back_is_told_from_now_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed.trades, "REMEMBERED_MAX", 2)
    source, _, _ = made()
    assert source.since(999) == Portion([], 999)
    source.on_trades(trades(1, 2, 3))
    for _ in range(12):
        source.on_clock()
    assert source.since(999) == Portion([], 30)


def test_texts_are_kept_as_long_as_trades(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed.trades, "REMEMBERED_MAX", 3)
    source, _, _ = made()
    for number in range(1, 9):
        source.on_trades(trades(number))
        assert ids(source.since(10 * number - 10)) == [str(10 * number)]
    assert list(source._texts) == [60, 70, 80]


def test_a_text_is_made_once_for_all() -> None:
    source, _, _ = made()
    source.on_trades(trades(1, 2))
    first, again = source.since(0), source.since(10)
    assert first is not None
    assert again is not None
    assert first.messages[1] is again.messages[0]


def test_a_page_that_nobody_wants_is_not_handed_over() -> None:
    source, pages, _ = made()
    source.on_trades(trades(3))
    got: list[Portion] = []
    source.fetch(0, got.append, lambda: False)
    pages.events[TRADES] = [(10, b"1")]
    pages.catch_up(10)
    pages.answer()
    assert got == []


def test_a_page_of_a_page_is_cut_by_marks() -> None:
    page = Page([10, 20, 30], [b"1", b"2", b"3"], 35, False, 3)
    assert page.up_to(50, 40) == Portion([b"1", b"2", b"3"], 40)
    assert page.up_to(20, 35) == Portion([b"1", b"2"], 20)
    assert page.up_to(5, 35) == Portion([], 5)
