"""What happened, from the database: orders, trades, candles and 24-hour tickers.

The database does the arithmetic in NUMERIC and writes the text that the answers show, so no
number passes through a Python type that could change it. The tables are described in migrations/.

Candles start where `proto.intervals` says, so a candle here and one of the stream are the same.
On TimescaleDB they are made of the minutes in `candles_1m`, which are materialised. Elsewhere
that is a view, through which a condition on the start of a minute cannot reach the index on the
time of the trades; there the same sums are made of the trades themselves. A read tries the span
that `limit` candles without a gap would fill, and longer ones only where the market had gaps.
"""

import datetime
from collections.abc import Sequence
from typing import Final, final

import asyncpg

from gateway.statements import StatementFilter, read_statement
from proto.api import answers
from proto.api.reading import EPOCH
from proto.api.times import datetime_text, moment_text
from proto.api.translate.stored_orders import CHANGING_COLUMNS, FIXED_COLUMNS, stored_order
from proto.database import Database
from proto.ids import UserId
from proto.intervals import DAY_NS, INTERVAL_LENGTHS_NS, MONDAY_NS, MONTH, interval_bounds
from proto.scales import MarketScale

_MICROSECOND: Final = datetime.timedelta(microseconds=1)
_LONGEST_MONTH_NS: Final = 31 * DAY_NS

_ORDER_COLUMNS: Final = f"{FIXED_COLUMNS}, {CHANGING_COLUMNS}, updated_at, reason"
_ORDERS: Final = f"""
select {_ORDER_COLUMNS} from orders
where user_id = $1
  and ($2::text is null or market = $2)
  and ($3::text is null or status = $3)
  and ($4::text is null or side = $4)
  and ($5::timestamptz is null or created_at >= $5)
  and ($6::timestamptz is null or created_at < $6)
  and ($7::bigint is null or order_id < $7)
order by order_id desc limit $8
"""
_ORDER_BY_ID: Final = f"select {_ORDER_COLUMNS} from orders where order_id = $1 and user_id = $2"
_ORDER_BY_NAME: Final = f"""
select {_ORDER_COLUMNS} from orders where user_id = $1 and client_order_id = $2
order by order_id desc limit 1
"""
# Identifiers grow with time, so both orders are the same; time is the one with an index. The
# time of `before` bounds the scan, and where that trade is not there, only its number does.
_TRADES: Final = """
select trade_id, price::text as price, quantity::text as quantity,
  quote_quantity::text as quote_quantity, is_buyer_maker, timestamp
from trades
where market = $1
  and ($2::bigint is null or (trade_id < $2 and timestamp <= coalesce(
    (select max(earlier.timestamp) from trades earlier where earlier.trade_id = $2), 'infinity')))
order by timestamp desc, trade_id desc limit $3
"""
_TICKERS: Final = """
select m.market, first.price::text as open, span.high::text as high, span.low::text as low,
  last.price::text as last, span.volume::text as volume, span.quote_volume::text as quote_volume,
  (last.price - first.price)::text as change, span.trades
from unnest($1::text[]) as m (market)
cross join lateral (
  select max(price) as high, min(price) as low, sum(quantity) as volume,
    sum(quote_quantity) as quote_volume, count(*) as trades
  from trades t where t.market = m.market and t.timestamp > $2) span
left join lateral (
  select price from trades t where t.market = m.market and t.timestamp > $2
  order by timestamp, trade_id limit 1) first on true
left join lateral (
  select price from trades t where t.market = m.market
  order by timestamp desc, trade_id desc limit 1) last on true
"""
_BIN: Final = "date_bin($5::interval, {moment}, $6::timestamptz)"
_MONTH_BIN: Final = "date_trunc('month', {moment}, 'UTC')"
_CANDLES_OF_MINUTES: Final = """
select bucket, (array_agg(open order by start))[1]::text as open, max(high)::text as high,
  min(low)::text as low, (array_agg(close order by start desc))[1]::text as close,
  sum(volume)::text as volume, sum(quote_volume)::text as quote_volume,
  sum(trades)::bigint as trades
from (
  select {bucket} as bucket, start, open, high, low, close, volume, quote_volume, trades
  from candles_1m where market = $1 and start >= $2 and start < $3) minutes
group by bucket order by bucket {direction} limit $4
"""
# First and last price as the view has them: no rows have to be sorted.
_CANDLES_OF_TRADES: Final = """
select {bucket} as bucket, (min(array[number::numeric, price]))[2]::text as open,
  max(price)::text as high, min(price)::text as low,
  (max(array[number::numeric, price]))[2]::text as close, sum(quantity)::text as volume,
  sum(quote_quantity)::text as quote_volume, count(*) as trades
from trades where market = $1 and timestamp >= $2 and timestamp < $3
group by bucket order by bucket {direction} limit $4
"""
_HAS_TIMESCALE: Final = "select from pg_extension where extname = 'timescaledb'"
# Each span that is tried is longer than the one before by this.
_SPAN_GROWTH: Final = 32


@final
class OrderFilter:
    """Which orders of a user are wanted; None wants all.

    Attributes:
        market: Name of a market.
        status: Status, as a word.
        side: Side, as a word.
        start_ns: First moment of placing.
        end_ns: First moment after it.
        before: Orders with a lower order_id.
    """

    __slots__ = ("before", "end_ns", "market", "side", "start_ns", "status")

    def __init__(
        self,
        market: str | None = None,
        status: str | None = None,
        side: str | None = None,
        start_ns: int | None = None,
        end_ns: int | None = None,
        before: int | None = None,
    ) -> None:
        self.market: Final = market
        self.status: Final = status
        self.side: Final = side
        self.start_ns: Final = start_ns
        self.end_ns: Final = end_ns
        self.before: Final = before


@final
class History:
    """Answers from the database. Every method raises `DatabaseError` where it cannot."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._minutes_materialised: bool | None = None

    async def orders(self, user_id: UserId, wanted: OrderFilter, limit: int) -> list[answers.Order]:
        """Return a user's orders, newest first."""
        rows = await self._database.rows(
            _ORDERS,
            user_id,
            wanted.market,
            wanted.status,
            wanted.side,
            None if wanted.start_ns is None else _moment(wanted.start_ns),
            None if wanted.end_ns is None else _moment(wanted.end_ns),
            wanted.before,
            limit,
        )
        return [_order(row) for row in rows]

    async def order(
        self, user_id: UserId, order_id: int, client_order_id: str
    ) -> answers.Order | None:
        """Return one order of a user: by order_id, or where that is 0 by client_order_id."""
        if order_id:
            rows = await self._database.rows(_ORDER_BY_ID, order_id, user_id)
        else:
            rows = await self._database.rows(_ORDER_BY_NAME, user_id, client_order_id)
        return _order(rows[0]) if rows else None

    async def statement(
        self, user_id: UserId, wanted: StatementFilter, limit: int
    ) -> list[answers.BalanceChange]:
        """Return changes of a user's balances, newest first."""
        return await read_statement(self._database, user_id, wanted, limit)

    async def trades(self, market: str, before: int | None, limit: int) -> list[answers.Trade]:
        """Return trades of a market, newest first."""
        rows = await self._database.rows(_TRADES, market, before, limit)
        return [
            answers.Trade(
                str(row["trade_id"]),
                market,
                row["price"],
                row["quantity"],
                row["quote_quantity"],
                row["is_buyer_maker"],
                datetime_text(row["timestamp"]),
            )
            for row in rows
        ]

    async def tickers(
        self,
        markets: Sequence[MarketScale],
        best_prices: Sequence[tuple[str | None, str | None]],
        now_ns: int,
    ) -> list[answers.Ticker]:
        """Return the last 24 hours of markets.

        Args:
            markets: The markets.
            best_prices: Best bid and ask of each, from the book.
            now_ns: End of the 24 hours.
        """
        names = [scale.market.name for scale in markets]
        rows = await self._database.rows(_TICKERS, names, _moment(now_ns - DAY_NS))
        by_market = {row["market"]: row for row in rows}
        timestamp = moment_text(now_ns)
        return [
            _ticker(by_market[scale.market.name], scale, bid_and_ask, timestamp)
            for scale, bid_and_ask in zip(markets, best_prices, strict=True)
        ]

    async def candles(
        self, market: str, interval: str, start_ns: int | None, end_ns: int, limit: int
    ) -> list[answers.Candle]:
        """Return candles that start in [start_ns, end_ns), oldest first.

        Where there are more than `limit`: the first ones from `start_ns` on, or the last ones
        before `end_ns` where no start is given.
        """
        rows: list[asyncpg.Record] = []
        for first, after in _spans(interval, start_ns, end_ns, limit):
            rows = await self._candle_rows(
                market, interval, first, after, limit, forward=start_ns is not None
            )
            if len(rows) == limit:
                break
        return [_candle(row, interval) for row in rows]

    async def _candle_rows(
        self,
        market: str,
        interval: str,
        first: datetime.datetime,
        after: datetime.datetime,
        limit: int,
        *,
        forward: bool,
    ) -> list[asyncpg.Record]:
        if self._minutes_materialised is None:
            self._minutes_materialised = bool(await self._database.rows(_HAS_TIMESCALE))
        statement, moment = (
            (_CANDLES_OF_MINUTES, "start")
            if self._minutes_materialised
            else (_CANDLES_OF_TRADES, "timestamp")
        )
        bucket = (_MONTH_BIN if interval == MONTH else _BIN).format(moment=moment)
        statement = statement.format(bucket=bucket, direction="asc" if forward else "desc")
        arguments: list[object] = [market, first, after, limit]
        if interval != MONTH:
            arguments.append(INTERVAL_LENGTHS_NS[interval] // 1_000 * _MICROSECOND)
            arguments.append(_moment(MONDAY_NS) if interval == "1w" else EPOCH)
        rows = await self._database.rows(statement, *arguments)
        return rows if forward else rows[::-1]


def _spans(
    interval: str, start_ns: int | None, end_ns: int, limit: int
) -> list[tuple[datetime.datetime, datetime.datetime]]:
    """Return the spans to look at, one after another until the limit is reached."""
    length_ns = INTERVAL_LENGTHS_NS.get(interval, _LONGEST_MONTH_NS)
    # A candle that starts before the end counts whole.
    after = _moment(interval_bounds(interval, end_ns - 1)[1])
    first = EPOCH
    if start_ns is not None:
        first_ns, next_ns = interval_bounds(interval, start_ns)
        first = _moment(first_ns if first_ns == start_ns else next_ns)
    reach = (limit + 1) * (length_ns // 1_000) * _MICROSECOND
    spans = []
    while reach < after - first:
        spans.append((first, first + reach) if start_ns is not None else (after - reach, after))
        reach *= _SPAN_GROWTH
    spans.append((first, after))
    return spans


def _moment(timestamp_ns: int) -> datetime.datetime:
    return EPOCH + timestamp_ns // 1_000 * _MICROSECOND


def _order(row: asyncpg.Record) -> answers.Order:
    return stored_order(row, row["reason"])


def _candle(row: asyncpg.Record, interval: str) -> answers.Candle:
    start_ns = (row["bucket"] - EPOCH) // _MICROSECOND * 1_000
    return answers.Candle(
        moment_text(start_ns),
        moment_text(interval_bounds(interval, start_ns)[1]),
        row["open"],
        row["high"],
        row["low"],
        row["close"],
        row["volume"],
        row["quote_volume"],
        row["trades"],
    )


def _ticker(
    row: asyncpg.Record,
    scale: MarketScale,
    best_prices: tuple[str | None, str | None],
    timestamp: str,
) -> answers.Ticker:
    return answers.Ticker(
        row["market"],
        row["open"],
        row["high"],
        row["low"],
        row["last"],
        row["volume"] or scale.quantity(0),
        row["quote_volume"] or scale.quote_amount(0),
        row["change"],
        best_prices[0],
        best_prices[1],
        row["trades"],
        timestamp,
    )
