"""Puts a state together from its parts, or refuses them.

Theory of operation
-------------------
Whoever decoded the parts checked each field. Here is checked what must hold between fields and
between rows, each thing where it is put in or at the end, so that whatever the parts are, the
outcome is a SnapshotError or a state that passes `check_state` and bears every command to come.
It is not proved that the state was ever reached: that is for the checksums of the file and, where
asked, for the state hash.

A state that was refused is half done. Nobody may use it; `Engine.restored` lets it go.
"""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Final, assert_never, final

from matcher.core.instrument import Instrument, check_asset, check_market, fee_ceiling
from matcher.core.ledger import DEPOSITED_MAX, AssetTotals
from matcher.core.market import Market
from matcher.core.order import Order
from matcher.core.parts import (
    PART_KINDS,
    AssetsPart,
    BalancesPart,
    Counters,
    FirstFillsPart,
    HighsPart,
    LowsPart,
    MarketsPart,
    OrderRow,
    OrdersPart,
    Part,
    SecondsPart,
    SnapshotError,
    TransfersPart,
    value_of,
)
from matcher.core.restoring_statistics import StatisticsRestoration
from matcher.core.state import State
from proto.codes import FILLED, GTC, LIMIT, NEW, OK, SELL
from proto.ids import AssetId, OrderId, Sequence, TradeId, UserId, order_id_of, trade_id_of
from proto.limits import AMOUNT_MAX
from proto.replies import Fill


def restore_state(state: State, parts: Iterable[Part]) -> None:
    """Put a state together.

    Args:
        state: Without anything; of no use after an error.
        parts: In the order of PART_KINDS, each in the bounds of its fields.

    Raises:
        SnapshotError: If they do not make a state.

    Complexity: O(state).
    """
    restoration = _Restoration(state)
    kind = -1
    for part in parts:
        before, kind = kind, PART_KINDS[type(part)]
        if kind < before or (kind == 0) != (before < 0):
            raise SnapshotError(f"{type(part).__name__} stands where it does not belong")
        restoration.take(part)
    if kind < 0:
        raise SnapshotError("there are no counters")
    restoration.finish()


@final
class _Restoration:
    """A state that is being put together."""

    __slots__ = ("_last_id", "_left_id", "_max_order_id", "_queue", "_state", "_statistics")

    def __init__(self, state: State) -> None:
        self._state: Final = state
        self._queue: Final[list[Order]] = []
        self._statistics: Final[dict[int, StatisticsRestoration]] = {}
        self._left_id = OrderId(0)
        self._last_id = OrderId(0)
        self._max_order_id = OrderId(0)

    def take(self, part: Part) -> None:
        """Put a part in."""
        if isinstance(part, OrdersPart):
            self._take_orders(part)
        elif isinstance(part, FirstFillsPart):
            self._take_first_fills(part)
        elif isinstance(part, BalancesPart):
            self._take_balances(part)
        elif isinstance(part, TransfersPart):
            self._take_transfers(part)
        elif isinstance(part, SecondsPart | HighsPart | LowsPart):
            self._take_window(part)
        elif isinstance(part, MarketsPart):
            self._take_markets(part)
        elif isinstance(part, AssetsPart):
            self._take_assets(part)
        elif isinstance(part, Counters):
            self._take_counters(part)
        else:
            assert_never(part)

    def finish(self) -> None:
        """Derive what follows from the parts, and check what they must add up to."""
        state = self._state
        orders, queue = state.orders, self._queue
        self._know_orders()
        named = sum(1 for order in queue if order.client_order_id)
        if orders.found() != (len(queue), named):
            raise SnapshotError("two orders have the same identifier or the same client_order_id")
        if orders.position()[0] > orders.capacity():
            raise SnapshotError("more orders stand in the queue than it holds")
        self._open_orders()
        for restoration in self._statistics.values():
            restoration.finish()
        trades = sum(market.statistics.trade_number for market in state.markets.values())
        if trades != state.trades:
            raise SnapshotError(f"the markets had {trades} trades, the counters {state.trades}")
        self._check_first_fills()
        self._check_ledger()

    def _take_counters(self, part: Counters) -> None:
        state = self._state
        state.sequence = Sequence(part.sequence)
        state.timestamp_ns = part.timestamp_ns
        state.trades = part.trades
        self._left_id = OrderId(part.left_order_id)
        self._max_order_id = order_id_of(state.shard, part.sequence)
        if self._left_id > self._max_order_id:
            # A later order would not count as one that stands in the queue for the first time.
            raise SnapshotError(f"order {self._left_id} left the queue before it was placed")

    def _take_assets(self, part: AssetsPart) -> None:
        state = self._state
        for row in part.rows:
            asset = row.definition
            if check_asset(asset, state.assets) != OK:
                raise SnapshotError(f"asset {asset.asset_id} is there twice, or its name is")
            state.assets[asset.asset_id] = asset
            asset_id = AssetId(asset.asset_id)
            state.ledger.add_asset(asset_id)
            state.ledger.totals[asset_id].fees = row.fees_amount

    def _take_markets(self, part: MarketsPart) -> None:
        state = self._state
        for row in part.rows:
            definition = row.definition
            names = [market.instrument.definition.name for market in state.markets.values()]
            if check_market(definition, state.assets, state.markets, names) != OK:
                raise SnapshotError(f"market {definition.market_id} cannot be defined like this")
            base = state.assets[definition.base_asset_id]
            quote = state.assets[definition.quote_asset_id]
            market = Market(Instrument(definition, base, quote))
            state.markets[definition.market_id] = market
            market.book.sequence = row.book_sequence
            self._statistics[definition.market_id] = StatisticsRestoration(
                market.statistics, row, state.timestamp_ns
            )

    def _take_window(self, part: SecondsPart | HighsPart | LowsPart) -> None:
        restoration = self._statistics.get(part.market_id)
        if restoration is None:
            raise SnapshotError(f"there is no market {part.market_id}")
        restoration.take(part)

    def _take_transfers(self, part: TransfersPart) -> None:
        ledger = self._state.ledger
        for row in part.rows:
            asset_id = AssetId(row.asset_id)
            totals = ledger.totals.get(asset_id)
            if totals is None or row.reference in ledger.transfers or row.amount == 0:
                raise SnapshotError(f"transfer {row.reference!r} cannot have been applied")
            ledger.transfers[row.reference] = (UserId(row.user_id), asset_id, row.amount)
            if row.amount > 0:
                totals.deposited += row.amount
            else:
                totals.withdrawn -= row.amount

    def _take_balances(self, part: BalancesPart) -> None:
        ledger = self._state.ledger
        for row in part.rows:
            asset_id = AssetId(row.asset_id)
            if asset_id not in ledger.totals or asset_id in ledger.accounts.get(row.user_id, ()):
                raise SnapshotError(f"user {row.user_id} cannot have this balance of {asset_id}")
            ledger.balance(row.user_id, asset_id).total = row.total_amount

    def _take_orders(self, part: OrdersPart) -> None:
        queue, markets, timestamp_ns = self._queue, self._state.markets, self._state.timestamp_ns
        left_id, last_id, max_id = self._left_id, self._last_id, self._max_order_id
        min_id = order_id_of(self._state.shard, 0)
        for row in part.rows:
            order_id = row.order_id
            if not min_id < order_id <= max_id or not (
                row.created_ns <= row.updated_ns <= timestamp_ns
            ):
                raise SnapshotError(f"order {order_id} is not of the past of this shard")
            if order_id > left_id:
                # Forgetting old orders relies on it: see `Orders`.
                if order_id <= last_id:
                    raise SnapshotError(f"order {order_id} stands in the queue behind a later one")
                last_id = OrderId(order_id)
            queue.append(_restored_order(row, markets))
        self._last_id = last_id

    def _take_first_fills(self, part: FirstFillsPart) -> None:
        self._know_orders()
        orders = self._state.orders
        max_id = trade_id_of(self._state.shard, self._state.trades)
        for row in part.rows:
            order = orders.find_id(row.order_id)
            if order is None or row.trade_id > max_id:
                raise SnapshotError(f"a fill of order {row.order_id} has no order, or no trade")
            fill = Fill(TradeId(row.trade_id), row.price_ticks, row.quantity_lots, row.fee_amount)
            if order.first_fills is None:
                order.first_fills = [fill]
            else:
                order.first_fills.append(fill)

    def _know_orders(self) -> None:
        """Hand the orders over, once all of them are there."""
        orders = self._state.orders
        if not orders.found()[0]:
            orders.restore(self._queue, self._left_id)

    def _open_orders(self) -> None:
        """Let orders rest and hold, in the order in which they were placed."""
        state = self._state
        orders, ledger, markets = state.orders, state.ledger, state.markets
        resting = [order for order in self._queue if order.is_open()]
        resting.sort(key=attrgetter("order_id"))
        for order in resting:
            instrument = order.instrument
            markets[instrument.market_id].book.own_side(order.side).add(order)
            orders.open(order)
            selling = order.side == SELL
            asset_id = instrument.base_asset_id if selling else instrument.quote_asset_id
            ledger.balance(order.user_id, asset_id).held += order.hold_amount()
        for market in markets.values():
            bid, ask = market.book.bids.best, market.book.asks.best
            if bid is not None and ask is not None and bid.price_ticks >= ask.price_ticks:
                name = market.instrument.definition.name
                raise SnapshotError(f"orders of market {name} would have traded")

    def _check_first_fills(self) -> None:
        for order in self._queue:
            fills = order.first_fills
            if fills is not None and (
                sum(fill.quantity_lots for fill in fills) > order.executed_lots
                or sum(fill.fee_amount for fill in fills) > fee_ceiling(order.fee_ppm_sum)
                or max(fill.price_ticks for fill in fills)
                > order.instrument.definition.price_max_ticks
            ):
                raise SnapshotError(f"order {order.order_id} cannot have had these fills")

    def _check_ledger(self) -> None:
        ledger = self._state.ledger
        users_amounts = dict.fromkeys(ledger.totals, 0)
        for user_id, accounts in ledger.accounts.items():
            for asset_id, balance in accounts.items():
                if balance.held > balance.total:
                    raise SnapshotError(f"user {user_id} holds more of asset {asset_id} than owned")
                users_amounts[asset_id] += balance.total
        for asset_id, totals in ledger.totals.items():
            if not _adds_up(totals, users_amounts[asset_id]):
                raise SnapshotError(f"the balances and fees of asset {asset_id} do not add up")


def _restored_order(row: OrderRow, markets: Mapping[int, Market]) -> Order:
    command = row.command
    market = markets.get(command.market_id)
    if market is None:
        raise SnapshotError(f"order {row.order_id} is of no market")
    instrument = market.instrument
    order = Order(OrderId(row.order_id), command, instrument, row.created_ns)
    if row.status == NEW:
        # Nothing became of it yet, so there is nothing to take over.
        is_sound = row.executed_lots == 0 and row.updated_ns == row.created_ns
    else:
        fee_ppm_sum = value_of(row.fee_ppm_sum)
        order.restore(
            row.status,
            # One object, where both are the same: there are a million of them.
            row.created_ns if row.updated_ns == row.created_ns else row.updated_ns,
            row.executed_lots,
            row.executed_quote_amount,
            fee_ppm_sum,
        )
        quote_max_amount = (
            row.executed_lots
            * instrument.definition.price_max_ticks
            * instrument.quote_per_tick_lot
        )
        is_sound = (
            row.executed_lots <= command.quantity_lots
            and (row.executed_lots == command.quantity_lots) == (row.status == FILLED)
            and row.executed_quote_amount <= quote_max_amount
            and fee_ppm_sum <= row.executed_quote_amount * instrument.fee_max_ppm
        )
    if not is_sound or not _keeps_rules(order, instrument):
        raise SnapshotError(f"order {row.order_id} cannot be in this state")
    return order


def _keeps_rules(order: Order, instrument: Instrument) -> bool:
    """Say whether its bounds are the market's, and whether it may rest where it does."""
    definition = instrument.definition
    if order.quantity_lots > definition.quantity_max_lots:
        return False
    if order.price_ticks > definition.price_max_ticks:
        return False
    if not order.is_open():
        return True
    return order.order_type == LIMIT and order.time_in_force == GTC and order.price_ticks > 0


def _adds_up(totals: AssetTotals, users_amount: int) -> bool:
    outside_amount = totals.deposited - totals.withdrawn
    return (
        users_amount + totals.fees == outside_amount <= AMOUNT_MAX
        and totals.deposited <= DEPOSITED_MAX
    )
