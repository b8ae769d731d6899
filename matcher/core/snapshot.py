"""Takes the state of an engine apart, so that an equal one can be made of the parts.

Theory of operation
-------------------
Only what cannot be derived is in the parts. What is derived again where they are put together
(`restoring.py`), and so can never disagree with what it follows from:

- holds, from the open orders;
- what was deposited and withdrawn in all, from the transfers;
- levels, their queues and their totals, from the open orders: in each level the order that was
  placed first stands first, and identifiers rise in the order of placing;
- each user's open orders, oldest first, for the same reason;
- the ways to find an order by its identifier and by its owner's name for it, and how many orders
  stand in the queue for the first time;
- the sums of the window of 24 hours, from its seconds.

What has an order that the future depends on (the queue of known orders) or that the state hash
shows (transfers) is listed in it.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from matcher.core.ledger import Ledger
from matcher.core.market import Market
from matcher.core.order import Order
from matcher.core.parts import (
    ROWS_MAX,
    AssetRow,
    AssetsPart,
    BalanceRow,
    BalancesPart,
    Counters,
    ExtremeRow,
    FirstFillRow,
    FirstFillsPart,
    HighsPart,
    LowsPart,
    MarketRow,
    MarketsPart,
    OrderRow,
    OrdersPart,
    Part,
    SecondRow,
    SecondsPart,
    SpanRow,
    TransferRow,
    TransfersPart,
    sum_of,
)
from matcher.core.state import State
from proto.commands import PlaceOrder
from proto.ids import AssetId

RowT = TypeVar("RowT")


def parts_of(state: State) -> Iterator[Part]:
    """Take the state apart; it must not change before the last part was taken.

    Complexity: O(state), in memory O(1) but for a list of references to the known orders.
    """
    left_order_id = state.orders.position()[1]
    yield Counters(state.sequence, state.timestamp_ns, state.trades, left_order_id)
    totals = state.ledger.totals
    assets = (
        AssetRow(asset, totals[AssetId(asset.asset_id)].fees) for asset in state.assets.values()
    )
    for asset_rows in _in_parts(assets):
        yield AssetsPart(asset_rows)
    for market_rows in _in_parts(_market_row(market) for market in state.markets.values()):
        yield MarketsPart(market_rows)
    for market in state.markets.values():
        yield from _window_parts(market)
    yield from _ledger_parts(state.ledger)
    known = state.orders.known()
    for order_rows in _in_parts(_order_row(order) for order in known):
        yield OrdersPart(order_rows)
    for fill_rows in _in_parts(_first_fill_rows(known)):
        yield FirstFillsPart(fill_rows)


def _in_parts(rows: Iterator[RowT]) -> Iterator[list[RowT]]:
    while part := list(islice(rows, ROWS_MAX)):
        yield part


def _market_row(market: Market) -> MarketRow:
    statistics = market.statistics
    return MarketRow(
        market.instrument.definition,
        market.book.sequence,
        statistics.trade_number,
        statistics.last_price_ticks,
        [
            SpanRow(
                interval,
                span.start_ns,
                span.open_price_ticks,
                span.high_price_ticks,
                span.low_price_ticks,
                span.close_price_ticks,
                sum_of(span.volume_lots),
                sum_of(span.quote_volume_amount),
                span.trades,
            )
            for interval, span in statistics.spans()
        ],
    )


def _window_parts(market: Market) -> Iterator[Part]:
    market_id, statistics = market.instrument.market_id, market.statistics
    seconds = (
        SecondRow(
            second.second,
            second.open_price_ticks,
            sum_of(second.volume_lots),
            sum_of(second.quote_volume_amount),
            second.trades,
        )
        for second in statistics.seconds()
    )
    for rows in _in_parts(seconds):
        yield SecondsPart(market_id, rows)
    highs, lows = statistics.extremes()
    for high_rows in _in_parts(ExtremeRow(*extreme) for extreme in highs):
        yield HighsPart(market_id, high_rows)
    for low_rows in _in_parts(ExtremeRow(*extreme) for extreme in lows):
        yield LowsPart(market_id, low_rows)


def _ledger_parts(ledger: Ledger) -> Iterator[Part]:
    transfers = (
        TransferRow(reference, user_id, asset_id, amount)
        for reference, (user_id, asset_id, amount) in ledger.transfers.items()
    )
    for rows in _in_parts(transfers):
        yield TransfersPart(rows)
    balances = (
        BalanceRow(user_id, asset_id, balance.total)
        for user_id, accounts in ledger.accounts.items()
        for asset_id, balance in accounts.items()
    )
    for balance_rows in _in_parts(balances):
        yield BalancesPart(balance_rows)


def _order_row(order: Order) -> OrderRow:
    return OrderRow(
        order.order_id,
        PlaceOrder(
            0,
            0,
            order.instrument.market_id,
            order.user_id,
            order.side,
            order.order_type,
            order.time_in_force,
            order.post_only,
            order.price_ticks,
            order.quantity_lots,
            order.client_order_id,
        ),
        order.created_ns,
        order.updated_ns,
        order.status,
        order.executed_lots,
        order.executed_quote_amount,
        sum_of(order.fee_ppm_sum),
    )


def _first_fill_rows(orders: Iterable[Order]) -> Iterator[FirstFillRow]:
    for order in orders:
        for fill in order.first_fills or ():
            yield FirstFillRow(
                order.order_id, fill.trade_id, fill.price_ticks, fill.quantity_lots, fill.fee_amount
            )
