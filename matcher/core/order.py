"""An order while the engine knows it: open, or recent.

Theory of operation
-------------------
An order is changed only by the engine, one command at a time. While it rests it is also a node of
its price level's queue (`previous`, `next`), so joining and leaving the queue allocate nothing.

What a plain limit or market order has is in here; all else is in `special`, which is None for a
plain one (`special.py`).

Two things are derived rather than stored, as long as that is possible. The hold follows from what
is left to execute. The first outcome, which a repeated client_order_id is answered with, follows
from the fills that the order had on arrival; where it does not, `origin` remembers it.

Orders hold each other, their seats hold them, and they hold their seats. All of this is undone as
an order ends, so compiled orders are left out of garbage collection (`acyclic`): it would go
through all that were placed since it last did, in vain. `Engine.close` undoes it for the rest.

Fees round up once for each order and not for each fill: the order keeps its exact sum of
amount x parts per million, what was charged so far is that sum rounded up, and a fill is charged
the difference. Rebates round down fill by fill. See docs/decisions/0003-holds-and-fees.md.
"""

from typing import Final, final

from librt.strings import BytesWriter
from msgspec.structs import replace
from mypy_extensions import mypyc_attr

from matcher.core.account import Account
from matcher.core.fees import FeeRates
from matcher.core.fills import Fill
from matcher.core.instrument import PPM, Instrument, add_fee, fee_of
from matcher.core.seat import Seat
from matcher.core.special import NO_TERMS, Origin, Special
from proto.codes import (
    EXPIRED,
    FILLED,
    FOK,
    IOC,
    LIMIT,
    NEW,
    PARTIALLY_FILLED,
    SELL,
    WAITING,
)
from proto.commands import PlaceOrder
from proto.ids import OrderId, UserId
from proto.packing import put_bool, put_int, put_nil, put_text

# How many fields an `OrderState` has, and how an array of so many begins.
_FIELDS: Final = 17
_ARRAY_16_BITS: Final = 0xDC
# One for all orders: it is empty between two calls, and to make one takes as long as to fill it.
_WRITER: Final = BytesWriter()


@final
@mypyc_attr(acyclic=True)
class Order:
    """An accepted order.

    Attributes:
        order_id: Identifier.
        seat: Its owner, in its market.
        fees: Rates that its fills are charged.
        client_order_id: The client's name for it, or "".
        side: BUY or SELL.
        order_type: LIMIT or MARKET.
        time_in_force: GTC, IOC, FOK, GTD or DAY.
        post_only: Whether it was placed to make only.
        price_ticks: Limit price; 0 for a market order.
        quantity_lots: Quantity as placed, or as amended or reduced since.
        executed_lots: Part of it that was traded.
        executed_quote_amount: Sum of price x quantity over its fills, in smallest quote units.
        fee_whole_amount: Fees of its fills, added up exactly, then rounded down.
        fee_rest_ppm: What is beyond that, in millionths of the smallest unit; 0..999,999.
        rebate_amount: Rebates of its fills, in smallest quote units.
        status: NEW or PARTIALLY_FILLED while it rests, WAITING or PENDING before.
        created_ns: Engine time at which it was placed.
        updated_ns: Engine time of its last change.
        priority: Number of its place among the orders at its price, in the form of an identifier.
        special: What a plain order does not have.
        origin: What was asked for under its client_order_id, where the order does not tell.
        first_fills: Fills on arrival, kept where a client_order_id can ask for them again; None
            where there were none.
        previous: The order before it in its level's queue.
        next: The order behind it.
        previous_own: The order before it among those that rest of its seat.
        next_own: The order behind it there.
    """

    __slots__ = (
        "client_order_id",
        "created_ns",
        "executed_lots",
        "executed_quote_amount",
        "fee_rest_ppm",
        "fee_whole_amount",
        "fees",
        "first_fills",
        "next",
        "next_own",
        "order_id",
        "order_type",
        "origin",
        "post_only",
        "previous",
        "previous_own",
        "price_ticks",
        "priority",
        "quantity_lots",
        "rebate_amount",
        "seat",
        "side",
        "special",
        "status",
        "time_in_force",
        "updated_ns",
    )

    def __init__(
        self,
        order_id: OrderId,
        seat: Seat,
        fees: FeeRates,
        client_order_id: str,
        side: int,
        order_type: int,
        time_in_force: int,
        post_only: bool,
        price_ticks: int,
        quantity_lots: int,
        created_ns: int,
    ) -> None:
        self.order_id: Final = order_id
        self.seat: Final = seat
        self.fees = fees
        self.client_order_id: Final = client_order_id
        self.side: Final = side
        self.order_type: Final = order_type
        self.time_in_force: Final = time_in_force
        self.post_only: Final = post_only
        self.price_ticks = price_ticks
        self.quantity_lots = quantity_lots
        self.executed_lots = 0
        self.executed_quote_amount = 0
        self.fee_whole_amount = 0
        self.fee_rest_ppm = 0
        self.rebate_amount = 0
        self.status: int = NEW
        self.created_ns: Final = created_ns
        self.updated_ns = created_ns
        self.priority: int = order_id
        self.special: Special | None = None
        self.origin: Origin | None = None
        self.first_fills: list[Fill] | None = None
        self.previous: Order | None = None
        self.next: Order | None = None
        self.previous_own: Order | None = None
        self.next_own: Order | None = None

    @property
    def account(self) -> Account:
        """Account of its owner."""
        return self.seat.account

    @property
    def instrument(self) -> Instrument:
        """What it trades."""
        return self.seat.instrument

    @property
    def user_id(self) -> UserId:
        """Owner."""
        return self.seat.account.user_id

    def is_open(self) -> bool:
        """Say whether it can still trade: it rests, waits or is pending."""
        status = self.status
        return status <= PARTIALLY_FILLED or status >= WAITING

    def may_rest(self) -> bool:
        """Say whether what it does not trade at once stays in the book."""
        force = self.time_in_force
        return force != IOC and force != FOK and self.order_type == LIMIT

    def shown_lots(self) -> int:
        """Return what the book shows of it."""
        special = self.special
        remaining_lots = self.quantity_lots - self.executed_lots
        return remaining_lots if special is None else remaining_lots - special.hidden_lots

    @property
    def fee_ppm_sum(self) -> int:
        """Sum of quote amount x fee rate over its fills: its fee in millionths, not rounded."""
        return self.fee_whole_amount * PPM + self.fee_rest_ppm

    def charged_amount(self) -> int:
        """Return the fees of its fills, rebates aside: their exact sum rounded up."""
        return self.fee_whole_amount + 1 if self.fee_rest_ppm else self.fee_whole_amount

    def hold_amount(self) -> int:
        """Return what the rest of it must hold: base if it sells, quote if it buys.

        A buy order holds its price and the larger of the two fees, because it may yet take or
        make; what turns out cheaper is given back with each fill. A market order that buys has no
        price and holds nothing.
        """
        return self.hold_amount_at(self.price_ticks, self.quantity_lots)

    def hold_amount_at(self, price_ticks: int, quantity_lots: int) -> int:
        """Return what it would have to hold with another price and quantity.

        Args:
            price_ticks: Price; 0 for a market order.
            quantity_lots: Quantity; not below what was executed.
        """
        instrument = self.seat.instrument
        remaining_lots = quantity_lots - self.executed_lots
        if self.side == SELL:
            return instrument.base_amount(remaining_lots)
        quote_amount = instrument.quote_amount(price_ticks, remaining_lots)
        if self.executed_lots == 0:
            return quote_amount + fee_of(quote_amount, self.fees.hold_ppm)
        whole_amount, rest_ppm = add_fee(
            self.fee_whole_amount, self.fee_rest_ppm, quote_amount, self.fees.hold_ppm
        )
        if rest_ppm:
            whole_amount += 1
        return quote_amount + whole_amount - self.charged_amount()

    def fill(self, quantity_lots: int, quote_amount: int, fee_ppm: int, timestamp_ns: int) -> int:
        """Execute a part of it, at most what remains.

        Args:
            quantity_lots: Quantity of the fill.
            quote_amount: Price x quantity of the fill.
            fee_ppm: Rate of the fill; negative for a rebate.
            timestamp_ns: Engine time.

        Returns:
            The fee of the fill; negative for a rebate.
        """
        executed_lots = self.executed_lots + quantity_lots
        assert executed_lots <= self.quantity_lots
        self.executed_lots = executed_lots
        self.executed_quote_amount += quote_amount
        self.status = FILLED if executed_lots == self.quantity_lots else PARTIALLY_FILLED
        self.updated_ns = timestamp_ns
        if fee_ppm < 0:
            rebate_amount, _ = add_fee(0, 0, quote_amount, -fee_ppm)
            self.rebate_amount += rebate_amount
            return -rebate_amount
        charged_amount = self.charged_amount()
        self.fee_whole_amount, self.fee_rest_ppm = add_fee(
            self.fee_whole_amount, self.fee_rest_ppm, quote_amount, fee_ppm
        )
        return self.charged_amount() - charged_amount

    def unlink(self) -> None:
        """Let go of other orders, when all of them are given up."""
        self.previous = self.next = self.previous_own = self.next_own = None
        if self.special is not None and self.special.order_list is not None:
            self.special.order_list.orders.clear()
            self.special.order_list = None

    def close(self, status: int, timestamp_ns: int) -> None:
        """End it as CANCELLED, EXPIRED or REJECTED."""
        assert self.is_open()
        self.status = status
        self.updated_ns = timestamp_ns

    def restore(
        self,
        status: int,
        updated_ns: int,
        executed_lots: int,
        executed_quote_amount: int,
        fee_ppm_sum: int,
    ) -> None:
        """Take over what became of it, from a snapshot; see the attributes."""
        self.status = status
        self.updated_ns = updated_ns
        self.executed_lots = executed_lots
        self.executed_quote_amount = executed_quote_amount
        self.fee_whole_amount, self.fee_rest_ppm = divmod(fee_ppm_sum, PPM)

    def state(self, trigger_price_ticks: int = 0) -> bytes:
        """Return it as it is now: a packed `OrderState`.

        Args:
            trigger_price_ticks: The present trigger price of a trailing stop that waits.
        """
        return self._packed(
            self.executed_lots,
            self.executed_quote_amount,
            self.charged_amount() - self.rebate_amount,
            self.status,
            self.updated_ns,
            trigger_price_ticks,
        )

    def first_state(self) -> bytes:
        """Return it as it was after the command that placed it. Complexity: O(first fills)."""
        if self.origin is not None:
            return self.origin.first
        executed_lots = tick_lots = fee_amount = 0
        for fill in self.first_fills or ():
            executed_lots += fill.quantity_lots
            tick_lots += fill.price_ticks * fill.quantity_lots
            fee_amount += fill.fee_amount
        return self._packed(
            executed_lots,
            tick_lots * self.instrument.quote_per_tick_lot,
            fee_amount,
            self._first_status(executed_lots),
            self.created_ns,
            0,
        )

    def command(self) -> PlaceOrder:
        """Return a command that asks for it as it stands, of no request."""
        return PlaceOrder(
            0,
            0,
            self.instrument.market_id,
            self.account.user_id,
            self.side,
            self.order_type,
            self.time_in_force,
            self.post_only,
            self.price_ticks,
            self.quantity_lots,
            self.client_order_id,
            None if self.special is None else self.special.terms(),
        )

    def repeats(self, command: PlaceOrder) -> bool:
        """Say whether a command with this order's client_order_id asks for this same order."""
        asked = self.command() if self.origin is None else self.origin.command
        return _without_request(asked) == _without_request(command)

    def remember_origin(self) -> None:
        """Keep what was asked for, before it is changed."""
        if self.client_order_id and self.origin is None:
            assert self.special is None
            self.origin = Origin(self.command(), self.first_state())

    def _packed(
        self,
        executed_lots: int,
        executed_quote_amount: int,
        fee_amount: int,
        status: int,
        updated_ns: int,
        trigger_price_ticks: int,
    ) -> bytes:
        """Pack it, in the order of the fields of `OrderState`."""
        special = self.special
        writer = _WRITER
        writer.truncate(0)
        writer.append(_ARRAY_16_BITS)
        writer.append(0)
        writer.append(_FIELDS)
        put_int(writer, self.order_id)
        put_int(writer, self.seat.account.user_id)
        put_int(writer, self.seat.instrument.market_id)
        put_text(writer, self.client_order_id)
        writer.append(self.side)
        writer.append(self.order_type)
        writer.append(self.time_in_force)
        put_bool(writer, self.post_only)
        put_int(writer, self.price_ticks)
        put_int(writer, self.quantity_lots)
        put_int(writer, executed_lots)
        put_int(writer, executed_quote_amount)
        put_int(writer, fee_amount)
        writer.append(status)
        put_int(writer, self.created_ns)
        put_int(writer, updated_ns)
        if special is None:
            put_nil(writer)
        else:
            special.put(writer, trigger_price_ticks or special.trigger_price_ticks)
        return writer.getvalue()

    def _first_status(self, executed_lots: int) -> int:
        if executed_lots == self.quantity_lots:
            return FILLED
        if not self.may_rest():
            return EXPIRED
        return PARTIALLY_FILLED if executed_lots else NEW


def _without_request(command: PlaceOrder) -> PlaceOrder:
    """Return what a command asks for, whoever asks when; terms that ask for nothing are none."""
    terms = None if command.terms == NO_TERMS else command.terms
    return replace(command, request_id=0, deadline_ns=0, terms=terms)
