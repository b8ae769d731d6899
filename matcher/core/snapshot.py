"""Takes the state of an engine apart, so that an equal one can be made of the parts.

Theory of operation
-------------------
Only what cannot be derived is in the parts. What is derived again where they are put together
(`restoring.py`), and so can never disagree with what it follows from:

- holds, from the open orders and the withdrawals that were requested;
- what was deposited and withdrawn in all, from the transfers;
- levels, their queues and their totals, from the open orders: in each level the order with the
  lowest priority stands first;
- each account's open orders, the DAY orders of a market, what waits for which trigger, and what is
  due when, from the open orders, the accounts and the markets;
- the ways to find an order by its identifier and by its owner's name for it, and how many orders
  stand in the queue for the first time;
- the sums of the window of 24 hours, from its seconds.

What has an order that the future depends on (the queue of known orders, those of fired ones) or
that the state hash shows (transfers) is listed in it. How orders are taken apart stands in
`order_snapshot.py`.
"""

from collections.abc import Iterator

from matcher.core.account import Account
from matcher.core.ledger import Ledger
from matcher.core.market import Market
from matcher.core.order_snapshot import order_parts_of
from matcher.core.parts import (
    AccountRow,
    AccountsPart,
    AssetRow,
    AssetsPart,
    BalanceRow,
    BalancesPart,
    Counters,
    ExtremeRow,
    HighsPart,
    LowsPart,
    MarketRow,
    MarketsPart,
    Part,
    SecondRow,
    SecondsPart,
    SpanRow,
    TransferRow,
    TransfersPart,
)
from matcher.core.rows import in_parts
from matcher.core.state import State
from proto.ids import AssetId, UserId
from proto.wide_sum import sum_of


def parts_of(state: State) -> Iterator[Part]:
    """Take the state apart; it must not change before the last part was taken.

    Complexity: O(state), in memory O(1) but for a list of references to the known orders.
    """
    left_order_id = state.orders.position()[1]
    yield Counters(state.sequence, state.timestamp_ns, state.trades, left_order_id, state.numbers)
    totals = state.ledger.totals
    assets = (
        AssetRow(asset, totals[AssetId(asset_id)].fees, asset_id in state.frozen_assets)
        for asset_id, asset in state.assets.items()
    )
    for asset_rows in in_parts(assets):
        yield AssetsPart(asset_rows)
    for market_rows in in_parts(_market_row(market) for market in state.markets.values()):
        yield MarketsPart(market_rows)
    for market in state.markets.values():
        yield from _window_parts(market)
    yield from _ledger_parts(state.ledger)
    yield from order_parts_of(state)


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
        market.status(),
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
    for rows in in_parts(seconds):
        yield SecondsPart(market_id, rows)
    highs, lows = statistics.extremes()
    for high_rows in in_parts(ExtremeRow(*extreme) for extreme in highs):
        yield HighsPart(market_id, high_rows)
    for low_rows in in_parts(ExtremeRow(*extreme) for extreme in lows):
        yield LowsPart(market_id, low_rows)


def _ledger_parts(ledger: Ledger) -> Iterator[Part]:
    transfers = (
        TransferRow(
            reference,
            transfer.user_id,
            transfer.asset_id,
            transfer.amount,
            transfer.kind,
            transfer.status,
            transfer.to_user_id,
            transfer.in_two_steps,
        )
        for reference, transfer in ledger.transfers.items()
    )
    for rows in in_parts(transfers):
        yield TransfersPart(rows)
    for account_rows in in_parts(_account_rows(ledger)):
        yield AccountsPart(account_rows)
    balances = (
        BalanceRow(user_id, asset_id, balance.total)
        for user_id, account in ledger.accounts.items()
        for asset_id, balance in account.balances.items()
    )
    for balance_rows in in_parts(balances):
        yield BalancesPart(balance_rows)


def _account_rows(ledger: Ledger) -> Iterator[AccountRow]:
    for user_id, account in ledger.accounts.items():
        if not account.balances or account.state() != Account(UserId(user_id)).state():
            yield AccountRow(
                user_id,
                account.tier,
                account.group_id,
                account.self_trade,
                account.is_frozen,
                account.cancel_at_ns,
            )
