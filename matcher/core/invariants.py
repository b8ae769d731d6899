"""What must hold between any two commands, over all state at once.

Theory of operation
-------------------
Everything that the parts derive or cache is computed here a second time, from the orders. Each part
checks itself (`Book`, `Ledger`, `Orders`, `Statistics`); this checks what holds between them.
"""

from matcher.core.market import Market
from matcher.core.open_orders import paying_asset
from matcher.core.order import Order
from matcher.core.order_list import held_amount
from matcher.core.state import State
from matcher.core.timers import AUCTION_END, EXPIRY, SWITCH
from proto.codes import BUY, DAY, NO_TRIGGER, PARTIALLY_FILLED, PENDING, SELL, WAITING
from proto.ids import AssetId


def check_state(state: State) -> None:
    """Assert that no book crosses, sums are right, and holds are those of the open orders.

    Complexity: O(state).
    """
    state.orders.check_invariants()
    names = sum(len(account.names) for account in state.ledger.accounts.values())
    assert names == state.orders.named()
    open_orders = [order for order in state.orders.known() if order.is_open()]
    trades = 0
    for market in state.markets.values():
        market.check_invariants()
        market.fees.check_invariants()
        trades += market.statistics.trade_number
        own = [order for order in open_orders if order.instrument is market.instrument]
        _check_places(state, market, own)
    assert trades == state.trades
    _check_owners(state, open_orders)
    _check_lists(open_orders)
    _check_timers(state, open_orders)
    state.ledger.check_invariants(_holds(open_orders))


def _check_places(state: State, market: Market, own: list[Order]) -> None:
    """Assert that each open order is in the place that its status says."""
    rests = {order.order_id for order in own if order.status <= PARTIALLY_FILLED}
    for side in (BUY, SELL):
        orders = market.book.own_side(side).orders()
        assert all(order.side == side and order.may_rest() for order in orders)
        rests -= {order.order_id for order in orders}
    assert not rests
    waits = {order.order_id: order for order in own if order.status == WAITING}
    fired, triggers = market.fired, market.triggers.orders()
    assert {order.order_id for order in triggers}.isdisjoint(fired)
    queued = {id_: order for id_, order in fired.items() if order.status != PENDING}
    assert {order.order_id: order for order in triggers} | queued == waits
    assert not fired or market.instrument.market_id in state.fired_markets
    day_orders = {order.order_id: order for order in own if order.time_in_force == DAY}
    assert day_orders == market.day_orders
    assert list(market.day_orders) == sorted(market.day_orders)


def _check_owners(state: State, open_orders: list[Order]) -> None:
    """Assert that each open order stands with its owner, once."""
    owned = [
        order
        for account in state.ledger.accounts.values()
        for market_id, seat in account.seats.items()
        for order in seat.orders()
        if order.account is account
        and order.instrument.market_id == market_id
        and order.status <= PARTIALLY_FILLED
    ]
    owned += [
        order
        for account in state.ledger.accounts.values()
        for market_id, orders in account.waiting.items()
        for order in orders.values()
        if order.account is account
        and order.instrument.market_id == market_id
        and order.status > PARTIALLY_FILLED
    ]
    for account in state.ledger.accounts.values():
        for seat in account.seats.values():
            seat.check_invariants()
    assert sorted(order.order_id for order in owned) == sorted(
        order.order_id for order in open_orders
    )


def _check_lists(open_orders: list[Order]) -> None:
    """Assert that what depends on each other is open together."""
    for order in open_orders:
        special = order.special
        if order.status == WAITING:
            assert special is not None
            assert special.trigger != NO_TRIGGER
        order_list = None if special is None else special.order_list
        if order.status == PENDING:
            assert order_list is not None
        if order_list is None:
            continue
        assert order in order_list.orders
        assert order_list.list_id == order_list.orders[0].order_id
        if order_list.waits_for_first:
            assert order_list.orders[0].is_open()
            assert all(other.status == PENDING for other in order_list.others())
        if order_list.is_paired:
            assert all(other.is_open() for other in order_list.others())


def _check_timers(state: State, open_orders: list[Order]) -> None:
    """Assert that everything that is due is due at its own time."""
    state.timers.check_invariants()
    due = [
        (order.special.expires_ns, EXPIRY, int(order.order_id))
        for order in open_orders
        if order.special is not None and order.special.expires_ns
    ]
    accounts = state.ledger.accounts.values()
    due += [(a.cancel_at_ns, SWITCH, int(a.user_id)) for a in accounts if a.cancel_at_ns]
    markets = state.markets.items()
    due += [(market.ends_ns, AUCTION_END, id_) for id_, market in markets if market.ends_ns]
    assert state.timers.content() == sorted(due)


def _holds(open_orders: list[Order]) -> dict[tuple[int, AssetId], int]:
    held: dict[tuple[int, AssetId], int] = {}
    for order in open_orders:
        account = (order.account.user_id, paying_asset(order))
        held[account] = held.get(account, 0) + held_amount(order)
    return held
