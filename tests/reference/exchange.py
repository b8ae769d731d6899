"""An exchange that is slow and obvious, to compare the real one with.

It shares nothing with `matcher.core`: one list of all orders, sorted on each use; totals in a dict;
holds, levels and fees computed from the orders whenever they are asked for, with fractions.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

from msgspec.structs import replace

from proto import codes
from proto.commands import (
    CancelOrder,
    Command,
    DefineAsset,
    DefineMarket,
    Deposit,
    PlaceOrder,
    Withdraw,
)
from proto.definitions import AssetDefinition, MarketDefinition
from proto.events import OrderState, Trade
from proto.ids import AssetId, OrderId, Sequence, TradeId, UserId
from proto.limits import AMOUNT_MAX, RECENT_ORDERS
from proto.market_data import Level
from proto.queries import (
    BalancesQuery,
    DepthQuery,
    LedgerQuery,
    MarketDataQuery,
    MarketsQuery,
    OpenOrdersQuery,
    OrderQuery,
    StateQuery,
)
from proto.replies import (
    AssetSums,
    BalancesReply,
    BalanceState,
    Defined,
    DepthReply,
    Fill,
    LedgerReply,
    MarketDataReply,
    MarketsReply,
    OpenOrdersReply,
    OrderReply,
    Rejected,
    Reply,
    TransferReply,
)
from tests.reference import statistics

MILLION = 1_000_000


@dataclass
class BookOrder:
    order_id: int
    command: PlaceOrder
    created_ns: int
    status: int = codes.NEW
    updated_ns: int = 0
    # Price, lots and fee rate of each fill.
    fills: list[tuple[int, int, int]] = field(default_factory=list)
    first_reply: OrderReply | None = None

    @property
    def executed(self) -> int:
        return sum(lots for _, lots, _ in self.fills)

    @property
    def remaining(self) -> int:
        return self.command.quantity_lots - self.executed

    @property
    def is_open(self) -> bool:
        return self.status in (codes.NEW, codes.PARTIALLY_FILLED)


class ReferenceExchange:
    def __init__(self, recent_orders: int = RECENT_ORDERS) -> None:
        self.recent_orders = recent_orders
        self.sequence = 0
        self.assets: dict[int, AssetDefinition] = {}
        self.markets: dict[int, MarketDefinition] = {}
        self.totals: dict[tuple[int, int], int] = {}
        self.transfers: list[Deposit | Withdraw] = []
        self.orders: list[BookOrder] = []
        # Orders that are known, and whether each stands in this queue for the first time.
        self.known: list[tuple[BookOrder, bool]] = []
        self.forgotten: set[int] = set()
        self.trades: list[Trade] = []
        self.book_sequences: dict[int, int] = {}

    # Amounts

    def base_of(self, market: MarketDefinition, lots: int) -> int:
        units = Fraction(lots * market.lot_units, 10**market.quantity_decimals)
        return int(units * 10 ** self.assets[market.base_asset_id].decimals)

    def quote_of(self, market: MarketDefinition, ticks: int, lots: int) -> int:
        price = Fraction(ticks * market.tick_units, 10**market.price_decimals)
        quantity = Fraction(lots * market.lot_units, 10**market.quantity_decimals)
        return int(price * quantity * 10 ** self.assets[market.quote_asset_id].decimals)

    def exact_fee(self, order: BookOrder) -> Fraction:
        market = self.markets[order.command.market_id]
        return sum(
            (
                Fraction(self.quote_of(market, ticks, lots) * ppm, MILLION)
                for ticks, lots, ppm in order.fills
            ),
            Fraction(0),
        )

    def hold(self, order: BookOrder) -> tuple[int, int]:
        """Asset and amount that an open order holds."""
        market = self.markets[order.command.market_id]
        if order.command.side == codes.SELL:
            return market.base_asset_id, self.base_of(market, order.remaining)
        quote = self.quote_of(market, order.command.price_ticks, order.remaining)
        rate = Fraction(max(market.maker_fee_ppm, market.taker_fee_ppm), MILLION)
        fee = ceil(self.exact_fee(order) + quote * rate) - ceil(self.exact_fee(order))
        return market.quote_asset_id, quote + fee

    def held(self, user_id: int, asset_id: int) -> int:
        holds = [
            self.hold(order)
            for order in self.orders
            if order.is_open and order.command.user_id == user_id
        ]
        return sum(amount for asset, amount in holds if asset == asset_id)

    def available(self, user_id: int, asset_id: int) -> int:
        return self.totals.get((user_id, asset_id), 0) - self.held(user_id, asset_id)

    def add(self, user_id: int, asset_id: int, amount: int) -> None:
        self.totals[user_id, asset_id] = self.totals.get((user_id, asset_id), 0) + amount

    # The book

    def makers(self, market_id: int, side: int) -> list[BookOrder]:
        """Open orders of one side in the order in which they trade."""
        sign = -1 if side == codes.BUY else 1
        found = [
            order
            for order in self.orders
            if order.is_open and order.command.market_id == market_id and order.command.side == side
        ]
        return sorted(found, key=lambda o: (sign * o.command.price_ticks, o.order_id))

    def levels(self, market_id: int, side: int) -> dict[int, int]:
        levels: dict[int, int] = {}
        for order in self.makers(market_id, side):
            price = order.command.price_ticks
            levels[price] = levels.get(price, 0) + order.remaining
        return levels

    def matches(self, command: PlaceOrder) -> list[tuple[BookOrder, int]]:
        """What the order would match now: makers and lots."""
        buying = command.side == codes.BUY
        found: list[tuple[BookOrder, int]] = []
        remaining = command.quantity_lots
        for maker in self.makers(command.market_id, codes.SELL if buying else codes.BUY):
            price = maker.command.price_ticks
            if command.order_type == codes.LIMIT and (
                price > command.price_ticks if buying else price < command.price_ticks
            ):
                break
            lots = min(remaining, maker.remaining)
            if lots:
                found.append((maker, lots))
            remaining -= lots
        return [] if remaining and command.time_in_force == codes.FOK else found

    # Commands

    def apply(self, command: Command, timestamp_ns: int) -> Reply:
        self.sequence += 1
        before = {
            (market, side): self.levels(market, side) for market in self.markets for side in (1, 2)
        }
        reply = self._apply(command, timestamp_ns)
        for (market, side), old in before.items():
            new = self.levels(market, side)
            changed = [price for price in {*old, *new} if old.get(price) != new.get(price)]
            self.book_sequences[market] += len(changed)
        return reply

    def _apply(self, command: Command, timestamp_ns: int) -> Reply:
        if isinstance(command, PlaceOrder):
            return self.place(command, timestamp_ns)
        if isinstance(command, CancelOrder):
            return self.cancel(command, timestamp_ns)
        if isinstance(command, Deposit | Withdraw):
            return self.transfer(command)
        return self.define(command)

    def define(self, command: DefineAsset | DefineMarket) -> Reply:
        """Only definitions that fit: what does not is tested elsewhere."""
        if isinstance(command, DefineAsset):
            self.assets[command.asset.asset_id] = command.asset
        else:
            self.markets[command.market.market_id] = command.market
            self.book_sequences.setdefault(command.market.market_id, 0)
        return Defined(command.request_id)

    def transfer(self, command: Deposit | Withdraw) -> Reply:
        user_id, asset_id, amount = command.user_id, command.asset_id, command.amount
        reply = TransferReply(
            command.request_id, UserId(user_id), AssetId(asset_id), amount, command.reference
        )
        if asset_id not in self.assets:
            return Rejected(command.request_id, codes.UNKNOWN_ASSET)
        for earlier in self.transfers:
            if earlier.reference == command.reference:
                if earlier == replace(command, request_id=earlier.request_id):
                    return reply
                return Rejected(command.request_id, codes.DUPLICATE_REFERENCE)
        if isinstance(command, Deposit):
            if self.outside(asset_id) + amount > AMOUNT_MAX:
                return Rejected(command.request_id, codes.AMOUNT_OUT_OF_RANGE)
            self.add(user_id, asset_id, amount)
        else:
            if amount > self.available(user_id, asset_id):
                return Rejected(command.request_id, codes.INSUFFICIENT_BALANCE)
            self.add(user_id, asset_id, -amount)
        self.transfers.append(command)
        return reply

    def outside(self, asset_id: int) -> int:
        return self.deposited(asset_id) - self.withdrawn(asset_id)

    def deposited(self, asset_id: int) -> int:
        return sum(
            t.amount for t in self.transfers if isinstance(t, Deposit) and t.asset_id == asset_id
        )

    def withdrawn(self, asset_id: int) -> int:
        return sum(
            t.amount for t in self.transfers if isinstance(t, Withdraw) and t.asset_id == asset_id
        )

    def place(self, command: PlaceOrder, timestamp_ns: int) -> Reply:
        if command.deadline_ns and timestamp_ns > command.deadline_ns:
            return Rejected(command.request_id, codes.DEADLINE_PASSED)
        if command.market_id not in self.markets:
            return Rejected(command.request_id, codes.UNKNOWN_MARKET)
        first = self.find(command.user_id, 0, command.client_order_id)
        if first is not None:
            unlike = {"request_id": 0, "deadline_ns": 0}
            if replace(first.command, **unlike) != replace(command, **unlike):
                return Rejected(command.request_id, codes.DUPLICATE_CLIENT_ORDER_ID)
            assert first.first_reply is not None
            return replace(first.first_reply, request_id=command.request_id)
        reason = self.check(command)
        if reason:
            return Rejected(command.request_id, reason)
        order = BookOrder(self.sequence, command, timestamp_ns, updated_ns=timestamp_ns)
        self.remember(order)
        fills = [
            self.trade(order, maker, lots, timestamp_ns) for maker, lots in self.matches(command)
        ]
        if order.remaining and command.time_in_force != codes.GTC:
            order.status = codes.EXPIRED
        self.orders.append(order)
        order.first_reply = OrderReply(command.request_id, self.state(order), fills)
        return order.first_reply

    def remember(self, order: BookOrder) -> None:
        """The oldest leave when too many came since: forgotten if closed, else once more round."""
        self.known.append((order, True))
        while sum(is_first for _, is_first in self.known) > self.recent_orders:
            oldest, _ = self.known.pop(0)
            if oldest.is_open:
                self.known.append((oldest, False))
            else:
                self.forgotten.add(oldest.order_id)

    def check(self, command: PlaceOrder) -> int:
        market = self.markets[command.market_id]
        is_market = command.order_type == codes.MARKET
        waits = command.time_in_force == codes.GTC
        notional = self.quote_of(market, command.price_ticks, command.quantity_lots)
        buying = command.side == codes.BUY
        pays_in = market.quote_asset_id if buying else market.base_asset_id
        broken = [
            (
                codes.INVALID_ORDER,
                is_market != (command.price_ticks == 0)
                or (is_market and waits)
                or (command.post_only and not (waits and not is_market)),
            ),
            (codes.PRICE_OUT_OF_RANGE, command.price_ticks > market.price_max_ticks),
            (
                codes.QUANTITY_OUT_OF_RANGE,
                command.quantity_lots < market.quantity_min_lots
                or command.quantity_lots > market.quantity_max_lots,
            ),
            (codes.NOTIONAL_TOO_SMALL, not is_market and notional < market.notional_min_amount),
            (codes.POST_ONLY_WOULD_CROSS, command.post_only and self.matches(command) != []),
            (
                codes.INSUFFICIENT_BALANCE,
                self.needed(command) > self.available(command.user_id, pays_in),
            ),
        ]
        return next((reason for reason, is_broken in broken if is_broken), codes.OK)

    def needed(self, command: PlaceOrder) -> int:
        market = self.markets[command.market_id]
        if command.side == codes.BUY and command.order_type == codes.MARKET:
            cost = sum(
                self.quote_of(market, maker.command.price_ticks, lots)
                for maker, lots in self.matches(command)
            )
            return cost + ceil(Fraction(cost * market.taker_fee_ppm, MILLION))
        return self.hold(BookOrder(0, command, 0))[1]

    def trade(self, taker: BookOrder, maker: BookOrder, lots: int, timestamp_ns: int) -> Fill:
        market = self.markets[taker.command.market_id]
        price = maker.command.price_ticks
        quote = self.quote_of(market, price, lots)
        fees = []
        for order, ppm in ((taker, market.taker_fee_ppm), (maker, market.maker_fee_ppm)):
            charged = ceil(self.exact_fee(order))
            order.fills.append((price, lots, ppm))
            order.status = codes.PARTIALLY_FILLED if order.remaining else codes.FILLED
            order.updated_ns = timestamp_ns
            fee = ceil(self.exact_fee(order)) - charged
            fees.append(fee)
            sign = 1 if order.command.side == codes.BUY else -1
            user_id = order.command.user_id
            self.add(user_id, market.base_asset_id, sign * self.base_of(market, lots))
            self.add(user_id, market.quote_asset_id, -sign * quote - fee)
        number = sum(trade.market_id == market.market_id for trade in self.trades) + 1
        trade = Trade(
            TradeId(len(self.trades) + 1),
            market.market_id,
            number,
            Sequence(self.sequence),
            timestamp_ns,
            price,
            lots,
            quote,
            taker.command.side,
            OrderId(taker.order_id),
            OrderId(maker.order_id),
            UserId(taker.command.user_id),
            UserId(maker.command.user_id),
            *fees,
        )
        self.trades.append(trade)
        return Fill(trade.trade_id, price, lots, fees[0])

    def cancel(self, command: CancelOrder, timestamp_ns: int) -> Reply:
        if command.deadline_ns and timestamp_ns > command.deadline_ns:
            return Rejected(command.request_id, codes.DEADLINE_PASSED)
        if command.market_id not in self.markets:
            return Rejected(command.request_id, codes.UNKNOWN_MARKET)
        order = self.find(command.user_id, command.order_id, command.client_order_id)
        if order is None or order.command.market_id != command.market_id:
            return Rejected(command.request_id, codes.UNKNOWN_ORDER)
        if order.is_open:
            order.status, order.updated_ns = codes.CANCELLED, timestamp_ns
        if order.status != codes.CANCELLED:
            return Rejected(command.request_id, codes.ORDER_NOT_OPEN)
        return OrderReply(command.request_id, self.state(order), [])

    # Queries

    def find(self, user_id: int, order_id: int, client_order_id: str) -> BookOrder | None:
        for order in self.orders:
            if order.order_id in self.forgotten:
                continue
            name = order.command.client_order_id
            named = not order_id and client_order_id and name == client_order_id
            if order.command.user_id == user_id and (order.order_id == order_id or named):
                return order
        return None

    def state(self, order: BookOrder) -> OrderState:
        command = order.command
        market = self.markets[command.market_id]
        return OrderState(
            OrderId(order.order_id),
            UserId(command.user_id),
            command.market_id,
            command.client_order_id,
            command.side,
            command.order_type,
            command.time_in_force,
            command.post_only,
            command.price_ticks,
            command.quantity_lots,
            order.executed,
            sum(self.quote_of(market, ticks, lots) for ticks, lots, _ in order.fills),
            ceil(self.exact_fee(order)),
            order.status,
            order.created_ns,
            order.updated_ns,
        )

    def views(self, market_id: int, side: int) -> list[Level]:
        """Levels of one side, best first."""
        return [Level(price, lots) for price, lots in self.levels(market_id, side).items()]

    def answer(self, query: StateQuery, timestamp_ns: int) -> Reply:
        request_id = query.request_id
        if isinstance(query, OrderQuery):
            order = self.find(query.user_id, query.order_id, query.client_order_id)
            if order is None:
                return Rejected(request_id, codes.UNKNOWN_ORDER)
            return OrderReply(request_id, self.state(order), [])
        if isinstance(query, BalancesQuery):
            return BalancesReply(request_id, self.balances(query.user_id))
        if isinstance(query, LedgerQuery):
            sums = [self.sums(asset_id) for asset_id in sorted(self.assets)]
            return LedgerReply(request_id, self.sequence, len(self.trades), sums)
        if isinstance(query, MarketsQuery):
            assets = [self.assets[asset_id] for asset_id in sorted(self.assets)]
            markets = [self.markets[market_id] for market_id in sorted(self.markets)]
            return MarketsReply(request_id, assets, markets)
        market_id = query.market_id
        if market_id not in self.markets and not (
            isinstance(query, OpenOrdersQuery) and market_id == 0
        ):
            return Rejected(request_id, codes.UNKNOWN_MARKET)
        if isinstance(query, OpenOrdersQuery):
            found = [
                self.state(order)
                for order in self.orders
                if order.is_open
                and order.command.user_id == query.user_id
                and market_id in (0, order.command.market_id)
            ]
            return OpenOrdersReply(request_id, found)
        return self.market_view(query, timestamp_ns)

    def market_view(self, query: DepthQuery | MarketDataQuery, timestamp_ns: int) -> Reply:
        market_id = query.market_id
        bids, asks = self.views(market_id, codes.BUY), self.views(market_id, codes.SELL)
        sequence = self.book_sequences[market_id]
        if isinstance(query, DepthQuery):
            bids, asks = bids[: query.levels], asks[: query.levels]
            return DepthReply(query.request_id, market_id, sequence, bids, asks)
        trades = [trade for trade in self.trades if trade.market_id == market_id]
        bid = bids[0].price_ticks if bids else 0
        ask = asks[0].price_ticks if asks else 0
        return MarketDataReply(
            query.request_id,
            market_id,
            sequence,
            bids,
            asks,
            len(trades),
            statistics.candles(trades, timestamp_ns),
            statistics.ticker(trades, timestamp_ns, bid, ask),
        )

    def balances(self, user_id: int) -> list[BalanceState]:
        return [
            BalanceState(AssetId(asset_id), total, self.held(user_id, asset_id))
            for (user, asset_id), total in sorted(self.totals.items())
            if user == user_id
        ]

    def sums(self, asset_id: int) -> AssetSums:
        markets = [m for m in self.markets.values() if m.quote_asset_id == asset_id]
        users = {user_id for user_id, _ in self.totals}
        return AssetSums(
            AssetId(asset_id),
            sum(total for (_, asset), total in self.totals.items() if asset == asset_id),
            sum(self.held(user_id, asset_id) for user_id in users),
            sum(
                trade.taker_fee_amount + trade.maker_fee_amount
                for trade in self.trades
                for market in markets
                if trade.market_id == market.market_id
            ),
            self.deposited(asset_id),
            self.withdrawn(asset_id),
        )
