"""What a user may ask for: each method makes one request, complete but for its id. No I/O.

Both clients offer these methods under the same names, so what they take is written down once, here.
"""

import itertools
from typing import Final, Literal, Required, TypedDict, Unpack, final

from msgspec.json import Decoder

from gateway.client.calls import Call
from gateway.client.decimals import Number, decimal_text
from gateway.client.wire import encode
from proto.api.answers import Account, Balance, CancelledAll, Order, PlacedOrder, ReplacedOrder

Side = Literal["buy", "sell"]
OrderType = Literal[
    "limit", "market", "stop_loss", "stop_loss_limit", "take_profit", "take_profit_limit",
    "trailing_stop",
]  # fmt: skip
TimeInForce = Literal["GTC", "IOC", "FOK", "GTD", "DAY"]
SelfTradePrevention = Literal["allow", "cancel_newest", "cancel_oldest", "cancel_both", "decrement"]


class OrderFields(TypedDict, total=False):
    """The fields of an order; docs/order-types.md shows which go together.

    Numbers are Decimal, int or text, never float. `expires_at` is ISO 8601 text, or milliseconds
    since 1970. An order without `client_order_id` gets one, so that it can be sent again.
    """

    market: Required[str]
    side: Required[Side]
    quantity: Number
    price: Number
    type: OrderType
    time_in_force: TimeInForce
    post_only: bool
    client_order_id: str
    slide: bool
    expires_at: str | int
    display_quantity: Number
    quote_amount: Number
    trigger_price: Number
    trail_amount: Number
    trail_bps: int
    self_trade_prevention: SelfTradePrevention


_NUMBERS: Final = frozenset({
    "quantity", "price", "display_quantity", "quote_amount", "trigger_price", "trail_amount",
})  # fmt: skip

_PLACED: Final = Decoder(PlacedOrder)
_REPLACED: Final = Decoder(ReplacedOrder)
_ORDER: Final = Decoder(Order)
_ORDERS: Final = Decoder(list[Order])
_CANCELLED_ALL: Final = Decoder(CancelledAll)
_ACCOUNT: Final = Decoder(Account)
_BALANCES: Final = Decoder(list[Balance])


@final
class Requests:
    """Makes requests, and names for orders that have none."""

    def __init__(self, prefix: str) -> None:
        """Begin with the first name.

        Args:
            prefix: Of the names; no other client of the same user may have it.
        """
        self._prefix: Final = prefix
        self._numbers: Final = itertools.count(1)

    def place_order(self, **order: Unpack[OrderFields]) -> Call[PlacedOrder]:
        """Place an order; the fields are those of `OrderFields`.

        Returns:
            The order as placing left it, with the fills of its arrival.
        """
        fields = self._order(order)
        return Call("PLACE_ORDER", encode(fields), _PLACED, client_order_id=_name_of(fields))

    def amend_order(
        self,
        *,
        market: str,
        order_id: str | int | None = None,
        client_order_id: str | None = None,
        price: Number | None = None,
        quantity: Number | None = None,
        trigger_price: Number | None = None,
    ) -> Call[PlacedOrder]:
        """Change an open order, named by one of its ids; `quantity` includes what was traded.

        Returns:
            The order as the change left it, with the fills that the change has brought about.
        """
        fields = {
            "market": market,
            **_named(order_id, client_order_id),
            **_given(price=price, quantity=quantity, trigger_price=trigger_price),
        }
        # A second time it may find the order filled by the first, and be refused.
        return Call("AMEND_ORDER", encode(fields), _PLACED, is_repeatable=False)

    def replace_order(
        self,
        *,
        old_order_id: str | int | None = None,
        old_client_order_id: str | None = None,
        **order: Unpack[OrderFields],
    ) -> Call[ReplacedOrder]:
        """Cancel an open order, named by one of its ids, and place another: both or neither.

        Returns:
            The order that was cancelled, and the one that was placed.
        """
        new = self._order(order)
        fields = {**_named(old_order_id, old_client_order_id), "order": new}
        return Call("REPLACE_ORDER", encode(fields), _REPLACED, client_order_id=_name_of(new))

    def cancel_order(
        self,
        *,
        market: str,
        order_id: str | int | None = None,
        client_order_id: str | None = None,
    ) -> Call[Order]:
        """Cancel an open order, named by one of its ids.

        Returns:
            The order, cancelled.
        """
        fields = {"market": market, **_named(order_id, client_order_id)}
        return Call("CANCEL_ORDER", encode(fields), _ORDER)

    def cancel_all(
        self, *, market: str | None = None, side: Side | None = None
    ) -> Call[CancelledAll]:
        """Cancel all open orders, or those of a market or a side."""
        fields = _present(market=market, side=side)
        # A second time it would also cancel what was placed since.
        return Call("CANCEL_ALL", encode(fields), _CANCELLED_ALL, is_repeatable=False)

    def cancel_all_after(self, *, timeout_ms: int) -> Call[Account]:
        """Have all orders cancelled after so many milliseconds, unless called again; 0: never."""
        return Call("CANCEL_ALL_AFTER", encode({"timeout_ms": timeout_ms}), _ACCOUNT)

    def order(
        self, *, order_id: str | int | None = None, client_order_id: str | None = None
    ) -> Call[Order]:
        """Find an order that is open or recent, by one of its ids."""
        return Call("GET_ORDER", encode(_named(order_id, client_order_id)), _ORDER)

    def open_orders(self, *, market: str | None = None) -> Call[list[Order]]:
        """List open orders, of one market or of all, oldest first."""
        return Call("GET_OPEN_ORDERS", encode(_present(market=market)), _ORDERS)

    def balances(self) -> Call[list[Balance]]:
        """List the balances in all assets."""
        return Call("GET_BALANCES", encode({}), _BALANCES)

    def _order(self, order: OrderFields) -> dict[str, object]:
        known = OrderFields.__required_keys__ | OrderFields.__optional_keys__
        for field in order:
            if field not in known:
                raise TypeError(f"an order has no field {field!r}")
        for field in sorted(OrderFields.__required_keys__):
            if field not in order:
                raise TypeError(f"an order needs its {field}")
        fields: dict[str, object] = {}
        for field, value in order.items():
            if value is not None:
                fields[field] = decimal_text(value, field) if field in _NUMBERS else value
        fields.setdefault("client_order_id", f"{self._prefix}-{next(self._numbers)}")
        return fields


def _name_of(order: dict[str, object]) -> str:
    return str(order["client_order_id"])


def _named(order_id: str | int | None, client_order_id: str | None) -> dict[str, object]:
    """Name an order by the one id that is given."""
    if (order_id is None) == (client_order_id is None):
        raise TypeError("name the order by its order_id or by its client_order_id: one of them")
    return _present(order_id=order_id, client_order_id=client_order_id)


def _given(**numbers: Number | None) -> dict[str, object]:
    return {
        field: decimal_text(number, field)
        for field, number in numbers.items()
        if number is not None
    }


def _present(**fields: object) -> dict[str, object]:
    return {field: value for field, value in fields.items() if value is not None}
