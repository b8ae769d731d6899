"""Messages of the complete streams as rows of text, in the layouts of their tables. Pure.

What is told and what the journal says can so be compared value by value, in the terms in which the
database is compared too (`scripts.reconciliation.expected`). The types that messages are read into
are those that the documents are made of: a message that does not fit raises.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from proto.api.answers import Order, Trade
from proto.api.streams.private import BalanceData, FillData, ReportData
from scripts.reconciliation.expected import BALANCE_CHANGES, ORDER_EVENTS, ORDERS, TRADES
from scripts.reconciliation.layout import Layout, Row, truth
from scripts.watching.marks import mark_of_position, parts_of_mark
from scripts.watching.moments import moment_us

# What of a trade is public.
PUBLIC_TRADES: Final = Layout(
    "trades",
    ("trade_id", "market", "price", "quantity", "quote_quantity", "is_buyer_maker", "timestamp"),
    ("trade_id",),
)
# Of a report: its event, and the order after it. Why an order has ended is of the event.
_ORDER_COLUMNS: Final = tuple(name for name in ORDERS.columns if name != "reason")
REPORTS: Final = Layout(
    "orders",
    (*(f"event.{name}" for name in ORDER_EVENTS.columns), *_ORDER_COLUMNS, "remaining_quantity"),
    ("event.sequence", "event.ordinal"),
)
FILLS: Final = Layout(
    "fills",
    tuple(
        "sequence ordinal user_id order_id client_order_id market side price quantity trade_id fee "
        "is_maker order_status timestamp".split()
    ),
    ("sequence", "ordinal"),
)

_TRADE: Final = msgspec.json.Decoder(Trade)
_REPORT: Final = msgspec.json.Decoder(ReportData)
_FILL: Final = msgspec.json.Decoder(FillData)
_BALANCE: Final = msgspec.json.Decoder(BalanceData)


def told_trade(text: bytes) -> tuple[int, Row]:
    """Read a trade; return its mark and its row in PUBLIC_TRADES."""
    trade = _TRADE.decode(text)
    values = {
        "trade_id": trade.trade_id,
        "market": trade.market,
        "price": trade.price,
        "quantity": trade.quantity,
        "quote_quantity": trade.quote_quantity,
        "is_buyer_maker": truth(trade.is_buyer_maker),
        "timestamp": _time(trade.timestamp),
    }
    return int(trade.trade_id), _row(PUBLIC_TRADES.columns, values)


def told_report(text: bytes) -> tuple[int, Row]:
    """Read an execution report; return its mark and its row in REPORTS."""
    report = _REPORT.decode(text)
    order, fill = report.order, report.fill
    mark = mark_of_position(report.position)
    of_order = _order(order)
    event: dict[str, str | None] = {
        **of_order,
        **_position(mark),
        "event": report.event,
        "reason": report.reason,
        "trade_id": None if fill is None else fill.trade_id,
        "fill_price": None if fill is None else fill.price,
        "fill_quantity": None if fill is None else fill.quantity,
        "fill_fee": None if fill is None else fill.fee,
        "is_maker": None if fill is None else truth(fill.is_maker),
        "timestamp": of_order["updated_at"],
    }
    row = _row(ORDER_EVENTS.columns, event) + _row(_ORDER_COLUMNS, of_order)
    return mark, (*row, order.remaining_quantity)


def told_fill(text: bytes) -> tuple[int, Row]:
    """Read a fill; return its mark and its row in FILLS."""
    fill = _FILL.decode(text)
    mark = mark_of_position(fill.position)
    values = {
        **_position(mark),
        "user_id": fill.user_id,
        "order_id": fill.order_id,
        "client_order_id": fill.client_order_id,
        "market": fill.market,
        "side": fill.side,
        "price": fill.price,
        "quantity": fill.quantity,
        "trade_id": fill.trade_id,
        "fee": fill.fee,
        "is_maker": truth(fill.is_maker),
        "order_status": fill.order_status,
        "timestamp": _time(fill.timestamp),
    }
    return mark, _row(FILLS.columns, values)


def told_balance(text: bytes) -> tuple[int, Row]:
    """Read a change of a balance; return its mark and its row in BALANCE_CHANGES."""
    change = _BALANCE.decode(text)
    mark = mark_of_position(change.position)
    values = {
        **_position(mark),
        "user_id": change.user_id,
        "asset": change.asset,
        "reason": change.reason,
        "change": change.change,
        "fee": change.fee,
        "total": change.total,
        "held": change.held,
        "trade_id": change.trade_id,
        "reference": change.reference,
        "timestamp": _time(change.timestamp),
    }
    return mark, _row(BALANCE_CHANGES.columns, values)


def public_trade(row: Row) -> Row:
    """Return what is public of a row of the table of trades."""
    return _row(PUBLIC_TRADES.columns, dict(zip(TRADES.columns, row, strict=True)))


def report_of(event: Row, order: Row) -> Row:
    """Put the rows of an event and of the order after it together, as a row in REPORTS."""
    values = dict(zip(ORDERS.columns, order, strict=True))
    remaining = Decimal(values["quantity"] or "") - Decimal(values["executed_quantity"] or "")
    return (*event, *_row(_ORDER_COLUMNS, values), f"{remaining:f}")


def fill_of(event: Row, order: Row) -> Row:
    """Make a row in FILLS from the rows of an event that is a fill, and of the order after it."""
    of_event = dict(zip(ORDER_EVENTS.columns, event, strict=True))
    of_order = dict(zip(ORDERS.columns, order, strict=True))
    values = {
        **of_event,
        "client_order_id": of_order["client_order_id"],
        "side": of_order["side"],
        "price": of_event["fill_price"],
        "quantity": of_event["fill_quantity"],
        "fee": of_event["fill_fee"],
        "order_status": of_event["status"],
    }
    return _row(FILLS.columns, values)


def _order(order: Order) -> dict[str, str | None]:
    """Return the columns of an order, and of those of an event that are the order's."""
    return {
        "order_id": order.order_id,
        "user_id": order.user_id,
        "market": order.market,
        "client_order_id": order.client_order_id,
        "side": order.side,
        "type": order.type,
        "time_in_force": order.time_in_force,
        "post_only": truth(order.post_only),
        "price": order.price,
        "quantity": order.quantity,
        "executed_quantity": order.executed_quantity,
        "executed_quote_quantity": order.executed_quote_quantity,
        "fee": order.fee,
        "status": order.status,
        "created_at": _time(order.created_at),
        "updated_at": _time(order.updated_at),
        "trigger_price": _given(order.trigger_price),
        "trail_amount": _given(order.trail_amount),
        "trail_bps": None if order.trail_bps is UNSET else str(order.trail_bps),
        "display_quantity": _given(order.display_quantity),
        "quote_amount": _given(order.quote_amount),
        "expires_at": None if order.expires_at is UNSET else _time(order.expires_at),
        "self_trade_prevention": _given(order.self_trade_prevention),
        "list_type": _given(order.list_type),
        "list_id": _given(order.list_id),
    }


def _position(mark: int) -> dict[str, str | None]:
    sequence, ordinal = parts_of_mark(mark)
    return {"sequence": str(sequence), "ordinal": str(ordinal)}


def _time(moment: str) -> str:
    return str(moment_us(moment))


def _given(value: str | UnsetType) -> str | None:
    return None if isinstance(value, UnsetType) else value


def _row(columns: tuple[str, ...], values: Mapping[str, str | None]) -> Row:
    return tuple([values[column] for column in columns])
