"""Puts the orders of a state together from their parts, or refuses them; see `restoring.py`.

Theory of operation
-------------------
Orders come first, and are nowhere yet. What follows adds to them: lists, details, origins, first
fills, queues. At the end each open order goes to its place, which its status tells: into the book
in the order of priorities, among the triggers or into a queue, or nowhere; and holds what it needs.
What must hold between a list and its orders, or between an order and its place, is checked then,
when all of it is there.
"""

from operator import attrgetter
from typing import Final, assert_never, final

from matcher.core.fees import FeeRates
from matcher.core.fills import Fill
from matcher.core.instrument import may_charge
from matcher.core.market import Market
from matcher.core.open_orders import begin, paying_asset
from matcher.core.order import Order
from matcher.core.order_list import OrderList, held_amount
from matcher.core.order_parts import (
    DetailsPart,
    FiredPart,
    FirstFillsPart,
    ForgottenOrdersPart,
    ListsPart,
    OrdersPart,
    OriginsPart,
)
from matcher.core.parts import SnapshotError
from matcher.core.restoring_list import fits_together
from matcher.core.restoring_order import is_placeable, restored_order, restored_origin
from matcher.core.state import State
from proto.codes import CONTINUOUS, PARTIALLY_FILLED, PENDING, POST_ONLY, WAITING
from proto.ids import OrderId, TradeId, order_id_of, trade_id_of

OrderPart = (
    OrdersPart
    | ForgottenOrdersPart
    | ListsPart
    | DetailsPart
    | OriginsPart
    | FirstFillsPart
    | FiredPart
)


@final
class OrdersRestoration:
    """Orders that are being put together."""

    __slots__ = (
        "_followed_ticks",
        "_forgotten",
        "_is_known",
        "_last_id",
        "_left_id",
        "_lists",
        "_max_id",
        "_min_id",
        "_queue",
        "_state",
        "_with_details",
        "_with_fills",
    )

    def __init__(self, state: State, left_order_id: int) -> None:
        """Begin.

        Args:
            state: With its counters.
            left_order_id: The last order that left the queue for the first time, or 0.

        Raises:
            SnapshotError: If that order was never placed.
        """
        self._state: Final = state
        self._queue: Final[list[Order]] = []
        self._forgotten: Final[dict[int, Order]] = {}
        self._lists: Final[list[OrderList]] = []
        self._with_details: Final[list[Order]] = []
        self._with_fills: Final[list[Order]] = []
        self._followed_ticks: Final[dict[int, int]] = {}
        self._is_known = False
        self._min_id: Final = order_id_of(state.shard, 1)
        self._max_id: Final = order_id_of(state.shard, state.numbers)
        self._left_id: Final = OrderId(left_order_id)
        self._last_id = OrderId(0)
        if left_order_id > self._max_id:
            # A later order would not count as one that stands in the queue for the first time.
            raise SnapshotError(f"order {left_order_id} left the queue before it was placed")

    def take(self, part: OrderPart) -> None:
        """Put a part in."""
        if isinstance(part, OrdersPart):
            self._take_orders(part)
            return
        self._know_orders()
        if isinstance(part, ForgottenOrdersPart):
            self._take_forgotten(part)
        elif isinstance(part, ListsPart):
            self._take_lists(part)
        elif isinstance(part, DetailsPart):
            self._take_details(part)
        elif isinstance(part, OriginsPart):
            self._take_origins(part)
        elif isinstance(part, FirstFillsPart):
            self._take_first_fills(part)
        elif isinstance(part, FiredPart):
            self._take_fired(part)
        else:
            assert_never(part)

    def finish(self) -> None:
        """Bring open orders to their places, and check what must hold between them."""
        self._know_orders()
        state = self._state
        if state.orders.position()[0] > state.orders.capacity():
            raise SnapshotError("more orders stand in the queue than it holds")
        for market in state.markets.values():
            market.triggers.restore_price(market.statistics.last_price_ticks)
        for order in self._queue:
            if order.client_order_id and order.special is not None and order.origin is None:
                raise SnapshotError(f"order {order.order_id} does not tell what was asked for")
        open_orders = [order for order in self._queue if order.is_open()]
        open_orders.sort(key=attrgetter("order_id"))
        self._place(open_orders)
        for order_list in self._lists:
            market = state.markets[order_list.orders[0].instrument.market_id]
            if not fits_together(order_list, market):
                raise SnapshotError(f"the orders of list {order_list.list_id} do not fit together")
        self._hold_special(open_orders)
        for market in state.markets.values():
            self._check_market(market)
        self._check_first_fills()

    def _take_orders(self, part: OrdersPart) -> None:
        state, queue, min_id, max_id = self._state, self._queue, self._min_id, self._max_id
        left_id, last_id = self._left_id, self._last_id
        for row in part.rows:
            order_id = row.order_id
            if order_id > left_id:
                # Forgetting old orders relies on it: see `Orders`.
                if order_id <= last_id:
                    raise SnapshotError(f"order {order_id} stands in the queue behind a later one")
                last_id = OrderId(order_id)
            queue.append(restored_order(row, state, min_id, max_id))
        self._last_id = last_id

    def _know_orders(self) -> None:
        """Hand the orders over, once all of them are there."""
        if self._is_known:
            return
        self._is_known = True
        orders, queue = self._state.orders, self._queue
        if not orders.restore(queue, self._left_id):
            raise SnapshotError("two orders have the same identifier or the same client_order_id")

    def _find(self, order_id: int) -> Order:
        order = self._state.orders.find(order_id) or self._forgotten.get(order_id)
        if order is None:
            raise SnapshotError(f"there is no order {order_id}")
        return order

    def _take_forgotten(self, part: ForgottenOrdersPart) -> None:
        for row in part.rows:
            order = restored_order(row, self._state, self._min_id, self._max_id)
            order_id = order.order_id
            is_known = self._state.orders.find(order_id) is not None
            if is_known or order_id in self._forgotten or order.is_open():
                raise SnapshotError(f"order {order_id} cannot be forgotten")
            self._forgotten[order_id] = order

    def _take_lists(self, part: ListsPart) -> None:
        for row in part.rows:
            orders = [self._find(order_id) for order_id in row.order_ids]
            first = orders[0]
            order_list = OrderList(row.list_type, first.order_id)
            before = 0
            for order in orders:
                special = order.special
                if (
                    order.order_id <= before
                    or special is None
                    or special.order_list is not None
                    or order.account is not first.account
                    or order.instrument is not first.instrument
                ):
                    raise SnapshotError(f"order {order.order_id} cannot be in this list")
                before = order.order_id
                special.order_list = order_list
                order_list.join(order)
            order_list.waits_for_first = row.waits_for_first
            order_list.is_paired = row.is_paired
            self._lists.append(order_list)

    def _take_details(self, part: DetailsPart) -> None:
        for row in part.rows:
            order = self._find(row.order_id)
            market = self._state.markets[order.instrument.market_id]
            special = order.special
            rests = order.status <= PARTIALLY_FILLED
            if (
                row.rebate_amount > order.executed_quote_amount
                or row.priority > self._max_id
                or (max(row.priority, row.hidden_lots) > 0 and not rests)
                or (row.hidden_lots > 0 and special is None)
            ):
                raise SnapshotError(f"order {row.order_id} cannot have these details")
            order.fees = market.fees.shared(row.maker_fee_ppm, row.taker_fee_ppm)
            order.rebate_amount = row.rebate_amount
            order.priority = row.priority or order.order_id
            if special is not None:
                special.hidden_lots = row.hidden_lots
            self._followed_ticks[order.order_id] = row.followed_ticks
            self._with_details.append(order)

    def _take_origins(self, part: OriginsPart) -> None:
        for row in part.rows:
            order = self._find(row.order_id)
            order.origin = restored_origin(order, row)

    def _take_first_fills(self, part: FirstFillsPart) -> None:
        max_trade_id = trade_id_of(self._state.shard, self._state.trades)
        for row in part.rows:
            order = self._find(row.order_id)
            if row.trade_id > max_trade_id:
                raise SnapshotError(f"a fill of order {row.order_id} has no trade")
            fill = Fill(TradeId(row.trade_id), row.price_ticks, row.quantity_lots, row.fee_amount)
            if order.first_fills is None:
                order.first_fills = [fill]
                self._with_fills.append(order)
            else:
                order.first_fills.append(fill)

    def _take_fired(self, part: FiredPart) -> None:
        state = self._state
        market = state.markets.get(part.market_id)
        for order_id in part.order_ids:
            order = state.orders.find(order_id)
            if (
                market is None
                or order is None
                or order.instrument is not market.instrument
                or order.status not in (WAITING, PENDING)
                or order_id in market.fired
            ):
                raise SnapshotError(f"order {order_id} cannot have fired")
            market.fired[order_id] = order
            state.fired_markets.add(part.market_id)

    def _place(self, open_orders: list[Order]) -> None:
        """Bring open orders, oldest first, to their places; plain ones hold what they need."""
        state = self._state
        markets = state.markets
        # Without details no order has moved since it was placed.
        have_moved = bool(self._with_details)
        resting: list[Order] = []
        for order in open_orders:
            if not is_placeable(order):
                raise SnapshotError(f"order {order.order_id} cannot be in this state")
            seat, special = order.seat, order.special
            market_id = seat.instrument.market_id
            market = markets[market_id]
            if order.status > PARTIALLY_FILLED:
                seat.account.waiting.setdefault(market_id, {})[order.order_id] = order
                self._place_waiting(order, market)
            else:
                seat.add(order)
                if have_moved:
                    resting.append(order)
                else:
                    market.book.own_side(order.side).add(order)
            if special is None:
                seat.paying(order.side).held += order.hold_amount()
            else:
                begin(state, market, order)
        self._place_by_priority(resting)

    def _place_by_priority(self, resting: list[Order]) -> None:
        resting.sort(key=attrgetter("priority"))
        before = 0
        for order in resting:
            if order.priority <= before:
                raise SnapshotError(f"order {order.order_id} has the place of another")
            before = order.priority
            market = self._state.markets[order.instrument.market_id]
            market.book.own_side(order.side).add(order)

    def _place_waiting(self, order: Order, market: Market) -> None:
        special = order.special
        assert special is not None
        if order.status == PENDING:
            if special.order_list is None:
                raise SnapshotError(f"order {order.order_id} waits for no other")
        elif order.order_id not in market.fired:
            followed_ticks = self._followed_ticks.get(order.order_id, 0)
            if not market.triggers.restore(order, followed_ticks):
                raise SnapshotError(f"order {order.order_id} would have fired, or would not wait")

    def _hold_special(self, open_orders: list[Order]) -> None:
        """Let the others hold what they need, which for two of a list depends on both."""
        for order in open_orders:
            if order.special is not None and (amount := held_amount(order)):
                order.account.balance(paying_asset(order)).held += amount

    def _check_market(self, market: Market) -> None:
        """Check that its orders would not have traded, and that no fill may cost the exchange."""
        name = market.instrument.definition.name
        if market.state in (CONTINUOUS, POST_ONLY) and market.book.is_crossed():
            raise SnapshotError(f"orders of market {name} would have traded")
        rates: set[FeeRates] = {
            order.fees
            for order in self._with_details
            if order.instrument is market.instrument and order.is_open() and order.status != PENDING
        }
        rates.update(market.fees.rates(fees.tier) for fees in market.fees.tiers())
        lowest_maker_ppm = min(pair.maker_ppm for pair in rates)
        lowest_taker_ppm = min(pair.taker_ppm for pair in rates)
        quote_max_amount = market.instrument.quote_max_amount
        if lowest_maker_ppm + lowest_taker_ppm < 0 or not all(
            may_charge(pair.maker_ppm, pair.taker_ppm, quote_max_amount) for pair in rates
        ):
            raise SnapshotError(f"the fees of market {name} may not pay for all rebates")

    def _check_first_fills(self) -> None:
        for order in self._with_fills:
            fills = order.first_fills or []
            if (
                sum(fill.quantity_lots for fill in fills) > order.executed_lots
                or sum(fill.fee_amount for fill in fills) > order.charged_amount()
                or max(fill.price_ticks for fill in fills)
                > order.instrument.definition.price_max_ticks
            ):
                raise SnapshotError(f"order {order.order_id} cannot have had these fills")
