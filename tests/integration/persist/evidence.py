"""What must be in the database, said without persist: from events and scales."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import asyncpg

from proto.codes import (
    BALANCE_REASON_NAMES,
    MARKET,
    REPORT_FILL,
    REPORT_NAMES,
    SIDE_NAMES,
    STATUS_NAMES,
)
from proto.decimals import format_units
from proto.events import EventBatch
from tests.integration.persist.exchange import Exchange

Rows = list[tuple[object, ...]]
_TABLES = ("trades", "orders", "order_events", "balance_changes")


def at(timestamp_ns: int) -> datetime:
    """Return a time as the database has it."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=timestamp_ns // 1000)


async def position(connection: asyncpg.Connection) -> int:
    """Return the sequence that the history reaches; 0 where there is none yet."""
    if not await connection.fetchval("SELECT to_regclass('stream_position') IS NOT NULL"):
        return 0
    return await connection.fetchval("SELECT max(last_sequence) FROM stream_position") or 0


async def counts(connection: asyncpg.Connection) -> dict[str, int]:
    """Return the number of rows of each table."""
    return {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in _TABLES}


async def assert_history(
    connection: asyncpg.Connection,
    exchange: Exchange,
    batches: Sequence[EventBatch] | None = None,
) -> None:
    """Assert that the database has exactly the events of batches; all by default."""
    wanted = exchange.batches if batches is None else batches
    assert await position(connection) == wanted[-1].last_sequence
    assert await _rows(connection, _TRADES) == _trades(exchange, wanted)
    assert await _rows(connection, _ORDERS) == _orders(exchange, wanted)
    assert await _rows(connection, _ORDER_EVENTS) == _order_events(exchange, wanted)
    assert await _rows(connection, _BALANCE_CHANGES) == _balance_changes(exchange, wanted)


_TRADES = """
SELECT trade_id, market, number, price::text, quantity::text, quote_quantity::text, taker_side,
    is_buyer_maker, taker_order_id, maker_order_id, taker_fee::text, maker_fee::text, timestamp
FROM trades ORDER BY trade_id
"""
_ORDERS = """
SELECT order_id, user_id, market, client_order_id, side, price::text, executed_quantity::text,
    executed_quote_quantity::text, fee::text, status, created_at, updated_at
FROM orders ORDER BY order_id
"""
_ORDER_EVENTS = """
SELECT order_id, sequence, market, event, coalesce(trade_id, 0), fill_price::text, fill_fee::text,
    is_maker, status, timestamp
FROM order_events ORDER BY order_id, sequence, trade_id NULLS FIRST, event
"""
_BALANCE_CHANGES = """
SELECT user_id, asset, sequence, reason, change::text, fee::text, total::text, held::text,
    coalesce(trade_id, 0), reference, timestamp
FROM balance_changes ORDER BY user_id, asset, sequence, trade_id, change
"""


async def _rows(connection: asyncpg.Connection, query: str) -> Rows:
    return [tuple(row) for row in await connection.fetch(query)]


def _trades(exchange: Exchange, batches: Sequence[EventBatch]) -> Rows:
    rows: Rows = []
    for trade in (trade for batch in batches for trade in batch.trades):
        scale = exchange.scales[trade.market_id]
        rows.append(
            (
                trade.trade_id,
                scale.market.name,
                trade.number,
                scale.price(trade.price_ticks),
                scale.quantity(trade.quantity_lots),
                scale.quote_amount(trade.quote_amount),
                SIDE_NAMES[trade.taker_side],
                SIDE_NAMES[trade.taker_side] == "sell",
                trade.taker_order_id,
                trade.maker_order_id,
                scale.quote_amount(trade.taker_fee_amount),
                scale.quote_amount(trade.maker_fee_amount),
                at(trade.timestamp_ns),
            )
        )
    return rows


def _orders(exchange: Exchange, batches: Sequence[EventBatch]) -> Rows:
    states = {report.order.order_id: report.order for batch in batches for report in batch.reports}
    rows: Rows = []
    for order in sorted(states.values(), key=lambda order: order.order_id):
        scale = exchange.scales[order.market_id]
        rows.append(
            (
                order.order_id,
                order.user_id,
                scale.market.name,
                order.client_order_id.replace("\0", "\u2400") or None,
                SIDE_NAMES[order.side],
                None if order.order_type == MARKET else scale.price(order.price_ticks),
                scale.quantity(order.executed_lots),
                scale.quote_amount(order.executed_quote_amount),
                scale.quote_amount(order.fee_amount),
                STATUS_NAMES[order.status],
                at(order.created_ns),
                at(order.updated_ns),
            )
        )
    return rows


def _order_events(exchange: Exchange, batches: Sequence[EventBatch]) -> Rows:
    rows: Rows = []
    for report in (report for batch in batches for report in batch.reports):
        scale = exchange.scales[report.order.market_id]
        is_fill = report.report == REPORT_FILL
        rows.append(
            (
                report.order.order_id,
                report.sequence,
                scale.market.name,
                REPORT_NAMES[report.report],
                report.trade_id,
                scale.price(report.fill_price_ticks) if is_fill else None,
                scale.quote_amount(report.fill_fee_amount) if is_fill else None,
                report.is_maker if is_fill else None,
                STATUS_NAMES[report.order.status],
                at(report.order.updated_ns),
            )
        )
    return sorted(rows, key=lambda row: (row[0], row[1], row[4], row[3]))


def _balance_changes(exchange: Exchange, batches: Sequence[EventBatch]) -> Rows:
    changes = [change for batch in batches for change in batch.balance_changes]
    changes.sort(
        key=lambda change: (
            change.user_id,
            exchange.assets[change.asset_id].name,
            change.sequence,
            change.trade_id,
            change.change_amount,
        )
    )
    rows: Rows = []
    for change in changes:
        asset = exchange.assets[change.asset_id]
        rows.append(
            (
                change.user_id,
                asset.name,
                change.sequence,
                BALANCE_REASON_NAMES[change.reason],
                format_units(change.change_amount, asset.decimals),
                format_units(change.fee_amount, asset.decimals),
                format_units(change.total_amount, asset.decimals),
                format_units(change.held_amount, asset.decimals),
                change.trade_id,
                change.reference or None,
                at(change.timestamp_ns),
            )
        )
    return rows
