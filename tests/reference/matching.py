"""An order arrives in the market: what is planned for it is done."""

from proto import codes
from proto.replies import Fill
from tests.reference.market import Market
from tests.reference.order import Order
from tests.reference.planning import REDUCE, TRADE, Plan, Step, plan_of
from tests.reference.settling import settle
from tests.reference.state import State
from tests.reference.triggers import see


def arrive(state: State, market: Market, order: Order) -> list[Fill]:
    """Let an order into the market: it takes what it may, and what is left rests or expires."""
    if order.has_arrived:
        order.number = state.next_number()
    order.has_arrived = True
    if market.state != codes.CONTINUOUS or order.command.post_only:
        rest(market, order)
        return []
    plan = plan_of(state, market, order)
    if order.command.time_in_force == codes.FOK and plan.lots < order.remaining:
        state.end(order, codes.EXPIRED, codes.OK)
        return []
    if order.by_amount:
        order.quantity = plan.quantity
    fills = [fill for step in plan.steps for fill in _do(state, market, order, step)]
    prices = [fill.price_ticks for fill in fills]
    if prices:
        _follow(state, market, prices[-1])
    if plan.stopped_by == codes.VOLATILITY_HALT:
        _halt(state, market)
    _leave(state, market, order, plan)
    see(market, prices)
    return fills


def _do(state: State, market: Market, taker: Order, step: Step) -> list[Fill]:
    order = step.order
    if step.what == TRADE:
        return [settle(state, market, taker, order, order.price, step.lots)]
    if step.what == REDUCE:
        state.end_partner(order)
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
        rest(market, order)
    else:
        state.end(order, codes.EXPIRED, plan.stopped_by)


def rest(market: Market, order: Order) -> None:
    """Put what is left of an order into the book, at the back of its price."""
    order.shown = order.shows_at_most(order.remaining)
    market.resting.append(order)


def _halt(state: State, market: Market) -> None:
    state.halts += 1
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
