"""Tickers that were told, against what the trades of the 24 hours before them make."""

import msgspec
import pytest

from proto.api.answers import Ticker
from proto.api.times import moment_text
from proto.events import Trade
from scripts.watching.tickers import WINDOW_S, audit_tickers, tickers_at
from scripts.watching.trade_log import TradeLog
from tests.reference import statistics as reference
from tests.unit.load.scales import TATA_INR
from tests.unit.watching.market_trades import SECOND_US, START_US, log_of, trade

TRADES = ((0, 2_000, 3), (0.5, 2_010, 1), (1, 1_990, 2), (7, 2_000, 5))
LOGS = {"TATA_INR": log_of(*TRADES)}


def moment(seconds: float) -> str:
    return moment_text((START_US + round(seconds * SECOND_US)) * 1_000)


def ticker(at_s: float, *values: object) -> bytes:
    """A ticker: open, high, low, last, volume, quote_volume, change, trades."""
    *told, trades = values
    data = Ticker("TATA_INR", *told, "99.00", "101.00", trades, moment(at_s))  # type: ignore[arg-type]
    return msgspec.json.encode(data)


RIGHT = (
    ticker(-1, None, None, None, None, "0", "0.00", None, 0),
    ticker(0.4, "100.00", "100.00", "100.00", "100.00", "3", "300.00", "0.00", 1),
    ticker(6, "100.00", "100.50", "99.50", "99.50", "6", "599.50", "-0.50", 3),
    ticker(8, "100.00", "100.50", "99.50", "100.00", "11", "1099.50", "0.00", 4),
    # The running second is in the window, so the first two trades leave it 86,400 seconds later.
    ticker(WINDOW_S - 0.001, "100.00", "100.50", "99.50", "100.00", "11", "1099.50", "0.00", 4),
    ticker(WINDOW_S, "99.50", "100.00", "99.50", "100.00", "7", "699.00", "0.50", 2),
    ticker(WINDOW_S + 6.9, "100.00", "100.00", "100.00", "100.00", "5", "500.00", "0.00", 1),
    ticker(WINDOW_S + 7, None, None, None, "100.00", "0", "0.00", None, 0),
)


def test_tickers_that_are_right() -> None:
    audit = audit_tickers(RIGHT, LOGS)
    assert audit.ok, audit
    assert audit.detail == "8 tickers of 1 markets"


@pytest.mark.parametrize("field", [f for f in Ticker.__struct_fields__ if f not in ("bid", "ask")])
def test_a_ticker_that_is_wrong(field: str) -> None:
    data = msgspec.json.decode(RIGHT[2])
    data[field] = 4 if field == "trades" else moment(0.7) if field == "timestamp" else "9.00"
    assert not audit_tickers([*RIGHT, msgspec.json.encode(data)], LOGS).ok


def test_a_message_that_is_no_ticker() -> None:
    assert not audit_tickers([b'{"market":"TATA_INR"}'], LOGS).ok


def test_of_trades_in_its_own_microsecond_it_may_know_the_first_few() -> None:
    logs = {"TATA_INR": log_of((0, 2_000, 1), (1, 2_010, 2), (1, 2_020, 4))}
    known = [
        ticker(1, "100.00", "100.00", "100.00", "100.00", "1", "100.00", "0.00", 1),
        ticker(1, "100.00", "100.50", "100.00", "100.50", "3", "301.00", "0.50", 2),
        ticker(1, "100.00", "101.00", "100.00", "101.00", "7", "705.00", "1.00", 3),
    ]
    assert audit_tickers(known, logs).ok
    skipping = ticker(1, "100.00", "101.00", "100.00", "101.00", "5", "504.00", "1.00", 2)
    assert not audit_tickers([skipping], logs).ok
    # A microsecond later there is only one truth.
    later = ticker(1.000001, "100.00", "100.50", "100.00", "100.50", "3", "301.00", "0.50", 2)
    assert not audit_tickers([later], logs).ok


def test_the_window_is_that_of_the_reference() -> None:
    seconds = (0, 0.3, 59.9, 4_000, 86_399.5, 86_400, 86_400.2, 90_000)
    trades = [
        trade(START_US + round(at * SECOND_US), 2_000 + number % 3, 1 + number)
        for number, at in enumerate(seconds)
    ]
    log = TradeLog(TATA_INR)
    known: list[Trade] = []
    for one in trades:
        log.add(one)
        known.append(one)
        for later_s in (0, 0.5, 1, 60, 86_399, 86_400, 86_400.6):
            at_ns = one.timestamp_ns + round(later_s * 1e9)
            right = reference.ticker(known, at_ns, 0, 0)
            told = msgspec.convert(
                {**msgspec.json.decode(RIGHT[0]), "timestamp": moment_text(at_ns)}, Ticker
            )
            found = tickers_at(log, told)[0]
            assert found.trades == right.trades
            assert found.volume == TATA_INR.quantity(right.volume_lots)  # type: ignore[arg-type]
            for text, ticks in (
                (found.open, right.open_price_ticks),
                (found.high, right.high_price_ticks),
                (found.low, right.low_price_ticks),
                (found.last, right.last_price_ticks),
            ):
                assert text == (TATA_INR.price(ticks) if ticks else None)
