"""What time alone brings about."""

from proto import codes
from tests.reference.changing import pull_switch
from tests.reference.operators import end_auction
from tests.reference.order import Order
from tests.reference.state import State

EXPIRY, SWITCH, AUCTION_END = 1, 2, 3
# When, which of the three, and the order, user or market.
Due = tuple[int, int, int]


def all_due(state: State) -> list[Due]:
    """Everything that is due at some time, the first one first."""
    due: list[Due] = [
        (order.expires_ns, EXPIRY, order.order_id)
        for market in state.markets.values()
        for order in market.open_orders
        if order.expires_ns
    ]
    due += [
        (account.cancel_at_ns, SWITCH, account.user_id)
        for account in state.accounts.known.values()
        if account.cancel_at_ns
    ]
    due += [
        (market.ends_ns, AUCTION_END, market.market_id)
        for market in state.markets.values()
        if market.ends_ns
    ]
    return sorted(due)


def pass_time(state: State) -> None:
    """Let everything happen that is due, one after the other."""
    while (due := all_due(state)) and due[0][0] <= state.now_ns:
        _, kind, identifier = due[0]
        if kind == EXPIRY:
            state.end(_order(state, identifier), codes.EXPIRED, codes.TIME_IS_UP)
        elif kind == SWITCH:
            pull_switch(state, identifier)
        else:
            end_auction(state, state.markets[identifier])


def next_due_ns(state: State) -> int | None:
    """When an AdvanceTime is due; 0 for at once, None for never."""
    markets = state.markets.values()
    if any(market.queue and market.state == codes.CONTINUOUS for market in markets):
        return 0
    due = all_due(state)
    return due[0][0] if due else None


def _order(state: State, order_id: int) -> Order:
    return next(
        order
        for market in state.markets.values()
        for order in market.open_orders
        if order.order_id == order_id
    )
