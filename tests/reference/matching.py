"""What a taker does: first as a plan on paper, then for real.

The plan says what would happen in the book as it is. FOK, what a market order must be able to pay
and the trading itself all follow from the same plan.
"""

from bisect import bisect_right
from dataclasses import dataclass, field

from proto import codes
from proto.replies import Fill
from tests.reference.market import Market
from tests.reference.order import MILLION, Order, round_up
from tests.reference.settling import settle
from tests.reference.state import State
from tests.reference.triggers import see

TRADE = "trade"
REDUCE = "reduce"
CANCEL_RESTING = "cancel resting"
CANCEL_TAKER = "cancel taker"


@dataclass(frozen=True)
class Step:
    what: str
    resting: Order
    lots: int = 0


@dataclass
class Plan:
    """What a taker would do.

    Attributes:
        stopped_by: COLLAR_REACHED or VOLATILITY_HALT, or OK.
        is_spent: Whether one lot more would not fit the amount, or be allowed.
    """

    steps: list[Step] = field(default_factory=list)
    stopped_by: int = codes.OK
    is_spent: bool = False

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


def plan_of(state: State, market: Market, taker: Order, *, may_halt: bool = True) -> Plan:
    """Say what an order would do if it arrived now, or if no price could halt the market."""
    plan = Plan()
    queue = [Resting(one, one.shown, one.remaining) for one in market.other_side(taker)]
    limit = _limit(market, taker)
    left = _most_lots(state, market, taker)
    while queue and left > 0:
        resting = queue[0]
        price = resting.order.price
        fitting = _fitting_lots(market, taker, plan, price, left)
        if not fitting:
            break
        if limit is not None and (price > limit if taker.is_buy else price < limit):
            if not taker.is_limit:
                plan.stopped_by = codes.COLLAR_REACHED
            break
        if may_halt and not market.in_halt_span(price):
            plan.stopped_by = codes.VOLATILITY_HALT
            break
        mode = _self_trade_mode(state, taker, resting.order)
        if mode != codes.ALLOW:
            left = _prevent(plan, mode, taker, queue, left)
            continue
        lots = min(fitting, resting.shown)
        plan.steps.append(Step(TRADE, resting.order, lots))
        left -= lots
        resting.take(lots)
        _refresh(queue)
    plan.is_spent = _is_spent(market, taker, plan, queue, left)
    return plan


def _is_spent(market: Market, taker: Order, plan: Plan, queue: list[Resting], left: int) -> bool:
    """Whether an order by amount has traded, and not one lot more would have fit."""
    if not taker.by_amount or not plan.lots or plan.steps[-1].what == CANCEL_TAKER:
        return False
    # Where nobody is left to trade with, at the last price.
    price = queue[0].order.price if queue else plan.trades[-1].resting.price
    return not left or not _fitting_lots(market, taker, plan, price, left)


def _limit(market: Market, taker: Order) -> int | None:
    if taker.is_limit:
        return taker.price
    best = market.best(codes.SELL if taker.is_buy else codes.BUY)
    if not market.rules.collar_ppm or not best:
        return None
    reach = best * market.rules.collar_ppm // MILLION
    return best + reach if taker.is_buy else best - reach


def _most_lots(state: State, market: Market, taker: Order) -> int:
    if not taker.by_amount:
        return taker.remaining
    most = market.definition.quantity_max_lots
    if taker.is_buy:
        return most
    available = state.money.available(taker.user_id, market.definition.base_asset_id)
    return min(most, available // market.base_unit)


def _fitting_lots(market: Market, taker: Order, plan: Plan, price: int, most: int) -> int:
    """How many lots at a price an order by amount has room for."""
    if not taker.by_amount:
        return most
    spent = sum(market.quote_of(step.resting.price, step.lots) for step in plan.trades)

    def cost(lots: int) -> int:
        quote = spent + market.quote_of(price, lots)
        return quote + round_up(quote * taker.rates.taker) if taker.is_buy else quote

    return bisect_right(range(most + 1), taker.by_amount, key=cost) - 1


def _self_trade_mode(state: State, taker: Order, resting: Order) -> int:
    if not state.accounts.are_one_party(taker.user_id, resting.user_id):
        return codes.ALLOW
    mode = taker.terms.self_trade or state.accounts.of(taker.user_id).self_trade
    if mode == codes.DECREMENT and taker.by_amount:
        return codes.CANCEL_NEWEST
    return mode


def _prevent(plan: Plan, mode: int, taker: Order, queue: list[Resting], left: int) -> int:
    """Prevent a self-trade; return what the taker has left."""
    resting = queue[0]
    if mode == codes.DECREMENT:
        lots = min(left, resting.remaining)
        if resting.remaining == lots:
            plan.steps.append(Step(CANCEL_RESTING, resting.order))
            queue.pop(0)
        else:
            plan.steps.append(Step(REDUCE, resting.order, lots))
        if left == lots:
            plan.steps.append(Step(CANCEL_TAKER, taker))
        else:
            plan.steps.append(Step(REDUCE, taker, lots))
        return left - lots
    if mode in (codes.CANCEL_OLDEST, codes.CANCEL_BOTH):
        plan.steps.append(Step(CANCEL_RESTING, resting.order))
        queue.pop(0)
    if mode in (codes.CANCEL_NEWEST, codes.CANCEL_BOTH):
        plan.steps.append(Step(CANCEL_TAKER, taker))
        return 0
    return left


def _refresh(queue: list[Resting]) -> None:
    """Take away the first where nothing is left of it, or send it to the back of its price."""
    first = queue[0]
    if first.shown:
        return
    queue.pop(0)
    if first.remaining:
        first.shown = first.order.shows_at_most(first.remaining)
        behind = [i for i, one in enumerate(queue) if one.order.price == first.order.price]
        queue.insert(behind[-1] + 1 if behind else 0, first)


def arrive(state: State, market: Market, order: Order) -> list[Fill]:
    """Let an order into the market: it takes what it may, and what is left rests or expires."""
    if market.state != codes.CONTINUOUS or order.command.post_only:
        rest(state, market, order)
        return []
    plan = plan_of(state, market, order)
    if order.command.time_in_force == codes.FOK and plan.lots < order.remaining:
        further = plan_of(state, market, order, may_halt=False)
        is_halted = further.lots == order.remaining
        reason = codes.VOLATILITY_HALT if is_halted else further.stopped_by
        state.end(order, codes.EXPIRED, reason)
        return []
    if order.by_amount:
        order.quantity = plan.lots
    fills = [fill for step in plan.steps for fill in _do(state, market, order, step, plan)]
    if plan.stopped_by == codes.VOLATILITY_HALT:
        _halt(state, market)
    _leave(state, market, order, plan)
    prices = [fill.price_ticks for fill in fills]
    if prices:
        _follow(state, market, prices[-1])
    see(market, prices)
    return fills


def _do(state: State, market: Market, taker: Order, step: Step, plan: Plan) -> list[Fill]:
    order = step.resting
    if step.what == TRADE:
        is_last = step is plan.trades[-1] and plan.is_spent
        return [settle(state, market, taker, order, order.price, step.lots, is_filled=is_last)]
    if step.what == REDUCE:
        order.shown -= max(0, step.lots - order.hidden) if order.shown else 0
        order.quantity -= step.lots
        order.updated_ns = state.now_ns
        state.report(codes.REPORT_REDUCED, order, codes.SELF_TRADE)
    else:
        state.end(order, codes.CANCELLED, codes.SELF_TRADE)
    return []


def _leave(state: State, market: Market, order: Order, plan: Plan) -> None:
    """Say what becomes of what is left."""
    if not order.is_open:
        return
    if order.may_rest:
        rest(state, market, order)
    else:
        state.end(order, codes.EXPIRED, plan.stopped_by)


def rest(state: State, market: Market, order: Order) -> None:
    """Put what is left of an order into the book, at the back of its price."""
    if order.has_arrived:
        order.number = state.next_number()
    order.has_arrived = True
    order.shown = order.shows_at_most(order.remaining)
    market.resting.append(order)


def _halt(state: State, market: Market) -> None:
    market.state = codes.AUCTION
    market.ends_ns = state.now_ns + market.rules.auction_ms * 10**6
    state.tell_market(market)


def _follow(state: State, market: Market, price: int) -> None:
    """Let the reference price follow the last trade of a taker."""
    age_ns = market.rules.reference_ms * 10**6
    if not age_ns:
        return
    if not market.reference_price or state.now_ns - market.reference_ns >= age_ns:
        market.reference_price = price
        market.reference_ns = state.now_ns
