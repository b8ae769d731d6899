"""What few orders have: the part of an order that a plain limit or market order does without.

Theory of operation
-------------------
`Order.special` is None for a plain order, so the plain path pays one comparison for all that is in
here. An `Origin` is kept where an order is no longer what its client_order_id asked for: it
remembers the command and its first outcome, for those who ask again.
"""

from typing import TYPE_CHECKING, Final, final

from librt.strings import BytesWriter

from proto.commands import OrderTerms, PlaceOrder
from proto.packing import put_int

if TYPE_CHECKING:
    from matcher.core.order_list import OrderList

NO_TERMS: Final = OrderTerms()

_ARRAY_10: Final = 0x9A


@final
class Special:
    """Terms of an order as they stand now; 0 where one does not apply.

    Attributes:
        self_trade: ACCOUNT_DEFAULT to DECREMENT.
        expires_ns: Engine time at which it ends.
        display_lots: What it shows at a time.
        hidden_lots: What it does not show now; 0 while it does not rest.
        quote_amount: What it spends or gets at most.
        slide: Whether it slides rather than take.
        trigger: NO_TRIGGER to TRAILING_STOP.
        trigger_price_ticks: Last price at which it fires, or fired; of a trailing stop that waits,
            `Triggers` knows better.
        trail_ticks: Trail as a distance.
        trail_bps: Trail in hundredths of a percent.
        order_list: The list that it belongs to.
    """

    __slots__ = (
        "display_lots",
        "expires_ns",
        "hidden_lots",
        "order_list",
        "quote_amount",
        "self_trade",
        "slide",
        "trail_bps",
        "trail_ticks",
        "trigger",
        "trigger_price_ticks",
    )

    def __init__(self, terms: OrderTerms, expires_ns: int) -> None:
        self.self_trade: Final[int] = terms.self_trade
        self.expires_ns: Final = expires_ns
        self.display_lots: Final[int] = terms.display_lots
        self.hidden_lots = 0
        self.quote_amount: Final[int] = terms.quote_amount
        self.slide: Final[bool] = terms.slide
        self.trigger: Final[int] = terms.trigger
        self.trigger_price_ticks: int = terms.trigger_price_ticks
        self.trail_ticks: Final[int] = terms.trail_ticks
        self.trail_bps: Final[int] = terms.trail_bps
        self.order_list: OrderList | None = None

    def terms(self) -> OrderTerms:
        """Return the terms as an order would ask for them now; a DAY order's end included."""
        return OrderTerms(
            self.self_trade,
            self.expires_ns,
            self.display_lots,
            self.quote_amount,
            self.slide,
            self.trigger,
            self.trigger_price_ticks,
            self.trail_ticks,
            self.trail_bps,
        )

    def put(self, writer: BytesWriter, trigger_price_ticks: int) -> None:
        """Write the terms as they are now, as a packed `SpecialState`.

        Args:
            writer: Takes them.
            trigger_price_ticks: The present trigger price.
        """
        order_list = self.order_list
        writer.append(_ARRAY_10)
        put_int(writer, self.self_trade)
        put_int(writer, self.expires_ns)
        put_int(writer, self.display_lots)
        put_int(writer, self.quote_amount)
        put_int(writer, self.trigger)
        put_int(writer, trigger_price_ticks)
        put_int(writer, self.trail_ticks)
        put_int(writer, self.trail_bps)
        put_int(writer, 0 if order_list is None else order_list.list_type)
        put_int(writer, 0 if order_list is None else order_list.list_id)


@final
class Origin:
    """An order as its client_order_id first asked for it, and what came of it then.

    Attributes:
        command: The command.
        first: The order after that command, packed.
    """

    __slots__ = ("command", "first")

    def __init__(self, command: PlaceOrder, first: bytes) -> None:
        self.command: Final = command
        self.first: Final = first
