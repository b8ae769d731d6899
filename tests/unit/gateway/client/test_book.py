"""The book of the client against the messages of docs/websocket.md, and against a naive one."""

import json
import re
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.client import Depth, Level, OrderBook, ProtocolError
from proto.api.streams.market_data import DepthData
from tests.unit.gateway.client.messages import delta, snapshot

DOCUMENT = Path(__file__).parents[4] / "docs" / "websocket.md"


def data(content: dict[str, object]) -> DepthData:
    return msgspec.convert(content, DepthData)


def level(price: str, quantity: str) -> Level:
    return Level(Decimal(price), Decimal(quantity))


def book_with(bids: dict[str, str], asks: dict[str, str]) -> OrderBook:
    book = OrderBook("TATA_INR")
    assert book.apply(data(snapshot(bids, asks)))
    return book


def test_it_follows_the_example_of_the_document() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    first, second = (
        msgspec.convert(json.loads(line)["data"], DepthData)
        for line in re.findall(r'\{"stream": "depth@TATA_INR".*?\}\}', text, re.DOTALL)
    )
    book = OrderBook("TATA_INR")
    assert book.apply(first)
    assert book.depth() == Depth(
        12, (level("100.00", "10"), level("99.95", "3")), (level("100.10", "7"),)
    )
    assert book.apply(second)
    assert book.depth() == Depth(
        14, (level("100.00", "10"),), (level("100.05", "2"), level("100.10", "7"))
    )
    assert book.ready
    assert book.sequence == 14


def test_an_empty_book_has_a_checksum_too() -> None:
    book = book_with({}, {})
    assert book.ready
    assert book.best_bid is None
    assert book.best_ask is None


def test_it_shows_nothing_before_the_first_snapshot() -> None:
    book = OrderBook("TATA_INR")
    assert not book.ready
    assert book.sequence is None
    assert book.depth() == Depth(0, (), ())
    assert book.apply(data(delta({"1.00": "1"}, {}, 5, ({"1.00": "1"}, {}))))
    assert not book.ready


def test_best_first_on_both_sides() -> None:
    book = book_with({"9.50": "1", "10.00": "2"}, {"10.50": "3", "10.25": "4", "11.00": "5"})
    assert book.best_bid == level("10.00", "2")
    assert book.best_ask == level("10.25", "4")
    assert [one.price for one in book.asks] == [Decimal("10.25"), Decimal("10.50"), Decimal(11)]
    assert [one.price for one in book.bids] == [Decimal(10), Decimal("9.50")]
    assert book.depth(2).asks == book.asks[:2]


def test_zero_removes_a_level_also_one_that_was_never_there() -> None:
    book = book_with({"10.00": "2"}, {"10.50": "3"})
    gone = delta({"10.00": "0", "9.00": "0"}, {}, 2, ({}, {"10.50": "3"}), last=4)
    assert book.apply(data(gone))
    assert book.bids == ()
    assert book.sequence == 4


def test_a_gap_empties_it_until_the_next_snapshot() -> None:
    book = book_with({"10.00": "2"}, {})
    late = delta({"10.00": "3"}, {}, 3, ({"10.00": "3"}, {}))
    assert not book.apply(data(late))
    assert not book.ready
    assert book.bids == ()
    # What is still on its way is ignored, and asks for nothing.
    assert book.apply(data({**late, "first_sequence": 4, "last_sequence": 4}))
    assert not book.ready
    assert book.apply(data(snapshot({"10.00": "3"}, {}, 9)))
    assert book.best_bid == level("10.00", "3")


@pytest.mark.parametrize("kind", ["snapshot", "delta"])
def test_a_wrong_checksum_empties_it(kind: str) -> None:
    book = book_with({"10.00": "2"}, {})
    wrong = {**snapshot({"10.00": "3"}, {}, 2), "type": kind, "checksum": 12345}
    assert not book.apply(data(wrong))
    assert not book.ready
    assert book.depth() == Depth(0, (), ())


def test_a_snapshot_replaces_it_at_any_time() -> None:
    book = book_with({"10.00": "2"}, {"11.00": "1"})
    assert book.apply(data(snapshot({"9.00": "1"}, {}, 40)))
    assert book.depth() == Depth(40, (level("9.00", "1"),), ())


def test_each_change_of_what_it_shows_is_counted() -> None:
    book = OrderBook("TATA_INR")
    seen = [book.updates]
    for content in (snapshot({}, {}), delta({"1.00": "1"}, {}, 2, ({"1.00": "1"}, {}))):
        book.apply(data(content))
        seen.append(book.updates)
    book.lose()
    seen.append(book.updates)
    assert seen == sorted(set(seen))
    book.lose()
    assert book.updates == seen[-1]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bids", [["NaN", "1"]]),
        ("bids", [["1.00", "Infinity"]]),
        ("asks", [["-1.00", "1"]]),
        ("asks", [["1.00", "-1"]]),
        ("asks", [["one", "1"]]),
        ("market", "BTC_USDT"),
        ("type", "chapter"),
    ],
)
def test_what_is_no_message_of_the_book_changes_nothing(field: str, value: object) -> None:
    book = book_with({"10.00": "2"}, {})
    with pytest.raises(ProtocolError):
        book.apply(data({**snapshot({}, {}, 2), field: value}))
    assert book.best_bid == level("10.00", "2")
    assert book.sequence == 1


prices = st.integers(1, 40).map(lambda ticks: f"{ticks // 20}.{ticks % 20 * 5:02d}")
quantities = st.integers(0, 3).map(str)
changes = st.tuples(st.dictionaries(prices, quantities), st.dictionaries(prices, quantities))


@given(st.lists(changes, max_size=20))
def test_it_agrees_with_a_naive_book(messages: list[tuple[dict[str, str], dict[str, str]]]) -> None:
    book = book_with({}, {})
    naive: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for number, change in enumerate(messages, 2):
        for side, changed in zip(naive, change, strict=True):
            side.update(changed)
            for price in [price for price, quantity in side.items() if quantity == "0"]:
                del side[price]
        assert book.apply(data(delta(*change, number, naive)))
        for shown, side, is_bids in ((book.bids, naive[0], True), (book.asks, naive[1], False)):
            levels = [level(*item) for item in side.items()]
            assert list(shown) == sorted(levels, reverse=is_bids)
