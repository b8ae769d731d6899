"""Pages of the complete streams, out of the database: what is asked of it, and what rows become.

How it works
------------
One statement answers several questions of one kind. It sees the database at one moment, in which
all events up to the stream position are there and none above: they are committed together. So a
page that is not full has everything up to that position.

Engine time never falls from one event to the next. So the events of a subject are read in the order
of time, by the indexes that begin with it, and from a time on that is not after what is asked for:
that of the last trade up to the mark, or of the last order with a number up to the command's, or of
where the page before has ended.

Those indexes have the order of a page, so a page costs what it shows. A planner goes by how many
events a user has on average, and would rather read and sort all that a user has, also of one who
has millions. So sessions that ask for pages need SESSION_SETTINGS.

The database writes numbers as text. A message that is made of rows is the same, byte for byte, as
the one that was made of the event.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, final

import asyncpg
from msgspec import Struct

from feed.messages import encode_stream_message
from feed.page import Page, Question
from feed.position import parts, position, position_after, position_text
from feed.source import PORTION_MESSAGES_MAX
from feed.streams import BALANCES, FILLS, ORDERS, TRADES
from proto.api.answers import Trade
from proto.api.streams.private import BalanceData, FillData, OrderFillData, ReportData
from proto.api.times import datetime_text
from proto.api.translate.stored_orders import CHANGING_COLUMNS, FIXED_COLUMNS, stored_order
from proto.codes import REPORT_FILL, REPORT_NAMES

SESSION_SETTINGS: Final[Mapping[str, str]] = MappingProxyType({"enable_sort": "off"})
# Of fills, so many reports are looked at for a page.
_FILLS_SCANNED: Final = 1_000
_ORDINAL_MAX: Final = 2**31 - 1
_FILL: Final = REPORT_NAMES[REPORT_FILL]

# `offset 0` keeps the planner from writing an expression where its value is used, so that the value
# can rule out partitions.
_TRADES: Final = f"""
select asked.place::integer as place, last.number as last_number, found.*
from unnest($1::text[], $2::bigint[], $3::timestamptz[])
  with ordinality as asked (market, mark, since, place)
left join lateral (
  select number, trade_id, timestamp from trades where trades.market = asked.market
  order by timestamp desc, trade_id desc limit 1) last on true
cross join lateral (
  select case when last.trade_id <= asked.mark then last.timestamp else coalesce(
    asked.since,
    (select timestamp from trades where trade_id = asked.mark limit 1),
    (select timestamp from trades where trade_id <= asked.mark order by trade_id desc limit 1),
    '-infinity') end as since
  offset 0) bound
left join lateral (
  select trade_id, number, price::text as price, quantity::text as quantity,
    quote_quantity::text as quote_quantity, is_buyer_maker, timestamp
  from trades
  where trades.market = asked.market and trades.trade_id > asked.mark
    and trades.timestamp >= bound.since
  order by timestamp, trade_id limit {PORTION_MESSAGES_MAX}) found on true
order by asked.place, found.trade_id
"""
# The questions about users, and how far the history reaches.
_ASKED_OF_USERS: Final = """
select asked.place::integer as place,
  (select coalesce(max(last_sequence), 0) from stream_position) as last_sequence, found.*
from (
  select user_id, sequence, ordinal, place, coalesce(
    since,
    (select created_at from orders where order_id <= sequence order by order_id desc limit 1),
    '-infinity') as since
  from unnest($1::bigint[], $2::bigint[], $3::integer[], $4::timestamptz[])
    with ordinality as given (user_id, sequence, ordinal, since, place)
  offset 0) asked
"""
_FOLLOWING: Final = """
where user_id = asked.user_id and timestamp >= asked.since
  and (sequence, ordinal) > (asked.sequence, asked.ordinal)
order by timestamp, sequence, ordinal
"""
_IN_ORDER: Final = "order by asked.place, found.sequence, found.ordinal"
_REPORT_COLUMNS: Final = f"""
sequence, ordinal, order_id as reported_id, event, reason as event_reason, trade_id,
fill_price::text as fill_price, fill_quantity::text as fill_quantity, fill_fee::text as fill_fee,
is_maker, timestamp as updated_at, {CHANGING_COLUMNS}
"""
_OF_THE_ORDER: Final = f"""
join lateral (
  select {FIXED_COLUMNS} from orders where orders.order_id = report.reported_id) fixed on true
"""
_REPORTS: Final = f"""
{_ASKED_OF_USERS}
left join lateral (
  select * from (
    select {_REPORT_COLUMNS} from order_events {_FOLLOWING} limit {PORTION_MESSAGES_MAX}
  ) report {_OF_THE_ORDER}
) found on true
{_IN_ORDER}
"""
# The last report that was looked at comes too, to tell how far that was; or one fill more than a
# page holds.
_FILLS: Final = f"""
{_ASKED_OF_USERS}
left join lateral (
  select * from (
    select * from (
      select {_REPORT_COLUMNS}, row_number() over () as looked_at from (
        select * from order_events {_FOLLOWING} limit {_FILLS_SCANNED}) scanned
    ) numbered where event = 'fill' or looked_at = {_FILLS_SCANNED}
    order by looked_at limit {PORTION_MESSAGES_MAX + 1}
  ) report {_OF_THE_ORDER}
) found on true
{_IN_ORDER}
"""
_BALANCE_CHANGES: Final = f"""
{_ASKED_OF_USERS}
left join lateral (
  select sequence, ordinal, user_id, asset, reason, change::text as change, fee::text as fee,
    total::text as total, held::text as held, trade_id, reference, timestamp as updated_at
  from balance_changes {_FOLLOWING} limit {PORTION_MESSAGES_MAX}
) found on true
{_IN_ORDER}
"""

Row = asyncpg.Record
Since = datetime.datetime | None


class StoredPage(Struct, frozen=True):
    """A page as the database gave it.

    Attributes:
        page: The page.
        since: A time before which nothing comes that is above the mark of the page; None where
            none is known.
    """

    page: Page
    since: Since


@final
class StoredKind:
    """How questions of one kind are asked.

    Attributes:
        statement: SQL, for several questions at once.
    """

    def __init__(
        self,
        statement: str,
        arguments: Callable[[Sequence[Question], Sequence[Since]], tuple[object, ...]],
        page: Callable[[Question, Sequence[Row]], StoredPage],
    ) -> None:
        self.statement: Final = statement
        self.arguments: Final = arguments
        self._page: Final = page

    def page(self, question: Question, rows: Sequence[Row]) -> StoredPage:
        """Make the page of a question.

        Args:
            question: The question.
            rows: The rows of its place; one without an event where there is none.
        """
        return self._page(question, rows)


def _arguments_of_trades(
    questions: Sequence[Question], since: Sequence[Since]
) -> tuple[object, ...]:
    return [q.subject for q in questions], [q.mark for q in questions], list(since)


def _arguments_of_users(
    questions: Sequence[Question], since: Sequence[Since]
) -> tuple[object, ...]:
    marks = [parts(question.mark) for question in questions]
    return (
        [question.subject for question in questions],
        [sequence for sequence, _ in marks],
        [min(ordinal, _ORDINAL_MAX) for _, ordinal in marks],
        list(since),
    )


def _page_of_trades(question: Question, rows: Sequence[Row]) -> StoredPage:
    stream, market = f"{TRADES}@{question.subject}", str(question.subject)
    found = [row for row in rows if row["trade_id"] is not None]
    is_full = len(found) == PORTION_MESSAGES_MAX
    last_number = found[-1]["number"] if is_full else rows[0]["last_number"] or 0
    marks = [row["trade_id"] for row in found]
    messages = [encode_stream_message(stream, _trade(market, row)) for row in found]
    page = Page(marks, messages, marks[-1] if marks else question.mark, is_full, last_number)
    return StoredPage(page, found[-1]["timestamp"] if found else None)


def _trade(market: str, row: Row) -> Trade:
    return Trade(
        str(row["trade_id"]),
        market,
        row["price"],
        row["quantity"],
        row["quote_quantity"],
        row["is_buyer_maker"],
        datetime_text(row["timestamp"]),
    )


def _page_of_user(
    question: Question,
    rows: Sequence[Row],
    told: Sequence[Row],
    write: Callable[[int, Row], Struct],
    last: Row | None,
) -> StoredPage:
    """Make a page of a user.

    Args:
        question: The question.
        rows: The rows of its place.
        told: Those of them that the stream tells of.
        write: Writes a row with its position.
        last: The row that the page ends with; None where it has everything that there is.
    """
    marks = [_position(row) for row in told]
    messages = [
        encode_stream_message(question.kind, write(mark, row))
        for mark, row in zip(marks, told, strict=True)
    ]
    end = position_after(rows[0]["last_sequence"]) if last is None else _position(last)
    latest = told[-1] if last is None and told else last
    page = Page(marks, messages, max(question.mark, end), last is not None)
    return StoredPage(page, None if latest is None else latest["updated_at"])


def _page_of_reports(question: Question, rows: Sequence[Row]) -> StoredPage:
    told = _found(rows)
    return _page_of_user(question, rows, told, _report, _last_of_full(told, PORTION_MESSAGES_MAX))


def _page_of_changes(question: Question, rows: Sequence[Row]) -> StoredPage:
    told = _found(rows)
    return _page_of_user(question, rows, told, _change, _last_of_full(told, PORTION_MESSAGES_MAX))


def _page_of_fills(question: Question, rows: Sequence[Row]) -> StoredPage:
    looked_at = _found(rows)
    told = [row for row in looked_at if row["event"] == _FILL]
    last = looked_at[-1] if looked_at and looked_at[-1]["looked_at"] == _FILLS_SCANNED else None
    if len(told) > PORTION_MESSAGES_MAX:
        del told[PORTION_MESSAGES_MAX:]
        last = told[-1]
    return _page_of_user(question, rows, told, _fill, last)


def _found(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that are events: where there is none, there is one row without."""
    return [row for row in rows if row["sequence"] is not None]


def _last_of_full(rows: Sequence[Row], most: int) -> Row | None:
    return rows[-1] if len(rows) == most else None


def _position(row: Row) -> int:
    return position(row["sequence"], row["ordinal"])


def _report(mark: int, row: Row) -> ReportData:
    fill = None
    if row["event"] == _FILL:
        fill = OrderFillData(
            row["fill_price"],
            row["fill_quantity"],
            str(row["trade_id"]),
            row["fill_fee"],
            row["is_maker"],
        )
    return ReportData(
        position_text(mark), row["event"], row["event_reason"], fill, stored_order(row)
    )


def _fill(mark: int, row: Row) -> FillData:
    return FillData(
        position_text(mark),
        str(row["user_id"]),
        str(row["order_id"]),
        row["client_order_id"] or None,
        row["market"],
        row["side"],
        row["fill_price"],
        row["fill_quantity"],
        str(row["trade_id"]),
        row["fill_fee"],
        row["is_maker"],
        row["status"],
        datetime_text(row["updated_at"]),
    )


def _change(mark: int, row: Row) -> BalanceData:
    trade_id = row["trade_id"]
    return BalanceData(
        position_text(mark),
        str(row["user_id"]),
        row["asset"],
        row["reason"],
        row["change"],
        row["fee"],
        row["total"],
        row["held"],
        None if trade_id is None else str(trade_id),
        row["reference"],
        datetime_text(row["updated_at"]),
    )


KINDS: Final[Mapping[str, StoredKind]] = {
    TRADES: StoredKind(_TRADES, _arguments_of_trades, _page_of_trades),
    ORDERS: StoredKind(_REPORTS, _arguments_of_users, _page_of_reports),
    FILLS: StoredKind(_FILLS, _arguments_of_users, _page_of_fills),
    BALANCES: StoredKind(_BALANCE_CHANGES, _arguments_of_users, _page_of_changes),
}
