"""The checks of a new order, in their order of precedence."""

from collections.abc import Sequence

from proto import codes
from proto.commands import PlaceOrder
from proto.limits import OPEN_ORDERS_PER_USER_MAX, STOP_ORDERS_PER_USER_MAX
from tests.reference.market import Market
from tests.reference.order import PLAIN, RESTING_FORCES, Order
from tests.reference.planning import plan_of
from tests.reference.state import State


def first_broken(rules: list[tuple[int, bool]]) -> int:
    return next((reason for reason, is_broken in rules if is_broken), codes.OK)


def check_alone(state: State, market: Market, order: Order) -> int:
    """Check 4 to 11 of placing: what does not depend on the book."""
    command, terms, definition = order.command, order.terms, market.definition
    if is_invalid(command):
        return codes.INVALID_ORDER
    assets = {definition.base_asset_id, definition.quote_asset_id}
    is_gtd = command.time_in_force == codes.GTD
    highest = max(command.price_ticks, terms.trigger_price_ticks, terms.trail_ticks)
    return first_broken(
        [
            (codes.USER_FROZEN, state.accounts.of(order.user_id).is_frozen),
            (codes.ASSET_FROZEN, bool(assets & state.money.frozen)),
            (codes.MARKET_NOT_OPEN, not market.takes(order)),
            (codes.EXPIRY_IN_PAST, is_gtd and terms.expires_ns <= state.now_ns),
            (codes.PRICE_OUT_OF_RANGE, highest > definition.price_max_ticks),
            (codes.QUANTITY_OUT_OF_RANGE, not is_good_quantity(market, order, order.quantity)),
            (
                codes.NOTIONAL_TOO_SMALL,
                is_small_notional(market, order, order.price, order.quantity),
            ),
        ]
    )


def is_invalid(command: PlaceOrder) -> bool:
    """Whether fields of an order exclude each other."""
    terms = command.terms or PLAIN
    is_limit = command.order_type == codes.LIMIT
    force = command.time_in_force
    rests = is_limit and force in RESTING_FORCES
    has_trigger = terms.trigger != codes.NO_TRIGGER
    has_trail = bool(terms.trail_ticks or terms.trail_bps)
    is_trailing = terms.trigger == codes.TRAILING_STOP
    may_force = RESTING_FORCES if has_trigger else (codes.IOC, codes.FOK)
    return any(
        (
            is_limit != bool(command.price_ticks),
            not is_limit and force not in may_force,
            command.post_only and (not rests or has_trigger),
            terms.slide and not command.post_only,
            (force == codes.GTD) != bool(terms.expires_ns),
            terms.display_lots and (not rests or terms.display_lots >= command.quantity_lots),
            terms.quote_amount
            and (is_limit or force != codes.IOC or command.quantity_lots or has_trigger),
            has_trigger and not is_trailing and (not terms.trigger_price_ticks or has_trail),
            is_trailing and (bool(terms.trigger_price_ticks) or is_limit),
            is_trailing and bool(terms.trail_ticks) == bool(terms.trail_bps),
            not has_trigger and (bool(terms.trigger_price_ticks) or has_trail),
        )
    )


def is_good_quantity(market: Market, order: Order, quantity: int) -> bool:
    definition, display = market.definition, order.terms.display_lots
    if order.by_amount:
        return True
    if not definition.quantity_min_lots <= quantity <= definition.quantity_max_lots:
        return False
    return not display or (display >= definition.quantity_min_lots and display * 100 >= quantity)


def is_small_notional(market: Market, order: Order, price: int, quantity: int) -> bool:
    least = market.definition.notional_min_amount
    if order.by_amount:
        return order.by_amount < least
    return order.is_limit and market.quote_of(price, quantity) < least


def check_moment(state: State, market: Market, order: Order, before: Sequence[Order] = ()) -> int:
    """Check 12 to 15 of placing: what depends on the book.

    A post-only order that slides gets the price that it slides to.

    Args:
        before: Orders of the same list that count as if they were placed.
    """
    bare_limit = order.is_limit and not order.trigger
    crosses = order.command.post_only and market.would_take(order, order.price)
    if crosses and order.terms.slide:
        slid = market.slid_price(order, order.price)
        crosses = not 0 < slid <= market.definition.price_max_ticks
    reason = first_broken(
        [
            (codes.PRICE_OUT_OF_BAND, bare_limit and not market.in_band(order.price)),
            (
                codes.TOO_MANY_OPEN_ORDERS,
                order.may_rest and not order.trigger and has_most_open(market, order),
            ),
            (
                codes.TOO_MANY_STOP_ORDERS,
                bool(order.trigger) and has_most_stops(market, order, before),
            ),
            (codes.POST_ONLY_WOULD_CROSS, crosses),
        ]
    )
    if not reason and order.terms.slide:
        order.price = market.slid_price(order, order.price)
    return reason


def has_most_open(market: Market, order: Order) -> bool:
    most = market.rules.open_orders_max or OPEN_ORDERS_PER_USER_MAX
    return sum(one.user_id == order.user_id for one in market.resting) >= most


def has_most_stops(market: Market, order: Order, before: Sequence[Order] = ()) -> bool:
    """Whether its user has all the waiting and pending orders that may be, with those before it."""
    most = market.rules.stop_orders_max or STOP_ORDERS_PER_USER_MAX
    waiting = [*market.waiting, *market.pending]
    waiting += [one for one in before if one.trigger or one.status == codes.PENDING]
    return sum(one.user_id == order.user_id for one in waiting) >= most


def check_funds(state: State, market: Market, orders: Sequence[Order]) -> int:
    """Check 16: whether what an order, or an OCO, needs is available."""
    needed = max(need(state, market, order) for order in orders)
    asset_id = market.hold_asset(orders[0])
    if needed > state.money.available(orders[0].user_id, asset_id):
        return codes.INSUFFICIENT_BALANCE
    return codes.OK


def need(state: State, market: Market, order: Order, *, has_fired: bool = False) -> int:
    """What must be available for an order to be placed, or to enter once it has fired."""
    if order.by_amount:
        return order.by_amount if order.is_buy else market.base_of(1)
    if not order.is_buy or order.is_limit or (order.trigger and not has_fired):
        return market.own_hold(order)
    plan = plan_of(state, market, order)
    quote = sum(market.quote_of(step.order.price, step.lots) for step in plan.trades)
    return quote + order.fee_of_next(quote, order.rates.taker)
