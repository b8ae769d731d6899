"""Packs events that a test has made by hand, as the engine packs its own."""

from msgspec.structs import astuple

from matcher.core.events import Events
from matcher.core.trade import Trade as ToldTrade
from proto.codec import encode
from proto.codes import REPORT_FILL
from proto.events import EventBatch, ExecutionReport
from proto.ids import OrderId, UserId


def packed(batch: EventBatch) -> Events:
    """Pack a batch; of a fill's trade the report has no more than it needs."""
    events = Events(batch.shard, batch.epoch, batch.first_sequence)
    events.last_sequence = batch.last_sequence
    events.timestamp_ns = batch.timestamp_ns
    events.assets.extend(batch.assets)
    events.markets.extend(batch.markets)
    for report in batch.reports:
        _put_report(events, report)
    for trade in batch.trades:
        events.trade(ToldTrade(*astuple(trade)))
    for change in batch.balance_changes:
        events.balance_change(*astuple(change))
    for level in batch.level_changes:
        events.level_change(*astuple(level))
    events.transfers.extend(batch.transfers)
    events.market_changes.extend(batch.market_changes)
    events.account_changes.extend(batch.account_changes)
    events.asset_changes.extend(batch.asset_changes)
    return events


def _put_report(events: Events, report: ExecutionReport) -> None:
    order, user_id = encode(report.order), report.order.user_id
    if report.report != REPORT_FILL:
        events.report(report.sequence, user_id, report.report, report.reason, order)
        return
    nobody, no_order = UserId(0), OrderId(0)
    trade = ToldTrade(
        report.trade_id, 0, 0, report.sequence, 0, report.fill_price_ticks,
        report.fill_quantity_lots, 0, 0, no_order, no_order, nobody, nobody, 0, 0,
    )  # fmt: skip
    events.fill_report(trade, user_id, order, report.fill_fee_amount, report.is_maker)
