"""What an account has in one market: its balances, found once, and its orders in the book."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.core.account import Account
from matcher.core.order import Order
from matcher.core.seat import Seat
from proto.codes import BUY, GTC, LIMIT, SELL
from proto.ids import AssetId, OrderId, UserId
from tests.unit.core.plain_orders import GOLD, INR, INSTRUMENT, RATES

BASE, QUOTE = AssetId(GOLD.asset_id), AssetId(INR.asset_id)


def seat() -> Seat:
    return Seat(Account(UserId(1)), INSTRUMENT)


def order(own: Seat, number: int) -> Order:
    return Order(OrderId(number), own, RATES, "", BUY, LIMIT, GTC, False, 100, 10, 1)


def test_asking_makes_no_balance() -> None:
    own = seat()
    assert (own.available_base(), own.available_quote()) == (0, 0)
    assert own.account.balances == {}


def test_a_balance_that_came_to_be_elsewhere_is_seen() -> None:
    own = seat()
    assert own.available_quote() == 0
    own.account.balance(QUOTE).credit(50)
    assert (own.available_base(), own.available_quote()) == (0, 50)
    assert own.quote() is own.account.balances[QUOTE]
    own.account.balances[QUOTE].hold(20)
    assert own.available_quote() == 30
    assert BASE not in own.account.balances


def test_who_sells_pays_with_what_is_traded() -> None:
    own = seat()
    assert own.paying(SELL) is own.base() is own.account.balances[BASE]
    assert own.paying(BUY) is own.quote() is own.account.balances[QUOTE]
    own.check_invariants()


@given(st.permutations(range(6)))
def test_orders_leave_in_any_order(leaving: list[int]) -> None:
    own = seat()
    orders = [order(own, number) for number in range(1, 7)]
    for one in orders:
        own.add(one)
    left = list(orders)
    for place in leaving:
        gone = orders[place]
        own.remove(gone)
        left.remove(gone)
        own.check_invariants()
        assert list(own.orders()) == left
        assert own.resting == len(left)
        assert [one for one in orders if own.has(one)] == left


def test_an_order_may_come_back() -> None:
    own = seat()
    first, second = order(own, 1), order(own, 2)
    own.add(first)
    own.add(second)
    own.remove(first)
    own.add(first)
    own.check_invariants()
    assert list(own.orders()) == [second, first]


def test_an_order_that_does_not_rest_cannot_leave() -> None:
    own = seat()
    own.add(order(own, 1))
    with pytest.raises(AssertionError):
        own.remove(order(own, 2))
