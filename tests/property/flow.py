"""Random commands of every kind, from a seed, in which everything meets everything.

Prices are few, so orders cross, queue behind each other, set off each other's triggers and run out
of money; ids, names and references are those of the orders and transfers that there are, or were.
Most of it is well-formed; what is not breaks one rule, or several at once. A market that stands
still, a user or an asset that is frozen is soon set free again: nothing is learnt from refusals.

The flow looks at the reference to choose what to do next; the real engine has no say in it.
"""

import random
from collections.abc import Callable
from typing import Final, final

from msgspec.structs import replace

from proto import codes
from proto.commands import (
    AdvanceTime,
    AmendOrder,
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    Command,
    ReplaceOrder,
    SetAccount,
    SetAsset,
    SetMarketState,
)
from tests.property import money_flow, operator_flow
from tests.property.order_flow import OrderFlow
from tests.property.venue import MARKET_IDS, USERS
from tests.reference.order import Order
from tests.reference.state import State

SECOND_NS: Final = 10**9
OPEN_ORDERS_MAX: Final = 60
REPEATED_OF: Final = 30
# How long after the last command, and how often.
ELAPSED: Final = (
    (0, 50),
    (1, 15),
    (900_000, 20),
    (40_000_000, 8),
    (SECOND_NS, 4),
    (70 * SECOND_NS, 2),
    (5_000 * SECOND_NS, 0.5),
    (40_000 * SECOND_NS, 0.1),
)


@final
class Flow:
    """An endless source of commands; whoever goes on with another's `past` repeats from there.

    Attributes:
        dice: The only source of chance.
    """

    def __init__(
        self, dice: random.Random, state: State, past: list[Command] | None = None
    ) -> None:
        self.dice: Final = dice
        self._state: Final = state
        self._orders: Final = OrderFlow(dice, state)
        self._past: Final[list[Command]] = [] if past is None else past
        weighted: list[tuple[Callable[[], Command], float]] = [
            (self._orders.place, 56),
            (self._orders.place_list, 7),
            (self._cancel, 6),
            (self._amend, 9),
            (self._replace, 4),
            (self._cancel_all, 0.3),
            (self._switch, 0.6),
            (self._advance, 3),
            (self._repeat, 3),
            (lambda: money_flow.transfer(dice, state), 5),
            (lambda: operator_flow.command(dice, state), 1.5),
        ]
        self._kinds: Final = [kind for kind, _ in weighted]
        self._weights: Final = [weight for _, weight in weighted]

    def next(self) -> tuple[int, Command]:
        """Return nanoseconds since the last command, and a command."""
        command = self._relief() or self.dice.choices(self._kinds, self._weights)[0]()
        self._past.append(command)
        del self._past[:-REPEATED_OF]
        moments, weights = zip(*ELAPSED, strict=True)
        return self.dice.choices(moments, weights)[0], command

    def _relief(self) -> Command | None:
        """Set free, with some luck, what stands still; empty a book that is too full."""
        dice, state = self.dice, self._state
        for market in state.markets.values():
            if market.state != codes.CONTINUOUS and dice.random() < 0.04:
                return SetMarketState(1, market.market_id, codes.CONTINUOUS, 0)
        for account in state.accounts.known.values():
            if account.is_frozen and dice.random() < 0.08:
                group, mode = account.group_id, account.self_trade
                return SetAccount(1, account.user_id, account.tier, group, mode, False)
        if state.money.frozen and dice.random() < 0.08:
            return SetAsset(1, dice.choice(sorted(state.money.frozen)), False)
        if len(self._open_orders()) > OPEN_ORDERS_MAX:
            return CancelAll(1, 0, dice.choice(USERS), 0, 0)
        return None

    # Orders that there are

    def _open_orders(self) -> list[Order]:
        return [one for market in self._state.markets.values() for one in market.open_orders]

    def _some_order(self) -> Order | None:
        """Mostly an open order; sometimes one of the past."""
        orders = self._open_orders()
        if not orders or self.dice.random() < 0.06:
            orders = [order for order, _ in self._state.known[-20:]]
        return self.dice.choice(orders) if orders else None

    def _named(self, order: Order) -> tuple[int, str]:
        name = order.command.client_order_id
        return (0, name) if name and self.dice.random() < 0.4 else (order.order_id, "")

    def _seldom(self, wrong: int, right: int) -> int:
        return wrong if self.dice.random() < 0.02 else right

    def _deadline_ns(self) -> int:
        return self._seldom(1, 0)

    # Commands

    def _cancel(self) -> Command:
        order = self._some_order()
        if order is None:
            return AdvanceTime(1)
        market_id = self._seldom(9, self._seldom(2, order.market_id))
        user_id = self._seldom(1, order.user_id)
        return CancelOrder(1, self._deadline_ns(), market_id, user_id, *self._named(order))

    def _amend(self) -> Command:
        dice, order = self.dice, self._some_order()
        if order is None:
            return AdvanceTime(1)
        price = quantity = trigger_price = 0
        if order.is_limit and dice.random() < 0.5:
            price = self._orders.price(order.market_id)
        if dice.random() < 0.6:
            quantity = dice.choice(
                (order.quantity, order.quantity - 1, order.quantity + 1, dice.randint(1, 30))
            )
        if order.trigger and dice.random() < 0.5:
            trigger_price = self._orders.price(order.market_id)
        return AmendOrder(
            1,
            self._deadline_ns(),
            self._seldom(9, order.market_id),
            self._seldom(1, order.user_id),
            *self._named(order),
            price,
            max(0, quantity),
            trigger_price,
        )

    def _replace(self) -> Command:
        order = self._some_order()
        if order is None:
            return AdvanceTime(1)
        side = self._seldom(codes.BUY, order.side)
        new = self._orders.place_for(order.user_id, order.market_id, side)
        return ReplaceOrder(*self._named(order), new)

    def _cancel_all(self) -> Command:
        dice = self.dice
        user_id = dice.choice((*USERS, 0))
        market_id = dice.choice((0, *MARKET_IDS, *MARKET_IDS, 9))
        return CancelAll(1, self._deadline_ns(), user_id, market_id, dice.choice((0, 0, 1, 2)))

    def _switch(self) -> Command:
        timeout_ms = self.dice.choice((0, 0, 1, 50, 2_000))
        return CancelAllAfter(1, self._deadline_ns(), self.dice.choice(USERS), timeout_ms)

    def _advance(self) -> Command:
        return AdvanceTime(1)

    def _repeat(self) -> Command:
        """Send a command of a while ago once more, as one does who has had no answer."""
        if not self._past:
            return AdvanceTime(1)
        command = self.dice.choice(self._past)
        if self.dice.random() < 0.5:
            named = [one for one in self._past if _is_named(one)]
            command = self.dice.choice(named or self._past)
        if isinstance(command, ReplaceOrder):
            return replace(command, order=replace(command.order, request_id=7))
        return command


def _is_named(command: Command) -> bool:
    order = command.order if isinstance(command, ReplaceOrder) else command
    return bool(getattr(order, "client_order_id", "") or hasattr(order, "orders"))
