"""Names of streams, both ways."""

import pytest

from feed.streams import (
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
        name = names.depth[pace]
        assert parse_stream(name) == Stream(name, "depth", market, pace=pace)
        for levels, top in names.tops[pace]:
            assert parse_stream(top) == Stream(top, "top", market, pace=pace, levels=levels)
        assert [levels for levels, _ in names.tops[pace]] == list(TOP_LEVELS)
    for interval in INTERVALS:
        name = names.klines[interval]
        assert parse_stream(name) == Stream(name, "kline", market, interval)
    for kind, name in {
        "bookTicker": names.book_ticker,
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
    with pytest.raises(StreamNameError, match="must be|may come"):
        parse_stream(name)
