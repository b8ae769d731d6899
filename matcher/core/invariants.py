"""What must hold between any two commands, over all state at once.

Theory of operation
-------------------
Everything that the parts derive or cache is computed here a second time, from the orders. Each part
checks itself (`Book`, `Ledger`, `Orders`, `Statistics`); this checks what holds between them.
"""

from matcher.core.order import Order
from matcher.core.state import State
from proto.codes import BUY, GTC, LIMIT, SELL
from proto.ids import AssetId


def check_state(state: State) -> None:
    """Assert that no book crosses, sums are right, and holds are those of the open orders.

    Complexity: O(state).
    """
    state.ledger.check_invariants()
    state.orders.check_invariants()
    resting: list[Order] = []
    trades = 0
    for market in state.markets.values():
        market.book.check_invariants()
        market.statistics.check_invariants()
        trades += market.statistics.trade_number
        for side in (BUY, SELL):
            orders = market.book.own_side(side).orders()
            assert all(order.side == side for order in orders)
            assert all(order.instrument is market.instrument for order in orders)
            resting += orders
    assert trades == state.trades
    _check_resting(state, resting)
    _check_holds(state, resting)


def _check_resting(state: State, resting: list[Order]) -> None:
    assert all(order.order_type == LIMIT and order.time_in_force == GTC for order in resting)
    opened = [o for orders in state.orders.open_by_user.values() for o in orders.values()]
    assert {order.order_id for order in opened} == {order.order_id for order in resting}
    assert len(opened) == len(resting)


def _check_holds(state: State, resting: list[Order]) -> None:
    held: dict[tuple[int, AssetId], int] = {}
    for order in resting:
        instrument = order.instrument
        selling = order.side == SELL
        asset_id = instrument.base_asset_id if selling else instrument.quote_asset_id
        account = (order.user_id, asset_id)
        held[account] = held.get(account, 0) + order.hold_amount()
    for user_id, accounts in state.ledger.accounts.items():
        for asset_id, balance in accounts.items():
            assert balance.held == held.pop((user_id, asset_id), 0)
    assert not held
