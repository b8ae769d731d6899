"""What time alone brings about: expiries, dead man's switches, the ends of auctions."""

from matcher.core.cancelling import trip_switch
from matcher.core.events import Events
from matcher.core.market_states import end_auction
from matcher.core.open_orders import end
from matcher.core.state import State
from matcher.core.timers import EXPIRY, SWITCH
from proto.codes import EXPIRED, TIME_IS_UP


def pass_time(state: State, events: Events) -> None:
    """Let everything happen that is due at the engine time, in the order in which it was due.

    Complexity: O(log timers) for each, and what it does.
    """
    while True:
        due = state.timers.pop_due(state.timestamp_ns)
        if due is None:
            return
        _, kind, id_ = due
        if kind == EXPIRY:
            order = state.orders.find(id_)
            assert order is not None
            market = state.markets[order.instrument.market_id]
            end(state, market, order, EXPIRED, TIME_IS_UP, events)
        elif kind == SWITCH:
            trip_switch(id_, state, events)
        else:
            end_auction(id_, state, events)
