"""Any commands whatever: the engine does what the slow, obvious exchange does.

Hypothesis looks for short stories that end badly, and makes them shorter; `test_flow.py` has the
many commands of seeded random flows.
"""

import random
from contextlib import ExitStack
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from proto.commands import AdvanceTime, CancelOrder, Command, PlaceOrder
from tests.property import money_flow, operator_flow
from tests.property.bounds import SMALL, bounded
from tests.property.flow import Flow
from tests.property.order_flow import OrderFlow
from tests.property.pair import Pair
from tests.property.venue import MARKET_IDS, USERS, deposits
from tests.reference.state import State

SECOND_NS: Final = 10**9
ELAPSED_NS: Final = (0, 1, SECOND_NS // 3, 45 * SECOND_NS, 5_000 * SECOND_NS, 40_000 * SECOND_NS)
DICE = st.randoms(use_true_random=False)
ELAPSED = st.sampled_from(ELAPSED_NS)


class EngineMachine(RuleBasedStateMachine):
    """Users and operators who do anything that a command can do, well or badly."""

    def __init__(self) -> None:
        super().__init__()
        self.past: list[Command] = []
        self.bounds = ExitStack()
        self.bounds.enter_context(bounded(SMALL))
        self.pair = Pair(SMALL)

    @property
    def state(self) -> State:
        return self.pair.reference.state

    @initialize()
    def fund(self) -> None:
        for command in deposits():
            self.pair.apply(command)

    @rule(dice=DICE, commands=st.integers(1, 6))
    def trade(self, dice: random.Random, commands: int) -> None:
        flow = Flow(dice, self.state, self.past)
        for _ in range(commands):
            elapsed_ns, command = flow.next()
            self.pair.apply(command, elapsed_ns)

    @rule(dice=DICE, commands=st.integers(1, 6), elapsed=ELAPSED)
    def place(self, dice: random.Random, commands: int, elapsed: int) -> None:
        orders = OrderFlow(dice, self.state)
        for _ in range(commands):
            self.pair.apply(orders.place(), elapsed)

    @rule(dice=DICE)
    def place_list(self, dice: random.Random) -> None:
        self.pair.apply(OrderFlow(dice, self.state).place_list())

    @rule(dice=DICE)
    def operate(self, dice: random.Random) -> None:
        self.pair.apply(operator_flow.command(dice, self.state))

    @rule(dice=DICE)
    def move_money(self, dice: random.Random) -> None:
        self.pair.apply(money_flow.transfer(dice, self.state))

    @rule(elapsed=ELAPSED)
    def let_time_pass(self, elapsed: int) -> None:
        self.pair.apply(AdvanceTime(0), elapsed)

    @rule()
    def restart(self) -> None:
        """From a snapshot; what comes after must be as if it had never happened."""
        self.pair.restart()

    @invariant()
    def agrees(self) -> None:
        self.pair.compare()

    def teardown(self) -> None:
        try:
            self.pair.check_replay()
        finally:
            self.bounds.close()


TestEngine = EngineMachine.TestCase
TestEngine.settings = settings(
    max_examples=120,
    stateful_step_count=40,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def random_command(dice: random.Random, pair: Pair) -> Command:
    """A busy market of plain orders: mostly near the middle, a third of cancels."""
    if dice.random() < 0.33 and pair.accepted:
        order = dice.choice(list(pair.accepted.values())[-30:])
        return CancelOrder(1, 0, order.market_id, order.user_id, order.order_id, "")
    market_id, side = dice.choice(MARKET_IDS), dice.choice((1, 2))
    force = dice.choice((1, 1, 1, 1, 2, 3))
    is_market = force != 1 and dice.random() < 0.3
    price = 0 if is_market else dice.randint(10, 22)
    name = f"n{dice.randint(1, 60)}" if dice.random() < 0.3 else ""
    quantity = dice.randint(1, 20)
    user_id, kind = dice.choice(USERS), 2 if is_market else 1
    return PlaceOrder(2, 0, market_id, user_id, side, kind, force, False, price, quantity, name)
