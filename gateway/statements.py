"""Statements: the changes of a user's balances, newest first, from the database.

The place of a change is its time, its sequence and its number among the changes of that command;
the three together order all changes, and are the `change_id` that a page begins before.
"""

import datetime
import re
from typing import Final, NamedTuple, final

import asyncpg

from proto.api import answers
from proto.api.reading import EPOCH, invalid
from proto.api.times import datetime_text
from proto.database import Database
from proto.ids import UserId

_MICROSECOND: Final = datetime.timedelta(microseconds=1)

# The plain condition on the time, beside the exact one, is what an index can use.
_CHANGES: Final = """
select asset, sequence, ordinal, reason, change::text as change,
  fee::text as fee, total::text as total, held::text as held, trade_id, reference, timestamp
from balance_changes
where user_id = $1
  and ($2::text is null or asset = $2)
  and ($3::text is null or reason = $3)
  and ($4::timestamptz is null or timestamp >= $4)
  and ($5::timestamptz is null or timestamp < $5)
  and ($6::timestamptz is null or (timestamp <= $6
    and (timestamp, sequence, ordinal) < ($6, $7::bigint, $8::integer)))
order by timestamp desc, sequence desc, ordinal desc
limit $9
"""
_CHANGE_ID: Final = re.compile(r"([0-9]{1,16})-([0-9]{1,18})-([0-9]{1,9})")


class ChangePlace(NamedTuple):
    """Where a change stands among all of a user's.

    Attributes:
        time_us: Microseconds since 1970.
        sequence: Sequence of its command.
        ordinal: Its number among the changes of that command, from 1.
    """

    time_us: int
    sequence: int
    ordinal: int

    @staticmethod
    def parse(text: str) -> "ChangePlace":
        """Read a change_id.

        Raises:
            Problem: If it is none.
        """
        found = _CHANGE_ID.fullmatch(text)
        if found is None:
            raise invalid("before", "must be the change_id of a change")
        return ChangePlace(int(found[1]), int(found[2]), int(found[3]))

    def change_id(self) -> str:
        """Write the change_id."""
        return f"{self.time_us}-{self.sequence}-{self.ordinal}"


@final
class StatementFilter:
    """Which changes of a user's balances are wanted; None wants all.

    Attributes:
        asset: Name of an asset.
        reason: Reason, as a word.
        start_ns: First moment.
        end_ns: First moment after it.
        before: Changes before this place.
    """

    __slots__ = ("asset", "before", "end_ns", "reason", "start_ns")

    def __init__(
        self,
        asset: str | None = None,
        reason: str | None = None,
        start_ns: int | None = None,
        end_ns: int | None = None,
        before: ChangePlace | None = None,
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
        DatabaseError: If the database is away.
    """
    time_us, *place = wanted.before or (None,) * 3
    rows = await database.rows(
        _CHANGES,
        user_id,
        wanted.asset,
        wanted.reason,
        _moment(wanted.start_ns),
        _moment(wanted.end_ns),
        None if time_us is None else EPOCH + time_us * _MICROSECOND,
        *place,
        limit,
    )
    return [_change(row) for row in rows]


def _moment(timestamp_ns: int | None) -> datetime.datetime | None:
    return None if timestamp_ns is None else EPOCH + timestamp_ns // 1_000 * _MICROSECOND


def _change(row: asyncpg.Record) -> answers.BalanceChange:
    trade_id = row["trade_id"]
    time_us = (row["timestamp"] - EPOCH) // _MICROSECOND
    place = ChangePlace(time_us, row["sequence"], row["ordinal"])
    return answers.BalanceChange(
        place.change_id(),
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
