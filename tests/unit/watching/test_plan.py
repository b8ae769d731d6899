"""Who watches what."""

from feed.streams import parse_stream
from scripts.watching.plan import (
    PACES,
    PRIVATE_STREAMS,
    mixed_subscribers,
    plain_subscribers,
    private_readers,
)

MARKETS = ("TATA_INR", "BTC_USDT")


def test_a_mixed_crowd_reads_everything_that_there_is() -> None:
    crowd = mixed_subscribers(50, MARKETS)
    assert len({plan.name for plan in crowd}) == 50
    for plan in crowd:
        streams = [parse_stream(name) for name in plan.streams]
        for market in MARKETS:
            kinds = [stream.kind for stream in streams if stream.market == market]
            assert kinds.count("depth") == 1
            assert "trades" in kinds
        assert len(plan.streams) <= 200
    names = [name for plan in crowd for name in plan.streams]
    for pace in PACES:
        for kind in ("depth", "depth5", "depth10", "depth20"):
            assert names.count(f"{kind}@TATA_INR{pace}") >= 2
    assert names.count("bookTicker@TATA_INR") >= 10
    assert names.count("kline_1M@BTC_USDT") == names.count("tickers") == 10
    assert 5 < sum(plan.is_deflated for plan in crowd) < 45
    assert 5 < sum(plan.begins_now for plan in crowd) < 45


def test_even_the_smallest_crowd_watches_candles() -> None:
    (plan,) = mixed_subscribers(1, MARKETS)
    assert {"depth@TATA_INR", "depth5@TATA_INR", "ticker@BTC_USDT"} <= set(plan.streams)
    assert {"kline_1m@TATA_INR", "kline_1M@BTC_USDT", "tickers"} <= set(plan.streams)


def test_each_user_has_a_reader() -> None:
    readers = private_readers(range(1, 11))
    assert [reader.user_id for reader in readers] == list(range(1, 11))
    assert {reader.streams for reader in readers} == {PRIVATE_STREAMS}
    assert {reader.begins_now for reader in readers} == {True, False}
    assert {reader.is_deflated for reader in readers} == {True, False}


def test_plain_subscribers_read_books_and_maybe_trades() -> None:
    (one, other) = plain_subscribers(2, MARKETS, with_trades=True)
    assert one.streams == other.streams
    assert one.streams == ("depth@TATA_INR", "depth@BTC_USDT", "trades@TATA_INR", "trades@BTC_USDT")
    assert not one.begins_now
    (quiet,) = plain_subscribers(1, MARKETS, with_trades=False)
    assert quiet.streams == ("depth@TATA_INR", "depth@BTC_USDT")
