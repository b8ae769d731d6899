"""Answers of the reference to every query about its state."""

from proto import codes
from proto.ids import AssetId, TradeId
from proto.market_data import Level
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
    AccountReply,
    AuctionReply,
    BalancesReply,
    DepthReply,
    LedgerReply,
    MarketDataReply,
    MarketsReply,
    OpenOrdersReply,
    OrderReply,
    Rejected,
    Reply,
)
from tests.reference import statistics
from tests.reference.auction import Uncrossing, uncrossing_of
from tests.reference.market import Market
from tests.reference.operators import Definitions
from tests.reference.state import State


class Answers:
    """Answers queries.

    Attributes:
        book_sequences: Changes of each book so far. How many changes a command makes of a level is
            not for the rules to say: whoever sees the level changes counts them here.
    """

    def __init__(self, state: State, definitions: Definitions) -> None:
        self.state = state
        self.definitions = definitions
        self.book_sequences: dict[int, int] = {}

    def answer(self, query: StateQuery, timestamp_ns: int) -> Reply:
        state, request_id = self.state, query.request_id
        if isinstance(query, BalancesQuery):
            return BalancesReply(request_id, state.money.balances(query.user_id))
        if isinstance(query, LedgerQuery):
            return LedgerReply(request_id, state.sequence, state.trades, state.money.sums())
        if isinstance(query, MarketsQuery):
            return self._markets(request_id)
        if isinstance(query, AccountQuery):
            return AccountReply(request_id, state.accounts.of(query.user_id))
        if isinstance(query, TransferQuery):
            transfer = state.money.transfers.get(query.reference)
            if transfer is None:
                return Rejected(request_id, codes.UNKNOWN_TRANSFER)
            return transfer.reply(request_id)
        if isinstance(query, OrderQuery | OpenOrdersQuery):
            return self._orders(query)
        market = state.markets.get(query.market_id)
        if market is None:
            return Rejected(request_id, codes.UNKNOWN_MARKET)
        return self._market(market, query, timestamp_ns)

    def _markets(self, request_id: int) -> Reply:
        assets, markets = self.definitions.assets, self.state.markets
        ids = sorted(markets)
        return MarketsReply(
            request_id,
            [assets[asset_id].asset for asset_id in sorted(assets)],
            [markets[market_id].definition for market_id in ids],
            [markets[market_id].status() for market_id in ids],
            [AssetId(asset_id) for asset_id in sorted(self.state.money.frozen)],
        )

    def _orders(self, query: OrderQuery | OpenOrdersQuery) -> Reply:
        state, request_id = self.state, query.request_id
        if isinstance(query, OrderQuery):
            order = state.find(query.user_id, query.order_id, query.client_order_id)
            if order is None:
                return Rejected(request_id, codes.UNKNOWN_ORDER)
            return OrderReply(request_id, order.state(), [])
        if query.market_id and query.market_id not in state.markets:
            return Rejected(request_id, codes.UNKNOWN_MARKET)
        found = [
            order.state()
            for market in state.markets.values()
            for order in market.open_orders
            if order.user_id == query.user_id and query.market_id in (0, order.market_id)
        ]
        return OpenOrdersReply(request_id, sorted(found, key=lambda order: order.order_id))

    def _market(
        self, market: Market, query: DepthQuery | MarketDataQuery | AuctionQuery, timestamp_ns: int
    ) -> Reply:
        request_id, market_id = query.request_id, market.market_id
        if isinstance(query, AuctionQuery):
            found = uncrossing_of(market) or Uncrossing(0, 0, 0)
            numbers = (found.price, found.lots, found.imbalance)
            return AuctionReply(request_id, market_id, market.state, market.ends_ns, *numbers)
        bids, asks = _levels(market, codes.BUY), _levels(market, codes.SELL)
        sequence = self.book_sequences.get(market_id, 0)
        if isinstance(query, DepthQuery):
            bids, asks = bids[: query.levels], asks[: query.levels]
            return DepthReply(request_id, market_id, sequence, bids, asks)
        bid, ask = market.best(codes.BUY), market.best(codes.SELL)
        return MarketDataReply(
            request_id,
            market_id,
            sequence,
            bids,
            asks,
            len(market.trades),
            statistics.candles(market.trades, timestamp_ns),
            statistics.ticker(market.trades, timestamp_ns, bid, ask),
            # Of one shard, so a trade is named by its number.
            TradeId(self.state.trades),
        )


def _levels(market: Market, side: int) -> list[Level]:
    return [Level(price, lots) for price, lots in market.levels(side).items()]
