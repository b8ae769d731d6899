"""Orders by identifier, against a dict."""

import random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from matcher.core.order import Order
from matcher.core.order_table import OrderTable
from proto.codes import BUY
from proto.ids import SHARD_SHIFT
from tests.unit.core.plain_orders import limit_order

# Some that follow each other, some that fall on one place of one table (987 is a Fibonacci number,
# so nearly a whole multiple of the golden ratio), some of another shard.
NUMBERS = st.one_of(
    st.integers(1, 40),
    st.integers(0, 40).map(lambda number: 1 + number * 64 * 987),
    st.integers(0, 40).map(lambda number: (5 << SHARD_SHIFT) + 1 + number * 64),
)


class Table(RuleBasedStateMachine):
    """Orders come and go; each is found while it is there, and only then."""

    def __init__(self) -> None:
        super().__init__()
        self.table = OrderTable()
        self.orders: dict[int, Order] = {}
        self.gone: set[int] = set()

    @rule(number=NUMBERS)
    def add(self, number: int) -> None:
        if number not in self.orders:
            self.orders[number] = order = limit_order(number, BUY, 100, 10)
            self.table.add(order)
            self.gone.discard(number)

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.orders)))
        self.table.remove(self.orders.pop(number))
        self.gone.add(number)

    @invariant()
    def finds_what_is_there(self) -> None:
        assert len(self.table) == len(self.orders)
        assert all(self.table.find(number) is order for number, order in self.orders.items())
        assert all(self.table.find(number) is None for number in self.gone)


Table.TestCase.settings = settings(max_examples=100, stateful_step_count=80, deadline=None)
TestTable = Table.TestCase


@pytest.mark.parametrize("seed", range(3))
def test_thousands_that_leave_in_any_order(seed: int) -> None:
    dice = random.Random(seed)
    table = OrderTable()
    orders = [limit_order(number, BUY, 100, 10) for number in range(1, 20_000, 3)]
    for order in orders:
        table.add(order)
    dice.shuffle(orders)
    half = len(orders) // 2
    for order in orders[:half]:
        table.remove(order)
    assert len(table) == len(orders) - half
    assert all(table.find(order.order_id) is None for order in orders[:half])
    assert all(table.find(order.order_id) is order for order in orders[half:])


def test_orders_that_follow_each_other_do_not_stand_in_each_others_way() -> None:
    table = OrderTable()
    for number in range(1, 50_000, 2):
        table.add(limit_order(number, BUY, 100, 10))
    # At most half of the places are taken. What leaves looks at those that follow without a gap.
    assert table.longest_run() <= 8
