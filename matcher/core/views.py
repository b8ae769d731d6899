"""Answers to queries: the state seen from outside. Nothing in here changes anything."""

from operator import attrgetter
from typing import assert_never

from matcher.core.accounts import answer_account
from matcher.core.market import Market
from matcher.core.replies import Answer, open_orders_reply, order_reply
from matcher.core.reports import NO_TRADE, state_of
from matcher.core.state import State
from matcher.core.transfers import answer_transfer
from matcher.core.uncrossing import find_uncrossing
from proto.codes import UNKNOWN_MARKET, UNKNOWN_ORDER
from proto.ids import AssetId, trade_id_of
from proto.queries import (
    AccountQuery,
    AuctionQuery,
    BalancesQuery,
    DepthQuery,
    LedgerQuery,
    MarketDataQuery,
    MarketsQuery,
    OpenOrdersQuery,
    OrderQuery,
    StateQuery,
    TransferQuery,
)
from proto.replies import (
    AssetSums,
    AuctionReply,
    BalancesReply,
    BalanceState,
    DepthReply,
    LedgerReply,
    MarketDataReply,
    MarketsReply,
    Rejected,
    Reply,
)


def answer_query(state: State, query: StateQuery, timestamp_ns: int) -> Answer:
    """Answer a query from the state as it is.

    Args:
        state: All state.
        query: The question.
        timestamp_ns: Engine time, not before the last command's.

    Complexity: O(what is answered); a LedgerQuery O(balances).
    """
    if isinstance(query, OrderQuery):
        return _order(state, query)
    if isinstance(query, OpenOrdersQuery):
        return _open_orders(state, query)
    if isinstance(query, BalancesQuery):
        return _balances(state, query)
    if isinstance(query, LedgerQuery):
        return _ledger(state, query)
    if isinstance(query, MarketsQuery):
        return _markets(state, query)
    if isinstance(query, AccountQuery):
        return answer_account(query, state)
    if isinstance(query, TransferQuery):
        return answer_transfer(query, state)
    return _market(state, query, timestamp_ns)


def _market(
    state: State, query: DepthQuery | MarketDataQuery | AuctionQuery, timestamp_ns: int
) -> Reply:
    market = state.markets.get(query.market_id)
    if market is None:
        return Rejected(query.request_id, UNKNOWN_MARKET)
    if isinstance(query, DepthQuery):
        bids, asks = market.book.depth(query.levels)
        return DepthReply(query.request_id, query.market_id, market.book.sequence, bids, asks)
    if isinstance(query, MarketDataQuery):
        return _market_data(state, market, query, timestamp_ns)
    if isinstance(query, AuctionQuery):
        return _auction(market, query)
    assert_never(query)


def _order(state: State, query: OrderQuery) -> Answer:
    order = state.find_order(query.user_id, query.order_id, query.client_order_id)
    if order is None:
        return Rejected(query.request_id, UNKNOWN_ORDER)
    market = state.markets[order.instrument.market_id]
    return order_reply(query.request_id, state_of(market, order), [])


def _open_orders(state: State, query: OpenOrdersQuery) -> Answer:
    market_id = query.market_id
    if market_id and market_id not in state.markets:
        return Rejected(query.request_id, UNKNOWN_MARKET)
    account = state.ledger.find(query.user_id)
    orders = sorted(account.open_orders(market_id), key=attrgetter("order_id"))
    return open_orders_reply(
        query.request_id,
        [state_of(state.markets[order.instrument.market_id], order) for order in orders],
    )


def _balances(state: State, query: BalancesQuery) -> Reply:
    balances = state.ledger.find(query.user_id).balances
    return BalancesReply(
        query.request_id,
        [
            BalanceState(asset_id, balances[asset_id].total, balances[asset_id].held)
            for asset_id in sorted(balances)
        ],
    )


def _ledger(state: State, query: LedgerQuery) -> Reply:
    # Summed up from the balances, not derived from the totals: it is there to prove them.
    ledger = state.ledger
    users_amounts: dict[AssetId, int] = dict.fromkeys(ledger.totals, 0)
    held_amounts: dict[AssetId, int] = dict.fromkeys(ledger.totals, 0)
    for account in ledger.accounts.values():
        for asset_id, balance in account.balances.items():
            users_amounts[asset_id] += balance.total
            held_amounts[asset_id] += balance.held
    sums = [
        AssetSums(
            asset_id,
            users_amounts[asset_id],
            held_amounts[asset_id],
            totals.fees,
            totals.deposited,
            totals.withdrawn,
        )
        for asset_id, totals in sorted(ledger.totals.items())
    ]
    return LedgerReply(query.request_id, state.sequence, state.trades, sums)


def _markets(state: State, query: MarketsQuery) -> Reply:
    assets, markets = state.assets, state.markets
    return MarketsReply(
        query.request_id,
        [assets[asset_id] for asset_id in sorted(assets)],
        [markets[market_id].instrument.definition for market_id in sorted(markets)],
        [markets[market_id].status() for market_id in sorted(markets)],
        sorted(state.frozen_assets),
    )


def _market_data(state: State, market: Market, query: MarketDataQuery, timestamp_ns: int) -> Reply:
    book, statistics = market.book, market.statistics
    bids, asks = book.bids, book.asks
    return MarketDataReply(
        query.request_id,
        query.market_id,
        book.sequence,
        bids.view(len(bids.levels)),
        asks.view(len(asks.levels)),
        statistics.trade_number,
        statistics.candles(timestamp_ns),
        market.ticker(timestamp_ns),
        trade_id_of(state.shard, state.trades) if state.trades else NO_TRADE,
    )


def _auction(market: Market, query: AuctionQuery) -> Reply:
    book = market.book
    found = find_uncrossing(book.bids, book.asks, market.reference_price_ticks)
    return AuctionReply(
        query.request_id,
        query.market_id,
        market.state,
        market.ends_ns,
        0 if found is None else found.price_ticks,
        0 if found is None else found.quantity_lots,
        0 if found is None else found.imbalance_lots,
    )
