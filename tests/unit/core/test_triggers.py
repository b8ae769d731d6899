"""Waiting orders, by hand; tests/property/test_triggers.py holds them against a brute force."""

from typing import Final

import pytest
from sortedcontainers import SortedList

import matcher.core.trailing
from matcher.core.triggers import Triggers
from proto.codes import BUY, SELL, STOP_LOSS, TAKE_PROFIT
from tests.unit.core.plain_orders import stop_order, trailing_stop

FALLING: Final = ((SELL, STOP_LOSS), (BUY, TAKE_PROFIT))
RISING: Final = ((BUY, STOP_LOSS), (SELL, TAKE_PROFIT))


def numbers(triggers: Triggers, price_ticks: int) -> list[int]:
    fired = [order.order_id for order in triggers.arrive(price_ticks)]
    triggers.check_invariants()
    return fired


@pytest.mark.parametrize(("side", "trigger"), FALLING)
def test_a_falling_trigger_fires_at_its_price_or_below(side: int, trigger: int) -> None:
    for price, fires in ((101, False), (100, True), (99, True)):
        triggers = Triggers()
        assert not triggers.add(stop_order(1, side, trigger, 100), 105)
        assert numbers(triggers, price) == ([1] if fires else [])
        assert len(triggers) == (not fires)


@pytest.mark.parametrize(("side", "trigger"), RISING)
def test_a_rising_trigger_fires_at_its_price_or_above(side: int, trigger: int) -> None:
    for price, fires in ((99, False), (100, True), (101, True)):
        triggers = Triggers()
        assert not triggers.add(stop_order(1, side, trigger, 100), 95)
        assert numbers(triggers, price) == ([1] if fires else [])


@pytest.mark.parametrize(
    ("side", "trigger", "last", "is_met"),
    [
        (SELL, STOP_LOSS, 101, False),
        (SELL, STOP_LOSS, 100, True),
        (BUY, TAKE_PROFIT, 100, True),
        (BUY, STOP_LOSS, 99, False),
        (BUY, STOP_LOSS, 100, True),
        (SELL, TAKE_PROFIT, 100, True),
        (SELL, STOP_LOSS, 0, False),
        (BUY, STOP_LOSS, 0, False),
    ],
)
def test_a_condition_that_is_met_when_it_begins_to_wait(
    side: int, trigger: int, last: int, is_met: bool
) -> None:
    triggers = Triggers()
    assert triggers.add(stop_order(1, side, trigger, 100), last) == is_met
    assert len(triggers) == (not is_met)
    triggers.check_invariants()


def test_the_nearest_to_the_price_before_fires_first_then_the_oldest() -> None:
    triggers = Triggers()
    for order_id, price in ((1, 90), (2, 95), (3, 90), (4, 99), (5, 95), (6, 80)):
        triggers.add(stop_order(order_id, SELL, STOP_LOSS, price), 100)
    triggers.add(trailing_stop(7, SELL, ticks=5), 100)
    triggers.add(trailing_stop(8, SELL, bps=100), 100)
    assert numbers(triggers, 85) == [4, 8, 2, 5, 7, 1, 3]
    assert numbers(triggers, 80) == [6]


def test_before_the_first_trade_the_lowest_trigger_price_is_the_nearest() -> None:
    triggers = Triggers()
    triggers.add(stop_order(1, SELL, STOP_LOSS, 120), 0)
    triggers.add(stop_order(2, BUY, STOP_LOSS, 90), 0)
    triggers.add(stop_order(3, SELL, STOP_LOSS, 110), 0)
    triggers.add(stop_order(4, BUY, STOP_LOSS, 101), 0)
    assert numbers(triggers, 100) == [2, 3, 1]
    assert [order.order_id for order in triggers.orders()] == [4]


def test_a_trailing_stop_that_sells_follows_the_highest_price() -> None:
    triggers = Triggers()
    order = trailing_stop(1, SELL, ticks=10)
    assert not triggers.add(order, 100)
    seen = []
    for price in (95, 103, 98, 120, 111):
        assert numbers(triggers, price) == []
        seen.append((triggers.followed_ticks(order), triggers.trigger_price_ticks(order)))
    assert seen == [(100, 90), (103, 93), (103, 93), (120, 110), (120, 110)]
    assert numbers(triggers, 109) == [1]
    assert order.special is not None
    assert order.special.trigger_price_ticks == 110


def test_a_trailing_stop_that_buys_follows_the_lowest_price() -> None:
    triggers = Triggers()
    order = trailing_stop(1, BUY, bps=1_000)
    assert not triggers.add(order, 100)
    for price, followed, trigger in ((105, 100, 110), (59, 59, 64), (63, 59, 64), (9, 9, 10)):
        assert numbers(triggers, price) == []
        assert triggers.followed_ticks(order) == followed
        assert triggers.trigger_price_ticks(order) == trigger
    assert numbers(triggers, 10) == [1]


def test_a_trailing_stop_without_a_price_follows_from_the_first_on() -> None:
    for side in (BUY, SELL):
        triggers = Triggers()
        order = trailing_stop(1, side, ticks=5)
        assert not triggers.add(order, 0)
        assert triggers.followed_ticks(order) == triggers.trigger_price_ticks(order) == 0
        triggers.check_invariants()
        assert numbers(triggers, 100) == []
        assert triggers.followed_ticks(order) == 100
        assert triggers.trigger_price_ticks(order) == (105 if side == BUY else 95)


def test_a_trail_that_is_not_less_than_the_price_cannot_fire_yet() -> None:
    triggers = Triggers()
    order = trailing_stop(1, SELL, ticks=100)
    triggers.add(order, 100)
    assert triggers.trigger_price_ticks(order) == 0
    assert numbers(triggers, 1) == []
    assert numbers(triggers, 101) == []
    assert triggers.trigger_price_ticks(order) == 1
    assert numbers(triggers, 1) == [1]


def test_trails_in_basis_points_that_round_alike_fire_by_age() -> None:
    triggers = Triggers()
    for order_id, bps in ((1, 9), (2, 1), (3, 5)):
        triggers.add(trailing_stop(order_id, SELL, bps=bps), 100)
    assert numbers(triggers, 99) == [1, 2, 3]


def test_a_removed_order_does_not_fire_and_keeps_the_trigger_price_it_had() -> None:
    triggers = Triggers()
    orders = [
        stop_order(1, SELL, STOP_LOSS, 90),
        trailing_stop(2, SELL, ticks=10),
        trailing_stop(3, SELL, bps=1_000),
        trailing_stop(4, SELL, ticks=10),
    ]
    for order in orders:
        triggers.add(order, 100)
    triggers.arrive(120)
    for order in orders[:3]:
        triggers.remove(order)
        triggers.check_invariants()
    kept = [order.special.trigger_price_ticks for order in orders if order.special is not None]
    assert kept == [90, 110, 108, 0]
    assert numbers(triggers, 50) == [4]


@pytest.mark.parametrize("last", [0, 3, 100])
@pytest.mark.parametrize("side", [BUY, SELL])
def test_where_it_would_begin_is_where_it_begins(side: int, last: int) -> None:
    for order in (
        trailing_stop(1, side, ticks=5),
        trailing_stop(2, side, bps=700),
        stop_order(3, side, STOP_LOSS, 100 + (1 if side == BUY else -1)),
    ):
        triggers = Triggers()
        price_ticks = triggers.first_trigger_price_ticks(order, last)
        if not triggers.add(order, last):
            assert triggers.trigger_price_ticks(order) == price_ticks


def test_an_unknown_order_cannot_be_removed() -> None:
    for order in (stop_order(1, SELL, STOP_LOSS, 90), trailing_stop(2, SELL, ticks=1)):
        with pytest.raises((ValueError, KeyError)):
            Triggers().remove(order)


def test_prices_need_not_be_told_while_nothing_waits_but_then_all_of_them() -> None:
    triggers = Triggers()
    order = stop_order(1, SELL, STOP_LOSS, 90)
    assert not triggers.add(order, 200)
    triggers.remove(order)
    assert not triggers.add(stop_order(2, SELL, STOP_LOSS, 90), 100)
    with pytest.raises(AssertionError):
        triggers.add(stop_order(3, SELL, STOP_LOSS, 80), 101)


def test_a_restored_trailing_stop_goes_on_with_the_price_that_it_followed() -> None:
    triggers = Triggers()
    triggers.restore_price(100)
    order = trailing_stop(1, SELL, ticks=10)
    assert triggers.restore(order, 105)
    assert triggers.trigger_price_ticks(order) == 95
    assert numbers(triggers, 95) == [1]


@pytest.mark.parametrize(
    ("last", "side", "ticks", "followed"),
    [
        (100, SELL, 10, 99),
        (100, SELL, 10, 110),
        (100, BUY, 10, 101),
        (100, BUY, 10, 90),
        (100, SELL, 10, 0),
        (0, SELL, 10, 100),
    ],
)
def test_a_trailing_stop_that_would_have_moved_or_fired_is_not_restored(
    last: int, side: int, ticks: int, followed: int
) -> None:
    triggers = Triggers()
    triggers.restore_price(last)
    assert not triggers.restore(trailing_stop(1, side, ticks=ticks), followed)
    triggers.check_invariants()
    assert len(triggers) == 0


def test_a_stop_that_would_have_fired_is_not_restored() -> None:
    triggers = Triggers()
    triggers.restore_price(100)
    assert not triggers.restore(stop_order(1, SELL, STOP_LOSS, 100), 0)
    assert not triggers.restore(stop_order(2, SELL, STOP_LOSS, 99), 1)
    assert triggers.restore(stop_order(3, SELL, STOP_LOSS, 99), 0)
    triggers.check_invariants()


class CountedList(SortedList):  # type: ignore[misc]
    """Counts what is put into or taken out of any such list."""

    work = 0

    def add(self, value: object) -> None:
        CountedList.work += 1
        super().add(value)

    def remove(self, value: object) -> None:
        CountedList.work += 1
        super().remove(value)

    def pop(self, index: int = -1) -> object:
        CountedList.work += 1
        return super().pop(index)

    def update(self, iterable: "SortedList") -> None:
        work = CountedList.work + len(iterable)
        super().update(iterable)
        # However it adds them.
        CountedList.work = work


STOPS: Final = 4_096
STOPS_LOG: Final = 12


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> type[CountedList]:
    monkeypatch.setattr(matcher.core.trailing, "SortedList", CountedList)
    CountedList.work = 0
    return CountedList


def test_stops_that_follow_one_price_are_not_touched_one_by_one(
    counted: type[CountedList],
) -> None:
    triggers = Triggers()
    for order_id in range(STOPS):
        triggers.add(trailing_stop(order_id, SELL, ticks=1_000 + order_id % 7), 1_000)
    counted.work = 0
    for price in range(1_001, 1_501):
        assert triggers.arrive(price) == []
    # One group of them: it is taken out and put in, with two keys each time.
    assert counted.work == 500 * 4


def test_a_price_that_changes_nothing_touches_nothing(counted: type[CountedList]) -> None:
    triggers = Triggers()
    for order_id in range(STOPS):
        triggers.add(trailing_stop(2 * order_id, SELL, ticks=100), 1_000)
        triggers.add(stop_order(2 * order_id + 1, BUY, STOP_LOSS, 1_050), 1_000)
    counted.work = 0
    for price in range(901, 1_001):
        assert triggers.arrive(price) == []
    assert counted.work == 0


@pytest.mark.parametrize("climb", [1, 3, 64, STOPS])
def test_groups_that_meet_cost_each_stop_a_logarithm_of_moves(
    counted: type[CountedList], climb: int
) -> None:
    """Stops begin at falling prices, each in a group of its own; then the price comes back."""
    triggers = Triggers()
    for order_id in range(STOPS):
        price = 10 * STOPS - order_id
        triggers.arrive(price)
        triggers.add(trailing_stop(order_id, SELL, ticks=10 * STOPS), price)
    assert counted.work == STOPS * 3
    counted.work = 0
    price = 9 * STOPS
    while price < 11 * STOPS:
        triggers.arrive(price)
        price += climb
    # Moves of entries, and four keys for each group that ends and each price that moves one.
    assert counted.work <= STOPS * STOPS_LOG + 4 * STOPS + 4 * 2 * STOPS // climb + 4
    triggers.check_invariants()


def test_two_large_groups_are_united_by_moving_the_smaller(counted: type[CountedList]) -> None:
    triggers = Triggers()
    for order_id in range(STOPS):
        triggers.add(trailing_stop(order_id, SELL, ticks=500), 1_000)
    triggers.arrive(900)
    for order_id in range(STOPS, STOPS + 16):
        triggers.add(trailing_stop(order_id, SELL, ticks=500), 900)
    counted.work = 0
    triggers.arrive(1_100)
    assert counted.work == 16 + 2 * 2 + 2
    assert len(triggers) == STOPS + 16
    triggers.check_invariants()
