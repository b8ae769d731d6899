"""Execution reports, and an order's state as it is told."""

from typing import Final

from matcher.core.market import Market
from matcher.core.order import Order
from matcher.core.state import State
from proto.codes import OK, REPORT_FILL, TRAILING_STOP, WAITING
from proto.events import EventBatch, ExecutionReport, OrderState, Trade
from proto.ids import TradeId

# The trade of a report that is not of a fill.
NO_TRADE: Final = TradeId(0)


def state_of(market: Market, order: Order) -> OrderState:
    """Return an order as it is now, with the present trigger price of a trailing stop."""
    special = order.special
    if special is None or special.trigger != TRAILING_STOP or order.status != WAITING:
        return order.state()
    if order.order_id in market.fired:
        return order.state()
    return order.state(market.triggers.trigger_price_ticks(order))


def first_trigger_price_ticks(market: Market, order: Order) -> int:
    """Return the price at which an order fires, or would if it began to wait now."""
    last_ticks = market.statistics.last_price_ticks
    return market.triggers.first_trigger_price_ticks(order, last_ticks)


def report(state: State, kind: int, reason: int, order: OrderState, events: EventBatch) -> None:
    """Tell an owner what became of an order."""
    events.reports.append(
        ExecutionReport(state.sequence, kind, reason, order, NO_TRADE, 0, 0, 0, False)
    )


def fill_report(
    trade: Trade, order: OrderState, fee_amount: int, is_maker: bool
) -> ExecutionReport:
    """Make the report of a fill."""
    return ExecutionReport(
        trade.sequence,
        REPORT_FILL,
        OK,
        order,
        trade.trade_id,
        trade.price_ticks,
        trade.quantity_lots,
        fee_amount,
        is_maker,
    )
