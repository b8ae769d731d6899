"""An order as the reference knows it, and the list that it may be of.

An order keeps what was asked for, what was amended since, and all of its fills; everything else is
computed from these whenever somebody asks.
"""

from dataclasses import dataclass, field

from msgspec.structs import replace

from proto import codes
from proto.commands import OrderTerms, PlaceOrder
from proto.events import OrderState, SpecialState
from proto.ids import OrderId, UserId
from proto.replies import OrderReply, Reply

MILLION = 1_000_000
DAY_NS = 24 * 60 * 60 * 10**9
RESTING_FORCES = (codes.GTC, codes.GTD, codes.DAY)
OPEN_STATUSES = (codes.NEW, codes.PARTIALLY_FILLED, codes.WAITING, codes.PENDING)
PLAIN = OrderTerms()


def round_up(ppm_sum: int) -> int:
    """A sum of amounts x parts per million as an amount, rounded against the payer."""
    return -(-ppm_sum // MILLION)


@dataclass(frozen=True)
class OrderFill:
    price: int
    lots: int
    quote: int
    # Parts per million; a negative one is a rebate.
    rate: int


@dataclass(frozen=True)
class Rates:
    maker: int
    taker: int

    @property
    def highest(self) -> int:
        return max(self.maker, self.taker, 0)


@dataclass(eq=False)
class OrderList:
    """Orders that depend on each other."""

    list_type: int
    commands: list[PlaceOrder]
    orders: list["Order"] = field(default_factory=list)
    first_reply: Reply | None = None

    @property
    def pair(self) -> list["Order"]:
        """The two that are an OCO; nobody where there are no such two."""
        two = self.orders if self.list_type == codes.OCO else self.orders[1:]
        return two if len(two) == 2 else []

    def partner(self, order: "Order") -> "Order | None":
        """The other one of an OCO of which both are open."""
        if order not in self.pair:
            return None
        other = next(one for one in self.pair if one is not order)
        return other if other.is_open else None

    def followers(self, order: "Order") -> list["Order"]:
        """The pending orders that the first one of an OTO brings about."""
        if self.list_type != codes.OTO or order is not self.orders[0]:
            return []
        return [one for one in self.orders[1:] if one.status == codes.PENDING]

    def is_done_for(self, order: "Order") -> bool:
        """Whether an order that is open depends on no other one any more."""
        return self.partner(order) is None and not self.followers(order)


@dataclass(eq=False)
class Order:
    """One order.

    Attributes:
        number: The number last given to it: what its place in a queue goes by.
        shown: Lots that are in the book's totals; 0 while it does not rest.
        first_price: Index of the first of the market's prices that a trailing stop has seen.
        has_arrived: Whether its next place in a queue takes a new number.
    """

    order_id: int
    command: PlaceOrder
    created_ns: int
    rates: Rates
    status: int = codes.NEW
    price: int = 0
    quantity: int = 0
    trigger_price: int = 0
    updated_ns: int = 0
    number: int = 0
    shown: int = 0
    first_price: int = 0
    has_arrived: bool = False
    fills: list[OrderFill] = field(default_factory=list)
    order_list: OrderList | None = None
    first_reply: OrderReply | None = None

    def __post_init__(self) -> None:
        self.number = self.order_id
        self.updated_ns = self.created_ns
        self.price = self.command.price_ticks
        self.quantity = self.command.quantity_lots
        self.trigger_price = self.terms.trigger_price_ticks

    # What was asked for

    @property
    def terms(self) -> OrderTerms:
        return self.command.terms or PLAIN

    @property
    def user_id(self) -> int:
        return self.command.user_id

    @property
    def market_id(self) -> int:
        return self.command.market_id

    @property
    def side(self) -> int:
        return self.command.side

    @property
    def is_buy(self) -> bool:
        return self.command.side == codes.BUY

    @property
    def is_limit(self) -> bool:
        return self.command.order_type == codes.LIMIT

    @property
    def may_rest(self) -> bool:
        return self.is_limit and self.command.time_in_force in RESTING_FORCES

    @property
    def by_amount(self) -> int:
        return self.terms.quote_amount

    @property
    def trigger(self) -> int:
        return self.terms.trigger

    @property
    def expires_ns(self) -> int:
        if self.command.time_in_force == codes.DAY:
            return (self.created_ns // DAY_NS + 1) * DAY_NS
        return self.terms.expires_ns

    # What became of it

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def executed(self) -> int:
        return sum(fill.lots for fill in self.fills)

    @property
    def remaining(self) -> int:
        return self.quantity - self.executed

    @property
    def hidden(self) -> int:
        """What rests and is not shown."""
        return self.remaining - self.shown

    @property
    def fee_ppm_sum(self) -> int:
        return sum(fill.quote * fill.rate for fill in self.fills if fill.rate > 0)

    @property
    def fee(self) -> int:
        rebates = sum(fill.quote * -fill.rate // MILLION for fill in self.fills if fill.rate < 0)
        return round_up(self.fee_ppm_sum) - rebates

    def fee_of_next(self, quote: int, rate: int) -> int:
        """What one more fill would be charged."""
        if rate < 0:
            return -(quote * -rate // MILLION)
        return round_up(self.fee_ppm_sum + quote * rate) - round_up(self.fee_ppm_sum)

    def shows_at_most(self, lots: int) -> int:
        """What it shows when so much of it begins to rest, or is left when it is refreshed."""
        return min(self.terms.display_lots or lots, lots)

    def state(self) -> OrderState:
        command = self.command
        return OrderState(
            OrderId(self.order_id),
            UserId(command.user_id),
            command.market_id,
            command.client_order_id,
            command.side,
            command.order_type,
            command.time_in_force,
            command.post_only,
            self.price,
            self.quantity,
            self.executed,
            sum(fill.quote for fill in self.fills),
            self.fee,
            self.status,
            self.created_ns,
            self.updated_ns,
            self.special(),
        )

    def special(self) -> SpecialState | None:
        terms, listed = self.terms, self.order_list
        special = SpecialState(
            terms.self_trade,
            self.expires_ns,
            terms.display_lots,
            terms.quote_amount,
            terms.trigger,
            # A trail longer than the price leads to no price at all.
            max(0, self.trigger_price),
            terms.trail_ticks,
            terms.trail_bps,
            listed.list_type if listed else 0,
            OrderId(listed.orders[0].order_id if listed else 0),
        )
        is_plain = special == SpecialState(0, 0, 0, 0, 0, 0, 0, 0, 0, OrderId(0))
        return None if is_plain and not terms.slide else special


def same_order(one: PlaceOrder, other: PlaceOrder) -> bool:
    """Whether two commands ask for the same, whatever their request and deadline."""
    return _bare(one) == _bare(other)


def _bare(command: PlaceOrder) -> PlaceOrder:
    return replace(command, request_id=0, deadline_ns=0, terms=command.terms or PLAIN)
