"""Statements: the changes of a user's balances, newest first, from the database.

The place of a change is its time, its sequence and its number among the changes of that command;
the three together order all changes, and are the `change_id` that a page begins before. Rows that
are older than these numbers have none, which counts as 0.
"""

import datetime
from typing import Final, final

import asyncpg

from gateway import answers
from gateway.database import Database
from gateway.reading import EPOCH
from gateway.times import datetime_text
from proto.ids import UserId

_MICROSECOND: Final = datetime.timedelta(microseconds=1)

# The plain condition on the time, beside the exact one, is what an index can use.
_CHANGES: Final = """
select asset, sequence, coalesce(ordinal, 0) as ordinal, reason, change::text as change,
  fee::text as fee, total::text as total, held::text as held, trade_id, reference, timestamp
from balance_changes
where user_id = $1
  and ($2::text is null or asset = $2)
  and ($3::text is null or reason = $3)
  and ($4::timestamptz is null or timestamp >= $4)
  and ($5::timestamptz is null or timestamp < $5)
  and ($6::timestamptz is null or (timestamp <= $6
    and (timestamp, sequence, coalesce(ordinal, 0)) < ($6, $7::bigint, $8::integer)))
order by timestamp desc, sequence desc, coalesce(ordinal, 0) desc limit $9
"""


@final
class StatementFilter:
    """Which changes of a user's balances are wanted; None wants all.

    Attributes:
        asset: Name of an asset.
        reason: Reason, as a word.
        start_ns: First moment.
        end_ns: First moment after it.
        before: Changes before this place: microseconds since 1970, sequence and number.
    """

    __slots__ = ("asset", "before", "end_ns", "reason", "start_ns")

    def __init__(
        self,
        asset: str | None = None,
        reason: str | None = None,
        start_ns: int | None = None,
        end_ns: int | None = None,
        before: tuple[int, int, int] | None = None,
    ) -> None:
        self.asset: Final = asset
        self.reason: Final = reason
        self.start_ns: Final = start_ns
        self.end_ns: Final = end_ns
        self.before: Final = before


async def read_statement(
    database: Database, user_id: UserId, wanted: StatementFilter, limit: int
) -> list[answers.BalanceChange]:
    """Return changes of a user's balances, newest first.

    Raises:
        Problem: If the database is away.
    """
    place_us, sequence, ordinal = wanted.before or (None, None, None)
    rows = await database.rows(
        _CHANGES,
        user_id,
        wanted.asset,
        wanted.reason,
        _moment(wanted.start_ns),
        _moment(wanted.end_ns),
        None if place_us is None else EPOCH + place_us * _MICROSECOND,
        sequence,
        ordinal,
        limit,
    )
    return [_change(row) for row in rows]


def _moment(timestamp_ns: int | None) -> datetime.datetime | None:
    return None if timestamp_ns is None else EPOCH + timestamp_ns // 1_000 * _MICROSECOND


def _change(row: asyncpg.Record) -> answers.BalanceChange:
    place_us = (row["timestamp"] - EPOCH) // _MICROSECOND
    trade_id = row["trade_id"]
    return answers.BalanceChange(
        f"{place_us}-{row['sequence']}-{row['ordinal']}",
        row["asset"],
        row["reason"],
        row["change"],
        row["fee"],
        row["total"],
        row["held"],
        None if trade_id is None else str(trade_id),
        row["reference"],
        datetime_text(row["timestamp"]),
    )
