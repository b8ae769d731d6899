"""What a user wants, one thing after the other: mostly orders that meet those of others."""

import random
from typing import Final, final

from msgspec.structs import replace

from proto import codes
from proto.commands import CancelOrder, Deposit, PlaceOrder, Withdraw
from proto.limits import CLIENT_ORDER_ID_LENGTH_MAX, REFERENCE_LENGTH_MAX
from proto.mesh.repetition import Message
from proto.queries import (
    BalancesQuery,
    DepthQuery,
    LedgerQuery,
    MarketDataQuery,
    OpenOrdersQuery,
    OrderQuery,
)
from proto.replies import OrderReply
from tests.simulation.opening import ASSETS, MARKETS
from tests.simulation.operation import Operation
from tests.simulation.profile import Profile

_FORCES: Final = (codes.GTC, codes.GTC, codes.GTC, codes.IOC, codes.FOK)


@final
class Intentions:
    """Draws what one client does next."""

    def __init__(self, dice: random.Random, profile: Profile, client: int, user_id: int) -> None:
        self._dice: Final = dice
        self._long_names: Final = profile.long_names
        self._client: Final = client
        self._user_id: Final = user_id
        self._number = 0

    def next(self, past: list[Operation]) -> Message:
        """Draw the next message, without request id and deadline.

        Args:
            past: What the client did before.
        """
        self._number += 1
        dice = self._dice
        if self._number <= len(ASSETS):
            return Deposit(
                0, self._user_id, self._number, dice.randint(200, 5_000), self._reference()
            )
        draw = dice.random()
        if draw < 0.62:
            return self._order()
        if draw < 0.77:
            return self._cancel(past)
        if draw < 0.80:
            return self._conflict(past)
        if draw < 0.88:
            kind = dice.choice((Deposit, Withdraw))
            asset_id = dice.choice(ASSETS).asset_id
            return kind(0, self._user_id, asset_id, dice.randint(1, 600), self._reference())
        return self._question(past)

    def _name(self) -> str:
        return self._filled(CLIENT_ORDER_ID_LENGTH_MAX)

    def _reference(self) -> str:
        return self._filled(REFERENCE_LENGTH_MAX)

    def _filled(self, length: int) -> str:
        return f"{self._client}-{self._number}".ljust(length if self._long_names else 0, ".")

    def _order(self) -> PlaceOrder:
        dice = self._dice
        force = dice.choice(_FORCES)
        is_market = force != codes.GTC and dice.random() < 0.3
        return PlaceOrder(
            0,
            0,
            dice.choice(MARKETS).market_id,
            self._user_id,
            dice.choice((codes.BUY, codes.SELL)),
            codes.MARKET if is_market else codes.LIMIT,
            force,
            force == codes.GTC and dice.random() < 0.1,
            0 if is_market else dice.randint(10, 16),
            dice.randint(1, 20),
            self._name() if dice.random() < 0.85 else "",
        )

    def _cancel(self, past: list[Operation]) -> Message:
        orders = _orders(past)
        if not orders:
            return self._order()
        operation = self._dice.choice(orders[-8:])
        order = operation.message
        assert isinstance(order, PlaceOrder)
        known = [answer for answer in operation.answers if isinstance(answer, OrderReply)]
        order_id = known[0].order.order_id if known and self._dice.random() < 0.5 else 0
        if not order_id and not order.client_order_id:
            return self._order()
        name = "" if order_id else order.client_order_id
        return CancelOrder(0, 0, order.market_id, self._user_id, order_id, name)

    def _conflict(self, past: list[Operation]) -> Message:
        """Use a name again for another order."""
        orders = _orders(past)
        if not orders:
            return self._order()
        order = self._dice.choice(orders).message
        assert isinstance(order, PlaceOrder)
        return replace(order, quantity_lots=order.quantity_lots + 1)

    def _question(self, past: list[Operation]) -> Message:
        dice, user_id = self._dice, self._user_id
        market_id = dice.choice(MARKETS).market_id
        orders = _orders(past)
        if orders and dice.random() < 0.3:
            order = dice.choice(orders).message
            assert isinstance(order, PlaceOrder)
            return OrderQuery(0, user_id, 0, order.client_order_id or "nobody")
        return dice.choice(
            (
                BalancesQuery(0, user_id),
                OpenOrdersQuery(0, user_id, 0),
                DepthQuery(0, market_id, 3),
                MarketDataQuery(0, market_id),
                LedgerQuery(0),
            )
        )


def _orders(past: list[Operation]) -> list[Operation]:
    return [operation for operation in past if isinstance(operation.message, PlaceOrder)]
