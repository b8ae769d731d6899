"""Self-trade prevention: what an order of one's own means for a taker that is about to meet it.

Theory of operation
-------------------
The mode is the taker's. While a taker matches, `Taking` does what the mode says (`matching.py`);
what a taker would get has to be known before, to check the funds of a market order, to plan one by
amount, and for FOK. `reachable` tells it step by step, in the order in which it would happen,
without doing it: also that an iceberg order, once it has traded what it shows, stands behind the
others at its price. It costs no more than what is reached of it.
"""

from collections.abc import Iterator
from typing import NamedTuple

from matcher.core.account import Account
from matcher.core.ladder import Ladder, Level
from matcher.core.order import Order
from proto.codes import ALLOW, CANCEL_NEWEST, CANCEL_OLDEST, DECREMENT


class Step(NamedTuple):
    """What a taker meets next.

    Attributes:
        price_ticks: Price.
        quantity_lots: What it could trade, or what is left of the order of its own.
        is_own: Whether that is an order of its own party that the mode does not just cancel.
    """

    price_ticks: int
    quantity_lots: int
    is_own: bool


def mode_of(order: Order) -> int:
    """Return what happens when an order meets its own party: ALLOW to DECREMENT."""
    special = order.special
    if special is None:
        return order.account.self_trade
    mode = special.self_trade or order.account.self_trade
    # What an amount would go down by depends on prices; so the order ends.
    return CANCEL_NEWEST if mode == DECREMENT and special.quote_amount else mode


def reachable(ladder: Ladder, limit_ticks: int, account: Account, mode: int) -> Iterator[Step]:
    """Tell what a taker would meet, step by step.

    After a step with an order of its own, a taker that is cancelled by it ends; one that is
    decremented by it goes on with what it has left.

    Args:
        ladder: The side that it takes from.
        limit_ticks: The worst price at which it trades.
        account: Its owner.
        mode: ALLOW to DECREMENT.

    Complexity: O(1) a level with ALLOW, else O(1) an order.
    """
    for level in ladder.crossing(limit_ticks):
        if mode == ALLOW:
            yield Step(level.price_ticks, level.quantity_lots + level.hidden_lots, False)
        else:
            yield from _level_steps(level, account, mode)


def reachable_lots(
    ladder: Ladder, limit_ticks: int, account: Account, mode: int, quantity_lots: int
) -> tuple[int, int]:
    """Measure what a taker would trade, without doing it.

    Args:
        ladder: The side that it takes from.
        limit_ticks: The worst price at which it trades.
        account: Its owner.
        mode: ALLOW to DECREMENT.
        quantity_lots: Its quantity.

    Returns:
        Lots that it would get, at most its quantity; and the sum of price x lots over them.

    Complexity: O(levels reached) with ALLOW, else O(orders reached).
    """
    if mode == ALLOW:
        return ladder.reach(limit_ticks, quantity_lots)
    lots = tick_lots = 0
    for step in reachable(ladder, limit_ticks, account, mode):
        taken = min(step.quantity_lots, quantity_lots - lots)
        if step.is_own:
            if mode != DECREMENT:
                break
            quantity_lots -= taken
        else:
            lots += taken
            tick_lots += taken * step.price_ticks
        if lots == quantity_lots:
            break
    return lots, tick_lots


def _level_steps(level: Level, account: Account, mode: int) -> Iterator[Step]:
    hidden_lots = 0
    order = level.head
    while order is not None:
        left_lots = order.quantity_lots - order.executed_lots
        if not order.account.is_party_with(account):
            shown_lots = order.shown_lots()
            hidden_lots += left_lots - shown_lots
            yield Step(level.price_ticks, shown_lots, False)
        elif mode != CANCEL_OLDEST:
            yield Step(level.price_ticks, left_lots, True)
        order = order.next
    # What is hidden is shown only behind everybody who is there now.
    if hidden_lots:
        yield Step(level.price_ticks, hidden_lots, False)
