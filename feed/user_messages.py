"""What the readers of private streams get, made of the events of a user.

An order is what REST shows. `feed.stored_pages` makes the same of rows of the database.
"""

from typing import Final

from feed.position import position_text
from proto.api.streams.private import BalanceData, FillData, OrderFillData, ReportData, StartData
from proto.api.times import moment_text
from proto.api.translate.order_answers import order
from proto.codes import (
    BALANCE_REASON_NAMES,
    CAUSE_NAMES,
    OK,
    REASON_NAMES,
    REPORT_FILL,
    REPORT_NAMES,
    SIDE_NAMES,
    STATUS_NAMES,
)
from proto.decimals import format_units
from proto.definitions import AssetDefinition
from proto.events import BalanceChange, ExecutionReport
from proto.scales import MarketScale

# Why an order was rejected, ended or was reduced.
_REASONS: Final = {**REASON_NAMES, **CAUSE_NAMES}


def start_data(mark: int, user_id: int) -> StartData:
    """Write from which position on everything is told."""
    return StartData(position_text(mark), str(user_id))


def report_data(mark: int, report: ExecutionReport, scale: MarketScale) -> ReportData:
    """Write a report about an order of a market; `mark` is its position."""
    fill = None
    if report.report == REPORT_FILL:
        fill = OrderFillData(
            scale.price(report.fill_price_ticks),
            scale.quantity(report.fill_quantity_lots),
            str(report.trade_id),
            scale.quote_amount(report.fill_fee_amount),
            report.is_maker,
        )
    return ReportData(
        position_text(mark),
        REPORT_NAMES[report.report],
        None if report.reason == OK else _REASONS[report.reason],
        fill,
        order(report.order, scale),
    )


def fill_data(mark: int, report: ExecutionReport, scale: MarketScale) -> FillData:
    """Write the report of a fill as the fill that it tells of; `mark` is its position."""
    state = report.order
    return FillData(
        position_text(mark),
        str(state.user_id),
        str(state.order_id),
        state.client_order_id or None,
        scale.market.name,
        SIDE_NAMES[state.side],
        scale.price(report.fill_price_ticks),
        scale.quantity(report.fill_quantity_lots),
        str(report.trade_id),
        scale.quote_amount(report.fill_fee_amount),
        report.is_maker,
        STATUS_NAMES[state.status],
        moment_text(state.updated_ns),
    )


def balance_data(mark: int, change: BalanceChange, asset: AssetDefinition) -> BalanceData:
    """Write a change of a balance in an asset; `mark` is its position."""
    decimals = asset.decimals
    return BalanceData(
        position_text(mark),
        str(change.user_id),
        asset.name,
        BALANCE_REASON_NAMES[change.reason],
        format_units(change.change_amount, decimals),
        format_units(change.fee_amount, decimals),
        format_units(change.total_amount, decimals),
        format_units(change.held_amount, decimals),
        str(change.trade_id) if change.trade_id else None,
        change.reference or None,
        moment_text(change.timestamp_ns),
    )
