"""Any commands whatever: the engine does what the slow, obvious exchange does."""

import random
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from proto.commands import CancelOrder, Command, Deposit, PlaceOrder, Withdraw
from tests.property.pair import MARKET_IDS, START_NS, USERS, Pair

SECOND_NS: Final = 10**9
ELAPSED_NS: Final = (0, 1, SECOND_NS // 3, 45 * SECOND_NS, 5_000 * SECOND_NS, 40_000 * SECOND_NS)

USER = st.sampled_from(USERS)
MARKET = st.sampled_from((*MARKET_IDS, *MARKET_IDS, *MARKET_IDS, 9))
SIDE = st.sampled_from((1, 2))
CLIENT_ORDER_ID = st.sampled_from(("", "", "", "a", "b", "c"))
# Narrow, so that orders meet; the last ones are out of range in one market or both.
PRICE = st.sampled_from((*range(10, 17), *range(10, 17), 0, 1, 40, 41, 1_000, 1_001))
QUANTITY = st.sampled_from((*range(2, 18), 1, 50, 51, 60, 61))
AMOUNT = st.sampled_from((1, 7, 60, 600, 5_000, 20_000))
ELAPSED = st.sampled_from(ELAPSED_NS)
GOOD_ORDER = st.tuples(
    st.sampled_from((1, 1, 2)),
    st.sampled_from(MARKET_IDS),
    SIDE,
    st.integers(10, 16),
    st.integers(2, 25),
)


class EngineMachine(RuleBasedStateMachine):
    """Users who trade, cancel, deposit and withdraw, well or badly."""

    @initialize(poor_amount=st.sampled_from((400, 900, 2_000)))
    def fund(self, poor_amount: int) -> None:
        self.pair = Pair()
        for user_id, amount in ((1, 9_000), (2, poor_amount)):
            for asset_id in (1, 2, 3):
                reference = f"start-{user_id}-{asset_id}"
                self.pair.apply(Deposit(0, user_id, asset_id, amount, reference))

    @rule(orders=st.lists(GOOD_ORDER, min_size=1, max_size=6), elapsed=ELAPSED)
    def place_good(self, orders: list[tuple[int, int, int, int, int]], elapsed: int) -> None:
        """Orders that are likely to rest and to meet: the books are never empty for long."""
        for user_id, market_id, side, price, quantity in orders:
            name = f"good-{len(self.pair.journal)}"
            command = PlaceOrder(1, 0, market_id, user_id, side, 1, 1, False, price, quantity, name)
            self.pair.apply(command, elapsed)

    @rule(
        user=USER,
        market=MARKET,
        side=SIDE,
        order_type=st.sampled_from((1, 1, 2)),
        time_in_force=st.sampled_from((1, 2, 3)),
        post_only=st.booleans(),
        price=PRICE,
        quantity=QUANTITY,
        client_order_id=CLIENT_ORDER_ID,
        late=st.sampled_from((0, 0, 0, 1)),
    )
    def place_any(
        self,
        user: int,
        market: int,
        side: int,
        order_type: int,
        time_in_force: int,
        post_only: bool,
        price: int,
        quantity: int,
        client_order_id: str,
        late: int,
    ) -> None:
        deadline_ns = self.pair.timestamp_ns - late
        self.pair.apply(
            PlaceOrder(
                2,
                deadline_ns,
                market,
                user,
                side,
                order_type,
                time_in_force,
                post_only and time_in_force != 2,
                price,
                quantity,
                client_order_id,
            )
        )

    @rule(
        user=USER,
        market=MARKET,
        side=SIDE,
        quantity=st.integers(2, 40),
        force=st.sampled_from((2, 3)),
    )
    def place_market(self, user: int, market: int, side: int, quantity: int, force: int) -> None:
        self.pair.apply(PlaceOrder(3, 0, market, user, side, 2, force, False, 0, quantity, ""))

    @rule(back=st.integers(1, 12), elapsed=ELAPSED)
    def repeat(self, back: int, elapsed: int) -> None:
        """Send one of the last orders or transfers again, as one does who has had no answer."""
        command = [c for _, c in self.pair.journal if not isinstance(c, CancelOrder)][-back:][0]
        if isinstance(command, PlaceOrder):
            command = replace(command, deadline_ns=0)
        self.pair.apply(replace(command, request_id=7), elapsed)

    @rule(
        back=st.integers(1, 6),
        stranger=st.sampled_from((0, 0, 0, 1)),
        market=st.sampled_from((0, 0, 0, 1, 9)),
        by_name=st.booleans(),
    )
    def cancel(self, back: int, stranger: int, market: int, by_name: bool) -> None:
        orders = list(self.pair.accepted.values())[-back:]
        if orders:
            order = orders[0]
            user_id = order.user_id + stranger
            market_id = market or order.market_id
            order_id = 0 if by_name and order.client_order_id else order.order_id
            name = order.client_order_id if order_id == 0 else ""
            self.pair.apply(CancelOrder(4, 0, market_id, user_id, order_id, name))

    @rule(
        user=USER,
        asset=st.sampled_from((1, 2, 3, 3, 9)),
        amount=AMOUNT,
        reference=st.sampled_from(tuple("pqrstuvwxyz")),
        withdraws=st.booleans(),
    )
    def transfer(self, user: int, asset: int, amount: int, reference: str, withdraws: bool) -> None:
        kind = Withdraw if withdraws else Deposit
        self.pair.apply(kind(6, user, asset, amount, reference))

    @rule()
    def restart(self) -> None:
        """From a snapshot; what comes after must be as if it had never happened."""
        self.pair.restart()

    @invariant()
    def agrees(self) -> None:
        if hasattr(self, "pair"):
            self.pair.compare()

    def teardown(self) -> None:
        if hasattr(self, "pair"):
            self.pair.check_replay()


TestEngine = EngineMachine.TestCase
TestEngine.settings = settings(
    max_examples=250,
    stateful_step_count=50,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def random_command(dice: random.Random, pair: Pair) -> Command:
    """A busy market: mostly orders near the middle, a third of cancels."""
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


@pytest.mark.parametrize("seed", range(3))
def test_a_long_day(seed: int) -> None:
    dice = random.Random(seed)
    pair = Pair()
    for user_id in USERS:
        for asset_id in (1, 2, 3):
            pair.apply(Deposit(0, user_id, asset_id, 10**6, f"{user_id}-{asset_id}"))
    for step in range(500):
        pair.apply(random_command(dice, pair), dice.choice(ELAPSED_NS[:5]))
        if step % 10 == 0:
            pair.compare()
        if step % 50 == 25:
            pair.restart()
    pair.compare()
    pair.check_replay()
    assert len(pair.reference.trades) > 50
    assert pair.timestamp_ns > START_NS
