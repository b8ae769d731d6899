"""Orders as the database has them, on their way out.

The database writes numbers as text itself, so no number passes through a Python type that could
change it.
"""

from typing import Final

import asyncpg
from msgspec import UNSET, UnsetType

from proto.api import answers
from proto.api.times import datetime_text

# What an order has from its first state to its last, of its row in `orders`.
FIXED_COLUMNS: Final = """
order_id, client_order_id, user_id, market, side, type, time_in_force, post_only, created_at,
expires_at, display_quantity::text as display_quantity, quote_amount::text as quote_amount,
trail_amount::text as trail_amount, trail_bps, self_trade_prevention, list_type, list_id
"""
# What changes; of `orders` as it is now, of `order_events` as it was after an event.
CHANGING_COLUMNS: Final = """
price::text as price, quantity::text as quantity, executed_quantity::text as executed_quantity,
(quantity - executed_quantity)::text as remaining_quantity,
executed_quote_quantity::text as executed_quote_quantity, fee::text as fee, status,
trigger_price::text as trigger_price
"""


def stored_order(row: asyncpg.Record, reason: str | None = None) -> answers.Order:
    """Write an order.

    Args:
        row: Has FIXED_COLUMNS, CHANGING_COLUMNS and `updated_at`; times in UTC.
        reason: Why it was rejected or ended, where that is to be told with it.
    """
    return answers.Order(
        str(row["order_id"]),
        row["client_order_id"] or None,
        str(row["user_id"]),
        row["market"],
        row["side"],
        row["type"],
        row["time_in_force"],
        row["post_only"],
        row["price"],
        row["quantity"],
        row["executed_quantity"],
        row["remaining_quantity"],
        row["executed_quote_quantity"],
        row["fee"],
        row["status"],
        datetime_text(row["created_at"]),
        datetime_text(row["updated_at"]),
        UNSET if row["expires_at"] is None else datetime_text(row["expires_at"]),
        _or_unset(row["display_quantity"]),
        _or_unset(row["quote_amount"]),
        _or_unset(row["trigger_price"]),
        _or_unset(row["trail_amount"]),
        UNSET if row["trail_bps"] is None else row["trail_bps"],
        _or_unset(row["self_trade_prevention"]),
        _or_unset(row["list_type"]),
        UNSET if row["list_id"] is None else str(row["list_id"]),
        _or_unset(reason),
    )


def _or_unset(text: str | None) -> str | UnsetType:
    return UNSET if text is None else text
