"""What a user wants, one thing after the other: mostly orders that meet those of others.

Some of it is for later: orders that expire or wait for a price, a dead man's switch, an auction
with an end. So there is something to do for a matcher that nobody asks for anything.
"""

import random
from typing import Final, final

from msgspec.structs import replace

from proto import codes
from proto.commands import (
    AmendOrder,
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    Deposit,
    OrderTerms,
    PlaceOrder,
    SetMarketState,
    Withdraw,
)
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
from tests.simulation.schedule import MILLISECOND_NS

_RESTING: Final = (codes.GTC, codes.GTC, codes.GTC, codes.GTD, codes.DAY)
_FORCES: Final = (*_RESTING, codes.IOC, codes.FOK)
_TRIGGERS: Final = (codes.STOP_LOSS, codes.STOP_LOSS, codes.TAKE_PROFIT, codes.TRAILING_STOP)
_PRICES: Final = (10, 16)
_STOPS: Final = 0.15
_ICEBERGS: Final = 0.1
_LATER_MS: Final = 3_000
# Mostly the one in which there is trading.
_STATES: Final = (codes.CONTINUOUS, codes.CONTINUOUS, codes.AUCTION, codes.POST_ONLY)


@final
class Intentions:
    """Draws what one client does next."""

    def __init__(self, dice: random.Random, profile: Profile, client: int, user_id: int) -> None:
        self._dice: Final = dice
        self._long_names: Final = profile.long_names
        self._client: Final = client
        self._user_id: Final = user_id
        self._number = 0

    def next(self, past: list[Operation], now_ns: int) -> Message:
        """Draw the next message, without request id and deadline.

        Args:
            past: What the client did before.
            now_ns: Engine time, as far as the client knows.
        """
        self._number += 1
        dice = self._dice
        if self._number <= len(ASSETS):
            return Deposit(
                0, self._user_id, self._number, dice.randint(200, 5_000), self._reference()
            )
        draw = dice.random()
        if draw < 0.56:
            return self._order(now_ns)
        if draw < 0.66:
            return self._cancel(past) or self._order(now_ns)
        if draw < 0.72:
            return self._amend(past) or self._order(now_ns)
        if draw < 0.75:
            return self._conflict(past) or self._order(now_ns)
        if draw < 0.80:
            return self._cancel_all()
        if draw < 0.88:
            kind = dice.choice((Deposit, Withdraw))
            asset_id = dice.choice(ASSETS).asset_id
            return kind(0, self._user_id, asset_id, dice.randint(1, 600), self._reference())
        if draw < 0.90:
            return self._set_state()
        return self._question(past)

    def _name(self) -> str:
        return self._filled(CLIENT_ORDER_ID_LENGTH_MAX)

    def _reference(self) -> str:
        return self._filled(REFERENCE_LENGTH_MAX)

    def _filled(self, length: int) -> str:
        return f"{self._client}-{self._number}".ljust(length if self._long_names else 0, ".")

    def _later_ms(self) -> int:
        return self._dice.randint(1, _LATER_MS)

    def _order(self, now_ns: int) -> PlaceOrder:
        dice = self._dice
        waits = dice.random() < _STOPS
        force = dice.choice(_RESTING if waits else _FORCES)
        rests = force in _RESTING
        quantity_lots = dice.randint(1, 20)
        terms = self._stop_terms() if waits else OrderTerms()
        # What waits may be of either kind, but for a trailing stop; what arrives at once is of the
        # market only if it does not rest.
        is_market = terms.trigger == codes.TRAILING_STOP or (
            (waits or not rests) and dice.random() < 0.3
        )
        if force == codes.GTD:
            terms = replace(terms, expires_ns=now_ns + self._later_ms() * MILLISECOND_NS)
        if rests and not is_market and quantity_lots > 1 and dice.random() < _ICEBERGS:
            terms = replace(terms, display_lots=dice.randrange(1, quantity_lots))
        return PlaceOrder(
            0,
            0,
            dice.choice(MARKETS).market_id,
            self._user_id,
            dice.choice((codes.BUY, codes.SELL)),
            codes.MARKET if is_market else codes.LIMIT,
            force,
            rests and not waits and dice.random() < 0.1,
            0 if is_market else dice.randint(*_PRICES),
            quantity_lots,
            self._name() if dice.random() < 0.85 else "",
            None if terms == OrderTerms() else terms,
        )

    def _stop_terms(self) -> OrderTerms:
        dice = self._dice
        trigger = dice.choice(_TRIGGERS)
        if trigger == codes.TRAILING_STOP:
            return OrderTerms(trigger=trigger, trail_ticks=dice.randint(1, 3))
        return OrderTerms(trigger=trigger, trigger_price_ticks=dice.randint(*_PRICES))

    def _cancel(self, past: list[Operation]) -> Message | None:
        found = self._known_order(past)
        return None if found is None else CancelOrder(0, 0, *found)

    def _amend(self, past: list[Operation]) -> Message | None:
        """Change the price, the quantity, or both."""
        dice = self._dice
        found = self._known_order(past)
        if found is None:
            return None
        price_ticks = dice.choice((0, dice.randint(*_PRICES)))
        return AmendOrder(0, 0, *found, price_ticks, dice.randint(0 if price_ticks else 1, 20))

    def _known_order(self, past: list[Operation]) -> tuple[int, int, int, str] | None:
        """Draw one of the last orders: its market and user, and its id or its name."""
        orders = _orders(past)
        if not orders:
            return None
        operation = self._dice.choice(orders[-8:])
        order = operation.message
        assert isinstance(order, PlaceOrder)
        known = [answer for answer in operation.answers if isinstance(answer, OrderReply)]
        order_id = known[0].order.order_id if known and self._dice.random() < 0.5 else 0
        if not order_id and not order.client_order_id:
            return None
        name = "" if order_id else order.client_order_id
        return order.market_id, self._user_id, order_id, name

    def _cancel_all(self) -> Message:
        """Cancel all orders, now or a while after the client was heard of last."""
        dice = self._dice
        if dice.random() < 0.5:
            timeout_ms = self._later_ms() if dice.random() < 0.8 else 0
            return CancelAllAfter(0, 0, self._user_id, timeout_ms)
        side = dice.choice((0, codes.BUY, codes.SELL))
        return CancelAll(0, 0, self._user_id, dice.choice((0, MARKETS[0].market_id)), side)

    def _set_state(self) -> Message:
        """Act as the operator."""
        dice = self._dice
        state = dice.choice(_STATES)
        duration_ms = self._later_ms() if state == codes.AUCTION else 0
        return SetMarketState(0, dice.choice(MARKETS).market_id, state, duration_ms)

    def _conflict(self, past: list[Operation]) -> Message | None:
        """Use a name again for another order."""
        orders = _orders(past)
        if not orders:
            return None
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
