"""Candles that were told, against what their trades make."""

import msgspec
import pytest

from proto.api.streams.market_data import KlineData
from scripts.watching.accounts import Counts, Skipped, SubscriberState
from scripts.watching.candles import Trouble, audit_candles, audit_closings, candle_of
from scripts.watching.trade_log import Sums
from tests.unit.watching.market_trades import SECOND_US, START_US, log_of, trade

# Two trades in the minute that ends after 40 s, one in the next, none, and one more.
LOG = log_of((0, 2_000, 3), (39.999999, 2_010, 1), (40, 1_990, 2), (200, 2_000, 5))
LOGS = {"TATA_INR": LOG}
FIRST = "2023-11-14T22:13:00.000000Z"


def candle(**values: object) -> str:
    """The first minute, as it is right, but for some values."""
    right = KlineData(
        "TATA_INR", "1m", FIRST, "2023-11-14T22:14:00.000000Z",
        "100.00", "100.50", "100.00", "100.50", "4", "400.50", 2, closed=True,
    )  # fmt: skip
    return msgspec.json.encode(msgspec.structs.replace(right, **values)).decode()


def test_a_log_sums_up_any_span() -> None:
    assert LOG.sums(0, 2) == Sums("100.00", "100.50", "100.00", "100.50", "4", "400.50", 2)
    assert LOG.sums(1, 3) == Sums("100.50", "100.50", "99.50", "99.50", "3", "299.50", 2)
    assert LOG.sums(2, 2) is None
    assert LOG.before(START_US + 40 * SECOND_US) == 2
    assert (LOG.last_price(0), LOG.last_price(3)) == (None, "99.50")
    assert (LOG.change(0, 0), LOG.change(0, 3)) == (None, "-0.50")


def test_sums_beyond_what_a_machine_word_holds() -> None:
    log = log_of(*((number, 4 * 10**18 // 5, 1) for number in range(9)))
    sums = log.sums(0, 9)
    assert sums is not None
    assert sums.quote_volume == "360000000000000000.00"


def test_trades_may_come_after_a_sum_was_asked_for() -> None:
    log = log_of((0, 2_000, 1))
    assert log.sums(0, 1) is not None
    log.add(trade(START_US + SECOND_US, 2_020, 2))
    assert log.sums(0, 2) == Sums("100.00", "101.00", "100.00", "101.00", "3", "302.00", 2)


def test_closed_candles_that_are_right() -> None:
    longer = candle_of(LOG, "1w", "2023-11-13T00:00:00.000000Z", is_closed=True)
    assert longer is not None
    assert (longer.trades, longer.low, longer.end) == (4, "99.50", "2023-11-20T00:00:00.000000Z")
    texts = [candle(), msgspec.json.encode(longer).decode()]
    audit = audit_candles("closed", texts, LOGS, None)
    assert audit.ok
    assert audit.detail == "1 of 1m, 1 of 1w"
    assert audit_candles("closed", [], LOGS, None).detail == "none"


@pytest.mark.parametrize(
    "values",
    [
        {"open": "100.05"}, {"high": "100.55"}, {"low": "99.95"}, {"close": "100.00"},
        {"volume": "5"}, {"quote_volume": "400.51"}, {"trades": 3}, {"closed": False},
        {"end": "2023-11-14T22:14:00.000001Z"}, {"start": "2023-11-14T22:13:01.000000Z"},
        {"start": "2023-11-14T22:15:00.000000Z"}, {"interval": "3m"}, {"interval": "7m"},
        {"market": "BTC_USDT"}, {"start": "today"},
    ],
)  # fmt: skip
def test_a_candle_that_is_wrong(values: dict[str, object]) -> None:
    assert not audit_candles("closed", [candle(), candle(**values)], LOGS, None).ok


def test_a_message_that_is_no_candle() -> None:
    assert not audit_candles("closed", ['{"market":"TATA_INR"}'], LOGS, None).ok


def test_running_candles_are_those_that_have_not_ended() -> None:
    running = candle(closed=False)
    before, after = START_US + 39 * SECOND_US, START_US + 40 * SECOND_US
    assert audit_candles("running", [running], LOGS, before).detail == "1 of 1m"
    assert not audit_candles("running", [candle(closed=False, high="1")], LOGS, before).ok
    # It was told while it ran, and has ended since: then another message tells of it.
    assert audit_candles("running", [candle(closed=False, high="1")], LOGS, after).detail == "none"


END_US = START_US + 40 * SECOND_US
SKIPPED = Skipped("kline_1m@TATA_INR@x", END_US, END_US + 2 * SECOND_US)


def watcher(closed: int, *skipped: Skipped) -> SubscriberState:
    return SubscriberState("w", True, {}, {}, closed, list(skipped), Counts(), {}, [])


def trouble(from_s: float, until_s: float, name: str = "kill-redis") -> Trouble:
    times = (START_US + round(seconds * SECOND_US) for seconds in (from_s, until_s))
    return Trouble(name, *times)


def test_whoever_saw_a_candle_must_be_told_that_it_closed() -> None:
    assert audit_closings([watcher(3), watcher(2)], []).detail == "told 5 times"
    audit = audit_closings([watcher(3), watcher(2, SKIPPED)], [])
    assert audit.findings == ("w was not told that kline_1m@TATA_INR@x has closed",)


@pytest.mark.parametrize(
    ("times", "ok"), [((35, 41), True), ((30, 39), False), ((43, 60), False), ((42, 60), True)]
)
def test_troubles_excuse_what_closed_in_them(times: tuple[float, float], ok: bool) -> None:
    audit = audit_closings([watcher(0, SKIPPED)], [trouble(*times)])
    assert audit.ok == ok
    assert ("1 times not, since there was kill-redis" in audit.detail) == ok


def test_all_troubles_at_that_time_are_named() -> None:
    troubles = [trouble(35, 41), trouble(30, 41, "kill-feed"), trouble(60, 61, "wipe-redis")]
    audit = audit_closings([watcher(0, SKIPPED)], troubles)
    assert audit.detail.endswith("1 times not, since there was kill-feed and kill-redis")
