"""Trades of the market of the tests, at chosen moments."""

from proto.events import Trade
from proto.ids import OrderId, Sequence, TradeId, UserId
from scripts.watching.trade_log import TradeLog
from tests.unit.load.scales import TATA_INR

SECOND_US = 1_000_000
# 2023-11-14T22:13:20Z, in the middle of a minute.
START_US = 1_700_000_000 * SECOND_US


def trade(time_us: int, ticks: int, lots: int) -> Trade:
    """A trade in TATA_INR: a tick is 0.05, and a tick of a lot 5 smallest units."""
    number = time_us % 1_000_003
    return Trade(
        TradeId(number), 1, number, Sequence(number), time_us * 1_000, ticks, lots,
        ticks * lots * 5, 1, OrderId(1), OrderId(2), UserId(1), UserId(2), 0, 0,
    )  # fmt: skip


def log_of(*trades: tuple[float, int, int]) -> TradeLog:
    """A log of trades: seconds after START_US, ticks, lots."""
    log = TradeLog(TATA_INR)
    for seconds, ticks, lots in trades:
        log.add(trade(START_US + round(seconds * SECOND_US), ticks, lots))
    return log
