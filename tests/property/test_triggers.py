"""Waiting orders against a list of them that is searched whole, with every price that they saw."""

import random
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.core.order import Order
from matcher.core.triggers import Triggers
from proto.codes import BUY, SELL, STOP_LOSS, TAKE_PROFIT
from tests.unit.core.plain_orders import stop_order, trailing_stop

PRICES: Final = 12


class BruteForce:
    """Every waiting order with every price since it began to wait."""

    def __init__(self) -> None:
        self.last = 0
        self.seen: dict[int, list[int]] = {}
        self.orders: dict[int, Order] = {}

    def add(self, order: Order) -> bool:
        self.orders[order.order_id] = order
        self.seen[order.order_id] = [self.last] if self.last else []
        if self.last and self.is_met(order):
            self.remove(order)
            return True
        return False

    def remove(self, order: Order) -> None:
        del self.orders[order.order_id], self.seen[order.order_id]

    def arrive(self, price: int) -> list[int]:
        before, self.last = self.last, price
        for seen in self.seen.values():
            seen.append(price)
        fired = [order for order in self.orders.values() if self.is_met(order)]
        fired.sort(key=lambda order: (abs(self.trigger(order) - before), order.order_id))
        for order in fired:
            self.remove(order)
        return [order.order_id for order in fired]

    def followed(self, order: Order) -> int:
        seen = self.seen[order.order_id]
        assert order.special is not None
        if not seen or not (order.special.trail_ticks or order.special.trail_bps):
            return 0
        return max(seen) if order.side == SELL else min(seen)

    def trigger(self, order: Order) -> int:
        special = order.special
        assert special is not None
        if special.trigger in (STOP_LOSS, TAKE_PROFIT):
            return special.trigger_price_ticks
        followed = self.followed(order)
        if not followed:
            return 0
        trail = special.trail_ticks or max(1, followed * special.trail_bps // 10_000)
        return max(0, followed - trail) if order.side == SELL else followed + trail

    def is_met(self, order: Order) -> bool:
        assert order.special is not None
        trigger = self.trigger(order)
        falls = (order.side == SELL) == (order.special.trigger != TAKE_PROFIT)
        return self.last <= trigger if falls else self.last >= trigger


def random_order(dice: random.Random, order_id: int) -> Order:
    side = dice.choice((BUY, SELL))
    kind = dice.randrange(4)
    if kind < 2:
        trigger = STOP_LOSS if kind == 0 else TAKE_PROFIT
        return stop_order(order_id, side, trigger, dice.randint(1, PRICES))
    if kind == 2:
        return trailing_stop(order_id, side, ticks=dice.randint(1, PRICES))
    return trailing_stop(order_id, side, bps=dice.choice((1, 500, 2_000, 2_500, 9_999)))


def restored(triggers: Triggers, last: int) -> Triggers:
    twin = Triggers()
    twin.restore_price(last)
    for order in triggers.orders():
        assert twin.restore(order, triggers.followed_ticks(order))
    return twin


def run(dice: random.Random, steps: int) -> None:
    triggers, brute_force = Triggers(), BruteForce()
    for step in range(steps):
        action = dice.random()
        if action < 0.5:
            order = random_order(dice, dice.randrange(10**6) * 1_000 + step)
            assert triggers.add(order, brute_force.last) == brute_force.add(order)
        elif action < 0.6 and brute_force.orders:
            order = dice.choice(list(brute_force.orders.values()))
            trigger = brute_force.trigger(order)
            brute_force.remove(order)
            triggers.remove(order)
            assert order.special is not None
            assert order.special.trigger_price_ticks == trigger
        elif action < 0.65:
            triggers = restored(triggers, brute_force.last)
        else:
            price = dice.randint(1, PRICES)
            expected = brute_force.arrive(price)
            assert [order.order_id for order in triggers.arrive(price)] == expected
        triggers.check_invariants()
        assert {order.order_id for order in triggers.orders()} == set(brute_force.orders)
        for order in brute_force.orders.values():
            assert triggers.trigger_price_ticks(order) == brute_force.trigger(order)
            assert triggers.followed_ticks(order) == brute_force.followed(order)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 60))
def test_it_is_the_brute_force(seed: int, steps: int) -> None:
    run(random.Random(seed), steps)


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_brute_force_for_long(seed: int) -> None:
    run(random.Random(seed), 1_000)
