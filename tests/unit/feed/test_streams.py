"""Names of streams, both ways."""

import pytest

from feed.streams import (
    EVERY_CHANGE,
    PACES,
    TOP_LEVELS,
    Stream,
    StreamNameError,
    StreamNames,
    channel_key,
    parse_stream,
)
from proto.intervals import INTERVALS


def test_every_name_that_is_made_is_read_as_what_it_was_made_for() -> None:
    names = StreamNames("TATA_INR")
    market = "TATA_INR"
    for pace in PACES:
        depth, *tops = (name for name in names.books[pace] if name != "bookTicker@TATA_INR")
        assert parse_stream(depth) == Stream(depth, "depth", market, pace=pace)
        for levels, top in zip(TOP_LEVELS, tops, strict=True):
            assert parse_stream(top) == Stream(top, "top", market, pace=pace, levels=levels)
    assert [pace for pace in PACES if "bookTicker@TATA_INR" in names.books[pace]] == [EVERY_CHANGE]
    for interval in INTERVALS:
        name = names.klines[interval]
        assert parse_stream(name) == Stream(name, "kline", market, interval)
    for kind, name in {
        "bookTicker": "bookTicker@TATA_INR",
        "trades": names.trades,
        "ticker": names.ticker,
        "status": names.status,
    }.items():
        assert parse_stream(name) == Stream(name, kind, market)


@pytest.mark.parametrize("name", ["tickers", "orders", "fills", "balances"])
def test_lone_names(name: str) -> None:
    assert parse_stream(name) == Stream(name, name)


def test_a_private_stream_is_a_channel_for_each_user_and_a_public_one_for_all() -> None:
    assert channel_key(parse_stream("orders"), 7) == "orders@7"
    assert channel_key(parse_stream("depth5@A@1s"), 7) == "depth5@A@1s"


@pytest.mark.parametrize("name", ["orders@7", "depth", "kline@A", "depth@A@", "tickers@A", "@A"])
def test_what_is_no_name_breaks_a_rule(name: str) -> None:
    with pytest.raises(StreamNameError, match=r"must be|may come"):
        parse_stream(name)
