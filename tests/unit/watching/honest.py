"""What an exchange that tells the truth would tell of the commands of a journal."""

from collections.abc import Iterable

import msgspec

from matcher.tools.catalog import Catalog
from matcher.tools.steps import Step
from proto.api.answers import Trade
from proto.api.streams.private import BalanceData, FillData, OrderFillData, ReportData
from proto.api.times import moment_text
from proto.api.translate import order_answers
from proto.codes import (
    BALANCE_REASON_NAMES,
    CAUSE_NAMES,
    OK,
    REASON_NAMES,
    REPORT_FILL,
    REPORT_NAMES,
    SELL,
    SIDE_NAMES,
    STATUS_NAMES,
)
from proto.events import BalanceChange, ExecutionReport
from proto.events import Trade as TradeEvent


def streams_of(steps: Iterable[Step], catalog: Catalog) -> dict[str, list[bytes]]:
    """Write all complete streams, by the names of their tapes."""
    tapes: dict[str, list[bytes]] = {}

    def tell(tape: str, data: object) -> None:
        tapes.setdefault(tape, []).append(msgspec.json.encode(data))

    for step in steps:
        sequence = step.journaled.sequence
        for trade in step.events.trades:
            tell(f"trades@{catalog.scales[trade.market_id].market.name}", _trade(trade, catalog))
        for ordinal, report in enumerate(step.events.reports, 1):
            position, user_id = f"{sequence}.{ordinal}", report.order.user_id
            tell(f"orders of user {user_id}", _report(position, report, catalog))
            if report.report == REPORT_FILL:
                tell(f"fills of user {user_id}", _fill(position, report, catalog))
        for ordinal, change in enumerate(step.events.balance_changes, 1):
            position = f"{sequence}.{ordinal}"
            tell(f"balances of user {change.user_id}", _balance(position, change, catalog))
    return tapes


def _trade(trade: TradeEvent, catalog: Catalog) -> Trade:
    scale = catalog.scales[trade.market_id]
    return Trade(
        str(trade.trade_id),
        scale.market.name,
        scale.price(trade.price_ticks),
        scale.quantity(trade.quantity_lots),
        scale.quote_amount(trade.quote_amount),
        trade.taker_side == SELL,
        moment_text(trade.timestamp_ns),
    )


def _report(position: str, report: ExecutionReport, catalog: Catalog) -> ReportData:
    scale = catalog.scales[report.order.market_id]
    fill = OrderFillData(
        scale.price(report.fill_price_ticks),
        scale.quantity(report.fill_quantity_lots),
        str(report.trade_id),
        scale.quote_amount(report.fill_fee_amount),
        report.is_maker,
    )
    return ReportData(
        position,
        REPORT_NAMES[report.report],
        None
        if report.reason == OK
        else REASON_NAMES.get(report.reason) or CAUSE_NAMES[report.reason],
        fill if report.report == REPORT_FILL else None,
        order_answers.order(report.order, scale),
    )


def _fill(position: str, report: ExecutionReport, catalog: Catalog) -> FillData:
    order = report.order
    scale = catalog.scales[order.market_id]
    return FillData(
        position,
        str(order.user_id),
        str(order.order_id),
        order.client_order_id or None,
        scale.market.name,
        SIDE_NAMES[order.side],
        scale.price(report.fill_price_ticks),
        scale.quantity(report.fill_quantity_lots),
        str(report.trade_id),
        scale.quote_amount(report.fill_fee_amount),
        report.is_maker,
        STATUS_NAMES[order.status],
        moment_text(order.updated_ns),
    )


def _balance(position: str, change: BalanceChange, catalog: Catalog) -> BalanceData:
    asset_id = change.asset_id
    return BalanceData(
        position,
        str(change.user_id),
        catalog.asset_name(asset_id),
        BALANCE_REASON_NAMES[change.reason],
        catalog.amount(asset_id, change.change_amount),
        catalog.amount(asset_id, change.fee_amount),
        catalog.amount(asset_id, change.total_amount),
        catalog.amount(asset_id, change.held_amount),
        str(change.trade_id) if change.trade_id else None,
        change.reference or None,
        moment_text(change.timestamp_ns),
    )
