"""Orders and execution reports as lines of COPY.

A plain order is nearly every order, and has a third of the columns NULL: these are one constant,
and an order pays for what it has.
"""

from typing import Final

from persist.catalog import Catalog, Market
from persist.fields import NULL, TRUTH, TimeTexts, escape
from proto.codes import (
    ACCOUNT_DEFAULT,
    CAUSE_NAMES,
    LIST_TYPE_NAMES,
    MARKET,
    OK,
    ORDER_TYPE_NAMES,
    REASON_NAMES,
    REPORT_FILL,
    REPORT_NAMES,
    REPORT_REDUCED,
    SELF_TRADE_NAMES,
    SIDE_NAMES,
    STATUS_NAMES,
    TIME_IN_FORCE_NAMES,
    TYPE_NAMES,
)
from proto.events import ExecutionReport, OrderState, SpecialState

_NO_FILL: Final = "\t".join([NULL] * 5)
_PLAIN: Final = "\t".join([NULL] * 9)
# Why a report says what it says; a rejection and an end share one column.
_REASONS: Final = {**REASON_NAMES, **CAUSE_NAMES, OK: NULL}


def order_line(report: ExecutionReport, catalog: Catalog, times: TimeTexts) -> str:
    """Write the order of a report, as it is after it; columns ORDER_COLUMNS."""
    order = report.order
    market = catalog.markets[order.market_id]
    special = order.special
    if special is None:
        order_type, terms = ORDER_TYPE_NAMES[order.order_type], _PLAIN
    else:
        order_type = TYPE_NAMES[order.order_type, special.trigger]
        terms = _terms(special, market, times)
    return (
        f"{order.order_id}\t{order.user_id}\t{market.name}\t{escape(order.client_order_id)}\t"
        f"{SIDE_NAMES[order.side]}\t{order_type}\t"
        f"{TIME_IN_FORCE_NAMES[order.time_in_force]}\t{TRUTH[order.post_only]}\t"
        f"{_price(order, market)}\t"
        f"{market.quantity(order.quantity_lots)}\t{market.quantity(order.executed_lots)}\t"
        f"{market.quote_amount(order.executed_quote_amount)}\t"
        f"{market.quote_amount(order.fee_amount)}\t{STATUS_NAMES[order.status]}\t"
        f"{times[order.created_ns]}\t{times[order.updated_ns]}\t{_reason_of_end(report)}\t"
        f"{terms}\n"
    )


def order_event_line(
    ordinal: int, report: ExecutionReport, catalog: Catalog, times: TimeTexts
) -> str:
    """Write a report; columns ORDER_EVENT_COLUMNS."""
    order = report.order
    market = catalog.markets[order.market_id]
    special = order.special
    trigger_price = NULL if special is None else _price_or_null(special.trigger_price_ticks, market)
    if report.report == REPORT_FILL:
        fill = (
            f"{report.trade_id}\t{market.price(report.fill_price_ticks)}\t"
            f"{market.quantity(report.fill_quantity_lots)}\t"
            f"{market.quote_amount(report.fill_fee_amount)}\t{TRUTH[report.is_maker]}"
        )
    else:
        fill = _NO_FILL
    return (
        f"{order.order_id}\t{report.sequence}\t{ordinal}\t{order.user_id}\t{market.name}\t"
        f"{REPORT_NAMES[report.report]}\t{_REASONS[report.reason]}\t{STATUS_NAMES[order.status]}\t"
        f"{_price(order, market)}\t"
        f"{market.quantity(order.quantity_lots)}\t{market.quantity(order.executed_lots)}\t"
        f"{trigger_price}\t{fill}\t{times[order.updated_ns]}\t"
        f"{market.quote_amount(order.executed_quote_amount)}\t"
        f"{market.quote_amount(order.fee_amount)}\n"
    )


def _reason_of_end(report: ExecutionReport) -> str:
    """Name why an order was rejected or ended; one that was only reduced goes on."""
    return NULL if report.report == REPORT_REDUCED else _REASONS[report.reason]


def _terms(special: SpecialState, market: Market, times: TimeTexts) -> str:
    mode = special.self_trade
    return (
        f"{_price_or_null(special.trigger_price_ticks, market)}\t"
        f"{_price_or_null(special.trail_ticks, market)}\t"
        f"{special.trail_bps or NULL}\t"
        f"{market.quantity(special.display_lots) if special.display_lots else NULL}\t"
        f"{market.quote_amount(special.quote_amount) if special.quote_amount else NULL}\t"
        f"{times[special.expires_ns] if special.expires_ns else NULL}\t"
        f"{NULL if mode == ACCOUNT_DEFAULT else SELF_TRADE_NAMES[mode]}\t"
        f"{LIST_TYPE_NAMES[special.list_type] if special.list_type else NULL}\t"
        f"{special.list_id or NULL}"
    )


def _price(order: OrderState, market: Market) -> str:
    return NULL if order.order_type == MARKET else market.price(order.price_ticks)


def _price_or_null(price_ticks: int, market: Market) -> str:
    return market.price(price_ticks) if price_ticks else NULL
