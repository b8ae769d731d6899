"""What a taker would do in the book as it is, on paper.

FOK, how much an order by amount trades, what a market order must be able to pay and the trading
itself all follow from the same walk along the other side.
"""

from bisect import bisect_right
from dataclasses import dataclass, field

from proto import codes
from tests.reference.market import Market
from tests.reference.order import MILLION, Order, round_up
from tests.reference.state import State

TRADE = "trade"
REDUCE = "reduce"
CANCEL_RESTING = "cancel resting"
CANCEL_TAKER = "cancel taker"


@dataclass(frozen=True)
class Step:
    what: str
    order: Order
    lots: int = 0


@dataclass
class Plan:
    """What a taker would do.

    Attributes:
        quantity: Its quantity, which one by amount has from its arrival on.
        stopped_by: COLLAR_REACHED or VOLATILITY_HALT, or OK.
    """

    quantity: int
    steps: list[Step] = field(default_factory=list)
    stopped_by: int = codes.OK

    @property
    def trades(self) -> list[Step]:
        return [step for step in self.steps if step.what == TRADE]

    @property
    def lots(self) -> int:
        return sum(step.lots for step in self.trades)


@dataclass
class Resting:
    """A resting order on paper."""

    order: Order
    shown: int
    remaining: int

    def take(self, lots: int) -> None:
        self.shown -= lots
        self.remaining -= lots


def plan_of(state: State, market: Market, taker: Order) -> Plan:
    """Say what an order would do if it arrived now."""
    if not taker.by_amount:
        return _Walk(state, market, taker, taker.remaining).plan
    most = _most_lots(state, market, taker)
    walk = _Walk(state, market, taker, most, by_amount=True)
    lots = walk.plan.lots
    first = market.other_side(taker)[:1]
    if not lots and first and not walk.fitting_lots(first[0].price, 1):
        # What has no room for a lot meets nobody.
        return Plan(quantity=1)
    if lots and (lots == most or not walk.fitting_lots(walk.next_price, 1)):
        return _Walk(state, market, taker, lots).plan
    return _Walk(state, market, taker, lots + 1, trades_most=lots).plan


def _most_lots(state: State, market: Market, taker: Order) -> int:
    most = market.definition.quantity_max_lots
    if taker.is_buy:
        return most
    available = state.money.available(taker.user_id, market.definition.base_asset_id)
    return min(most, available // market.base_unit)


class _Walk:
    """A walk along the other side of the book, the best order first."""

    def __init__(
        self,
        state: State,
        market: Market,
        taker: Order,
        quantity: int,
        *,
        trades_most: int | None = None,
        by_amount: bool = False,
    ) -> None:
        self.state = state
        self.market = market
        self.taker = taker
        self.by_amount = by_amount
        self.plan = Plan(quantity)
        self.left = quantity
        self.room = quantity if trades_most is None else trades_most
        self.queue = [Resting(one, one.shown, one.remaining) for one in market.other_side(taker)]
        self.limit = self._limit()
        self.met_price = 0
        while self.queue and self.left and self._take_step():
            pass

    @property
    def next_price(self) -> int:
        """The next price within its limits; where nobody is left there, the last one."""
        plan = self.plan
        if plan.steps and plan.steps[-1].what == CANCEL_TAKER:
            return self.met_price
        is_over = plan.stopped_by or not self.queue
        return (plan.trades[-1] if is_over else self.queue[0]).order.price

    def _limit(self) -> int | None:
        taker, market = self.taker, self.market
        if taker.is_limit:
            return taker.price
        best = market.best(codes.SELL if taker.is_buy else codes.BUY)
        if not market.rules.collar_ppm or not best:
            return None
        reach = best * market.rules.collar_ppm // MILLION
        return best + reach if taker.is_buy else best - reach

    def _take_step(self) -> bool:
        """Meet the next resting order; return whether to go on."""
        taker, plan, resting = self.taker, self.plan, self.queue[0]
        price, limit = resting.order.price, self.limit
        if limit is not None and (price > limit if taker.is_buy else price < limit):
            if not taker.is_limit:
                plan.stopped_by = codes.COLLAR_REACHED
            return False
        if not self.market.in_halt_span(price):
            plan.stopped_by = codes.VOLATILITY_HALT
            return False
        self.met_price = price
        mode = self._self_trade_mode(resting.order)
        if mode != codes.ALLOW:
            self._prevent(mode)
            return True
        lots = self.fitting_lots(price, min(self.left, self.room, resting.shown))
        if not lots:
            return False
        plan.steps.append(Step(TRADE, resting.order, lots))
        self.left -= lots
        self.room -= lots
        resting.take(lots)
        self._refresh()
        return True

    def fitting_lots(self, price: int, most: int) -> int:
        """How many more lots at a price the amount has room for."""
        taker = self.taker
        if not self.by_amount:
            return most
        spent = sum(self.market.quote_of(step.order.price, step.lots) for step in self.plan.trades)

        def cost(lots: int) -> int:
            quote = spent + self.market.quote_of(price, lots)
            return quote + round_up(quote * taker.rates.taker) if taker.is_buy else quote

        return bisect_right(range(most + 1), taker.by_amount, key=cost) - 1

    def _self_trade_mode(self, resting: Order) -> int:
        accounts, taker = self.state.accounts, self.taker
        if not accounts.are_one_party(taker.user_id, resting.user_id):
            return codes.ALLOW
        mode = taker.terms.self_trade or accounts.of(taker.user_id).self_trade
        if mode == codes.DECREMENT and taker.by_amount:
            return codes.CANCEL_NEWEST
        return mode

    def _prevent(self, mode: int) -> None:
        """Do what a mode does before a self-trade."""
        resting, steps = self.queue[0], self.plan.steps
        if mode == codes.DECREMENT:
            lots = min(self.left, resting.remaining)
            self.left -= lots
            self._decrement(resting.order, resting.remaining - lots, lots)
            self._decrement(self.taker, self.left, lots)
            if lots == resting.remaining:
                self.queue.pop(0)
            return
        if mode in (codes.CANCEL_OLDEST, codes.CANCEL_BOTH):
            steps.append(Step(CANCEL_RESTING, resting.order))
            self.queue.pop(0)
        if mode in (codes.CANCEL_NEWEST, codes.CANCEL_BOTH):
            steps.append(Step(CANCEL_TAKER, self.taker))
            self.left = 0

    def _decrement(self, order: Order, left: int, lots: int) -> None:
        """Reduce an order, or cancel it where nothing is left of it."""
        cancels = CANCEL_TAKER if order is self.taker else CANCEL_RESTING
        self.plan.steps.append(Step(REDUCE, order, lots) if left else Step(cancels, order))

    def _refresh(self) -> None:
        """Take away the first where nothing is left, or send it to the back of its price."""
        first = self.queue[0]
        if first.shown:
            return
        self.queue.pop(0)
        if first.remaining:
            first.shown = first.order.shows_at_most(first.remaining)
            prices = [one.order.price for one in self.queue]
            behind = [index for index, price in enumerate(prices) if price == first.order.price]
            self.queue.insert(behind[-1] + 1 if behind else 0, first)
