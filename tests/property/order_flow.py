"""Random orders of every type, alone and in lists."""

import random
from collections.abc import Callable
from typing import Final, final

from msgspec import convert

from proto import codes
from proto.codes import BUY, DAY, FOK, GTC, GTD, IOC, LIMIT, MARKET, SELL
from proto.commands import OrderTerms, PlaceList, PlaceOrder
from tests.property.venue import MARKET_IDS, USERS
from tests.reference.state import State

SECOND_NS: Final = 10**9
LATER_NS: Final = (
    *(0, 1, 1_000_000),
    *(300_000_000, 2 * SECOND_NS, 20 * SECOND_NS, 400 * SECOND_NS, 4_000 * SECOND_NS),
)
NAMES: Final = 40
FIRST_PRICE: Final = 14


@final
class OrderFlow:
    """Makes orders that suit the moment, more or less."""

    def __init__(self, dice: random.Random, state: State) -> None:
        self._dice: Final = dice
        self._state: Final = state
        weighted: list[tuple[Callable[[], dict[str, int]], float]] = [
            (self._limit, 44),
            (self._taking_limit, 10),
            (self._post_only, 8),
            (self._iceberg, 10),
            (self._market, 7),
            (self._by_amount, 7),
            (self._stop, 10),
            (self._stop_limit, 8),
            (self._trailing, 7),
            (self._nonsense, 3),
        ]
        self._styles: Final = [style for style, _ in weighted]
        self._weights: Final = [weight for _, weight in weighted]

    def price(self, market_id: int) -> int:
        """Return a price near the last one; seldom one far away."""
        dice, market = self._dice, self._state.markets.get(market_id)
        last = market.last_price if market else 0
        # So that prices neither end at nothing nor leave each other's reach.
        middle = min(max(last or FIRST_PRICE, 8), 26)
        if dice.random() < 0.02:
            return dice.choice((1, 2, 40, 41, 1_000, 1_001))
        return max(1, middle + dice.choice((-5, -3, -2, -1, -1, 0, 0, 0, 1, 1, 2, 3, 5)))

    def quantity(self) -> int:
        """Return a quantity, seldom one out of bounds."""
        dice = self._dice
        return dice.choice((0, 1, 50, 51, 60, 61)) if dice.random() < 0.04 else dice.randint(2, 20)

    def place(self) -> PlaceOrder:
        """Return an order of somebody."""
        dice = self._dice
        market_id = 9 if dice.random() < 0.004 else dice.choice(MARKET_IDS)
        return self.place_for(dice.choice(USERS), market_id, dice.choice((BUY, SELL)))

    def place_for(self, user_id: int, market_id: int, side: int) -> PlaceOrder:
        """Return an order of a user in a market."""
        dice = self._dice
        fields: dict[str, int] = {"market_id": market_id}
        fields |= dice.choices(self._styles, self._weights)[0]()
        fields = self._filled(fields, market_id)
        if dice.random() < 0.25:
            fields["self_trade"] = dice.randint(0, 5)
        return self._order(user_id, market_id, side, fields)

    def place_list(self) -> PlaceList:
        """Return a list, seldom one without shape."""
        dice = self._dice
        user_id, market_id = dice.choice(USERS), dice.choice(MARKET_IDS)
        if dice.random() < 0.06:
            orders = [self.place() for _ in range(dice.choice((2, 2, 3)))]
            return PlaceList(dice.choice((codes.OCO, codes.OTO)), orders)
        if dice.random() < 0.5:
            return PlaceList(codes.OCO, self._oco(user_id, market_id))
        first = self._styled(user_id, market_id, dice.choice((BUY, SELL)), self._weights[:6])
        if dice.random() < 0.5:
            return PlaceList(codes.OTO, [first, *self._oco(user_id, market_id)])
        return PlaceList(
            codes.OTO, [first, self.place_for(user_id, market_id, dice.choice((BUY, SELL)))]
        )

    def _oco(self, user_id: int, market_id: int) -> list[PlaceOrder]:
        """Two orders of one side; at least one has a trigger."""
        dice, side = self._dice, self._dice.choice((BUY, SELL))
        one_has_none = dice.random() < 0.7
        bare = [20.0, 0, 4, 8, *[0] * 6] if one_has_none else [*[0] * 6, 5, 5, 5, 0.0]
        orders = [
            self._styled(user_id, market_id, side, bare),
            self._styled(user_id, market_id, side, [*[0] * 6, 5, 5, 5, 0.0]),
        ]
        dice.shuffle(orders)
        return orders

    def _styled(self, user_id: int, market_id: int, side: int, weights: list[float]) -> PlaceOrder:
        padded = [*weights, *[0.0] * (len(self._styles) - len(weights))]
        fields = self._dice.choices(self._styles, padded)[0]()
        return self._order(user_id, market_id, side, self._filled(fields, market_id))

    def _filled(self, fields: dict[str, int], market_id: int) -> dict[str, int]:
        """Choose a price for each field that asks for one."""
        return {
            name: self.price(market_id) if value < 0 else value for name, value in fields.items()
        }

    def _order(self, user_id: int, market_id: int, side: int, fields: dict[str, int]) -> PlaceOrder:
        dice = self._dice
        terms = [fields.get(name, 0) for name in OrderTerms.__struct_fields__]
        return PlaceOrder(
            1,
            1 if dice.random() < 0.004 else 0,
            market_id,
            user_id,
            side,
            fields.get("order_type", LIMIT),
            fields.get("time_in_force", GTC),
            bool(fields.get("post_only", 0)),
            fields.get("price_ticks", 0),
            fields.get("quantity_lots", self.quantity()),
            f"n{dice.randint(1, NAMES)}" if dice.random() < 0.2 else "",
            convert(terms, OrderTerms, strict=False) if any(terms) or dice.random() < 0.1 else None,
        )

    # Styles. A price of -1 asks for one that suits the market.

    def _force(self) -> dict[str, int]:
        """A time in force that lets an order rest."""
        force = self._dice.choice((GTC, GTC, GTC, GTC, GTD, GTD, DAY))
        if force != GTD:
            return {"time_in_force": force}
        later_ns = self._dice.choice(LATER_NS)
        return {"time_in_force": force, "expires_ns": self._state.now_ns + later_ns}

    def _limit(self) -> dict[str, int]:
        return {"price_ticks": -1, **self._force()}

    def _taking_limit(self) -> dict[str, int]:
        return {"price_ticks": -1, "time_in_force": self._dice.choice((IOC, FOK))}

    def _post_only(self) -> dict[str, int]:
        return {**self._limit(), "post_only": 1, "slide": self._dice.choice((0, 1))}

    def _iceberg(self) -> dict[str, int]:
        quantity = self._dice.randint(4, 50)
        return {
            **self._limit(),
            "quantity_lots": quantity,
            "display_lots": self._dice.randint(1, max(2, quantity // 2)),
        }

    def _market(self) -> dict[str, int]:
        force = self._dice.choice((IOC, IOC, IOC, FOK))
        return {"order_type": MARKET, "time_in_force": force}

    def _by_amount(self) -> dict[str, int]:
        amount = self._dice.choice((1, 20, 60, 150, 300, 1_000, 4_000, 9_000))
        amount += self._dice.randint(0, 30)
        return {
            "order_type": MARKET,
            "time_in_force": IOC,
            "quantity_lots": 0,
            "quote_amount": amount,
        }

    def _trigger(self) -> dict[str, int]:
        trigger = self._dice.choice((codes.STOP_LOSS, codes.TAKE_PROFIT))
        return {"trigger": trigger, "trigger_price_ticks": -1}

    def _stop(self) -> dict[str, int]:
        return {"order_type": MARKET, **self._force(), **self._trigger()}

    def _stop_limit(self) -> dict[str, int]:
        force = self._force() if self._dice.random() < 0.8 else {"time_in_force": IOC}
        style = {"price_ticks": -1, **force, **self._trigger()}
        if self._dice.random() < 0.2 and force["time_in_force"] != IOC:
            style |= {"quantity_lots": 12, "display_lots": 3}
        return style

    def _trailing(self) -> dict[str, int]:
        trail = self._dice.choice(
            ({"trail_ticks": 1}, {"trail_ticks": 2}, {"trail_ticks": 4}, {"trail_bps": 900})
        )
        return {"order_type": MARKET, **self._force(), "trigger": codes.TRAILING_STOP, **trail}

    def _nonsense(self) -> dict[str, int]:
        """Fields that need not go together."""
        dice = self._dice
        style = dice.choices(self._styles[:-1], self._weights[:-1])[0]()
        wrong = {
            "order_type": dice.choice((LIMIT, MARKET)),
            "time_in_force": dice.randint(1, 5),
            "post_only": dice.randint(0, 1),
            "slide": dice.randint(0, 1),
            "price_ticks": dice.choice((0, -1)),
            "display_lots": dice.choice((0, 3)),
            "quote_amount": dice.choice((0, 200)),
            "expires_ns": dice.choice((0, self._state.now_ns + SECOND_NS)),
            "trigger": dice.randint(0, 3),
            "trigger_price_ticks": dice.choice((0, -1)),
            "trail_ticks": dice.choice((0, 2)),
            "trail_bps": dice.choice((0, 500)),
        }
        for name in dice.sample(sorted(wrong), dice.choice((1, 1, 2))):
            style[name] = wrong[name]
        return style
