"""Which orders are known, and which are forgotten."""

from typing import Final

import pytest

from matcher.core.order import Order
from matcher.core.orders import Orders
from proto.codes import BUY, CANCELLED, GTC, LIMIT
from proto.ids import OrderId
from tests.unit.core.plain_orders import RATES, SEAT

CAPACITY: Final = 4


@pytest.fixture(autouse=True)
def _nobody_is_named() -> None:
    SEAT.account.names.clear()


def place(orders: Orders, number: int) -> Order:
    order = named(number, f"name-{number}")
    orders.accept(order)
    return order


def named(number: int, name: str) -> Order:
    return Order(OrderId(number), SEAT, RATES, name, BUY, LIMIT, GTC, False, 100, 10, 0)


def close(orders: Orders, order: Order) -> None:
    order.close(CANCELLED, 1)
    orders.check_invariants()


def known(orders: Orders) -> set[int]:
    by_name = {number for number in range(1, 40) if f"name-{number}" in SEAT.account.names}
    assert by_name == {number for number in range(1, 40) if orders.find(number) is not None}
    assert orders.named() == len(orders) == len(by_name)
    return by_name


def test_the_orders_placed_last_are_known_and_older_closed_ones_forgotten() -> None:
    orders = Orders(CAPACITY)
    for number in range(1, 11):
        close(orders, place(orders, number))
        assert known(orders) == set(range(max(1, number - CAPACITY + 1), number + 1))


def test_an_open_order_is_known_for_ever() -> None:
    orders = Orders(CAPACITY)
    old = place(orders, 1)
    for number in range(2, 30):
        close(orders, place(orders, number))
        last = range(max(1, number - CAPACITY + 1), number + 1)
        assert known(orders) == {1, *last}
    assert orders.find(1) is old


def test_an_order_closed_late_is_known_until_it_comes_round_again() -> None:
    orders = Orders(CAPACITY)
    old = place(orders, 1)
    for number in range(2, 6):
        close(orders, place(orders, number))
    close(orders, old)
    for number in range(6, 10):
        close(orders, place(orders, number))
        assert 1 in known(orders)
    close(orders, place(orders, 10))
    assert known(orders) == {7, 8, 9, 10}


def test_more_open_orders_than_the_capacity() -> None:
    orders = Orders(CAPACITY)
    placed = [place(orders, number) for number in range(1, 13)]
    orders.check_invariants()
    assert known(orders) == set(range(1, 13))
    for order in placed:
        close(orders, order)
    for number in range(13, 25):
        close(orders, place(orders, number))
    assert known(orders) == {21, 22, 23, 24}


def test_a_forgotten_name_may_be_used_again() -> None:
    orders = Orders(CAPACITY)
    for number in range(1, 6):
        close(orders, place(orders, number))
    assert "name-1" not in SEAT.account.names
    assert orders.find(1) is None
    again = named(6, "name-1")
    orders.accept(again)
    assert SEAT.account.names["name-1"] is again
    assert orders.find(6) is again
