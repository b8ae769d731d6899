"""The 24 hours and the running candles, with numbers that one can follow."""

from matcher.core.statistics import Statistics
from proto.intervals import DAY_NS, HOUR_NS, INTERVALS, MINUTE_NS, SECOND_NS
from proto.market_data import Candle, Ticker

# A Wednesday, 2023-11-15 00:00.
MIDNIGHT_NS = 1_700_006_400 * SECOND_NS


def day(statistics: Statistics, timestamp_ns: int) -> Ticker:
    return statistics.ticker(timestamp_ns, 9, 11)


def test_without_trades() -> None:
    statistics = Statistics()
    assert day(statistics, MIDNIGHT_NS) == Ticker(MIDNIGHT_NS, 0, 0, 0, 0, 0, 0, 0, 9, 11)
    assert statistics.candles(MIDNIGHT_NS) == []


def test_a_trade_counts_until_its_second_is_a_day_old() -> None:
    statistics = Statistics()
    first_ns = MIDNIGHT_NS + SECOND_NS // 2
    statistics.add(first_ns, 10, 3, 30)
    statistics.add(first_ns + 5 * SECOND_NS, 12, 1, 12)
    statistics.add(first_ns + 6 * SECOND_NS, 11, 2, 22)
    last_ns = MIDNIGHT_NS + DAY_NS - 1
    assert day(statistics, last_ns) == Ticker(last_ns, 10, 12, 10, 11, 6, 64, 3, 9, 11)
    assert day(statistics, last_ns + 1) == Ticker(last_ns + 1, 12, 12, 11, 11, 3, 34, 2, 9, 11)
    gone_ns = first_ns + DAY_NS + 6 * SECOND_NS
    assert day(statistics, gone_ns) == Ticker(gone_ns, 0, 0, 0, 11, 0, 0, 0, 9, 11)
    # The clock of the questions leaves no trace: a trade now still meets the window as it is.
    statistics.add(last_ns + 1, 11, 1, 11)
    statistics.check_invariants()
    assert day(statistics, last_ns + 1) == Ticker(last_ns + 1, 12, 12, 11, 11, 4, 45, 3, 9, 11)


def test_high_and_low_move_on() -> None:
    statistics = Statistics()
    for second, price in enumerate((20, 5, 15, 10)):
        statistics.add(MIDNIGHT_NS + second * SECOND_NS, price, 1, price)
    seen = []
    for second in range(4):
        ticker = day(statistics, MIDNIGHT_NS + DAY_NS + (second - 1) * SECOND_NS)
        seen.append((ticker.open_price_ticks, ticker.high_price_ticks, ticker.low_price_ticks))
    assert seen == [(20, 20, 5), (5, 15, 5), (15, 15, 10), (10, 10, 10)]


def test_running_candles() -> None:
    statistics = Statistics()
    statistics.add(MIDNIGHT_NS + 10, 100, 2, 200)
    statistics.add(MIDNIGHT_NS + 20, 90, 1, 90)
    statistics.add(MIDNIGHT_NS + MINUTE_NS, 120, 1, 120)
    statistics.add(MIDNIGHT_NS + 4 * MINUTE_NS, 110, 5, 550)
    now_ns = MIDNIGHT_NS + 4 * MINUTE_NS + 1
    candles = {candle.interval: candle for candle in statistics.candles(now_ns)}
    assert tuple(candles) == INTERVALS
    minute_ns = MIDNIGHT_NS + 4 * MINUTE_NS
    assert candles["1m"] == Candle(
        "1m", minute_ns, minute_ns + MINUTE_NS, 110, 110, 110, 110, 5, 550, 1
    )
    assert candles["3m"].start_ns == MIDNIGHT_NS + 3 * MINUTE_NS
    assert candles["3m"].trades == 1
    assert candles["5m"] == Candle(
        "5m", MIDNIGHT_NS, MIDNIGHT_NS + 5 * MINUTE_NS, 100, 120, 90, 110, 9, 960, 4
    )
    assert candles["1M"].trades == 4


def test_a_candle_ends_with_its_interval() -> None:
    statistics = Statistics()
    statistics.add(MIDNIGHT_NS, 100, 2, 200)
    now_ns = MIDNIGHT_NS + HOUR_NS
    intervals = [candle.interval for candle in statistics.candles(now_ns)]
    assert intervals == ["2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"]
    assert statistics.candles(MIDNIGHT_NS + 31 * DAY_NS) == []
