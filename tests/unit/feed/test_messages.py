"""What clients read, field by field."""

import json
from zlib import crc32

import msgspec
from msgspec import Struct

from feed.book import FeedBook
from feed.messages import MarketWriter, encode_stream_message
from proto.codes import BUY, SELL
from proto.market_data import Candle
from tests.unit.feed.examples import NEW_YEAR_NS, SCALE, depth, levels, ticker, trade

WRITER = MarketWriter(SCALE)


def as_json(data: Struct) -> dict[str, object]:
    content: dict[str, object] = json.loads(msgspec.json.encode(data))
    return content


def test_snapshot() -> None:
    book = FeedBook(SCALE)
    book.load(7, levels((2000, 20), (1999, 1)), levels((2001, 2)), NEW_YEAR_NS)
    assert as_json(WRITER.snapshot(book)) == {
        "type": "snapshot",
        "market": "TATA_INR",
        "first_sequence": 7,
        "last_sequence": 7,
        "bids": [["100.00", "10.0"], ["99.95", "0.5"]],
        "asks": [["100.05", "1.0"]],
        "timestamp": "2024-01-01T00:00:00.000000Z",
        "checksum": crc32(b"100.00:10.0,99.95:0.5|100.05:1.0"),
    }


def test_a_delta_of_several_messages_has_the_last_word_for_each_price() -> None:
    book = FeedBook(SCALE)
    book.load(7, [], [], NEW_YEAR_NS)
    mark = book.mark
    book.apply(depth(8, 9, bids=((2000, 1), (1999, 3))))
    later_ns = NEW_YEAR_NS + 1000
    book.apply(depth(10, 12, bids=((2000, 0),), asks=((2001, 4),), timestamp_ns=later_ns))
    assert as_json(WRITER.delta(book, mark)) == {
        "type": "delta",
        "market": "TATA_INR",
        "first_sequence": 8,
        "last_sequence": 12,
        "bids": [["99.95", "1.5"], ["100.00", "0"]],
        "asks": [["100.05", "2.0"]],
        "timestamp": "2024-01-01T00:00:00.000001Z",
        "checksum": crc32(b"99.95:1.5|100.05:2.0"),
    }


def test_best_levels_and_best_prices() -> None:
    book = FeedBook(SCALE)
    book.load(7, levels((2000, 20), (1999, 1), (1998, 1)), levels((2001, 2)), NEW_YEAR_NS)
    assert as_json(WRITER.top(book, 2)) == {
        "market": "TATA_INR",
        "sequence": 7,
        "bids": [["100.00", "10.0"], ["99.95", "0.5"]],
        "asks": [["100.05", "1.0"]],
        "timestamp": "2024-01-01T00:00:00.000000Z",
    }
    assert as_json(WRITER.book_ticker(book)) == {
        "market": "TATA_INR",
        "sequence": 7,
        "bid": "100.00",
        "bid_quantity": "10.0",
        "ask": "100.05",
        "ask_quantity": "1.0",
        "timestamp": "2024-01-01T00:00:00.000000Z",
    }
    book.apply(depth(8, 8, asks=((2001, 0),)))
    best = WRITER.book_ticker(book)
    assert (best.bid, best.ask, best.ask_quantity) == ("100.00", None, None)


def test_trade() -> None:
    data = as_json(WRITER.trade(trade(1 << 60, price=2001, lots=3, taker_side=SELL)))
    assert data == {
        "trade_id": str(1 << 60),
        "market": "TATA_INR",
        "price": "100.05",
        "quantity": "1.5",
        "quote_quantity": "150.075000",
        "is_buyer_maker": True,
        "timestamp": "2024-01-01T00:00:00.000000Z",
    }
    assert not WRITER.trade(trade(1, taker_side=BUY)).is_buyer_maker


def test_ticker() -> None:
    full = ticker(NEW_YEAR_NS, 2000, 2010, 1990, 1999, 8, 500_000, 4, 1998, 2002)
    assert as_json(WRITER.ticker(full)) == {
        "market": "TATA_INR",
        "open": "100.00",
        "high": "100.50",
        "low": "99.50",
        "last": "99.95",
        "volume": "4.0",
        "quote_volume": "0.500000",
        "change": "-0.05",
        "bid": "99.90",
        "ask": "100.10",
        "trades": 4,
        "timestamp": "2024-01-01T00:00:00.000000Z",
    }


def test_what_a_ticker_has_not_is_null() -> None:
    data = as_json(WRITER.ticker(ticker()))
    assert {name for name, value in data.items() if value is None} == {
        "open", "high", "low", "last", "change", "bid", "ask",
    }  # fmt: skip
    assert data["volume"] == "0.0"
    quiet = ticker(NEW_YEAR_NS, 0, 0, 0, 1999, 0, 0, 0, 0, 0)
    data = as_json(WRITER.ticker(quiet))
    assert (data["last"], data["change"]) == ("99.95", None)


def test_kline_in_its_envelope() -> None:
    end_ns = NEW_YEAR_NS + 60_000_000_000
    candle = Candle("1m", NEW_YEAR_NS, end_ns, 2000, 2010, 1990, 1999, 8, 500_000, 4)
    message = encode_stream_message("kline_1m@TATA_INR", WRITER.kline(candle, closed=True))
    assert json.loads(message) == {
        "stream": "kline_1m@TATA_INR",
        "data": {
            "market": "TATA_INR",
            "interval": "1m",
            "start": "2024-01-01T00:00:00.000000Z",
            "end": "2024-01-01T00:01:00.000000Z",
            "open": "100.00",
            "high": "100.50",
            "low": "99.50",
            "close": "99.95",
            "volume": "4.0",
            "quote_volume": "0.500000",
            "trades": 4,
            "closed": True,
        },
    }
