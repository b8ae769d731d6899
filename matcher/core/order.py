"""An order while the engine knows it: open, or recent.

Theory of operation
-------------------
An order is changed only by the engine, one command at a time. While it rests it is also a node of
its price level's queue (`previous`, `next`), so joining and leaving the queue allocate nothing.

Two things are derived rather than stored. The hold follows from what is left to execute. The first
outcome, which a repeated client_order_id is answered with, follows from the fills that the order
had on arrival; an order without them was then as it was placed.

Fees round up once for each order and not for each fill: the order keeps its exact sum of
amount x parts per million, what was charged so far is that sum rounded up, and a fill is charged
the difference. See docs/decisions/0003-holds-and-fees.md.
"""

from typing import Final, final

from matcher.core.instrument import Instrument, fee_ceiling
from proto.codes import EXPIRED, FILLED, GTC, NEW, PARTIALLY_FILLED, SELL
from proto.commands import PlaceOrder
from proto.events import OrderState
from proto.ids import OrderId, UserId
from proto.replies import Fill


@final
class Order:
    """An accepted order.

    Attributes:
        order_id: Identifier.
        user_id: Owner.
        instrument: What it trades.
        client_order_id: The client's name for it, or "".
        side: BUY or SELL.
        order_type: LIMIT or MARKET.
        time_in_force: GTC, IOC or FOK.
        post_only: Whether it was placed to make only.
        price_ticks: Limit price; 0 for a market order.
        quantity_lots: Quantity as placed.
        executed_lots: Part of it that was traded.
        executed_quote_amount: Sum of price x quantity over its fills, in smallest quote units.
        fee_ppm_sum: Sum of quote amount x fee rate over its fills; the fee is a millionth of it.
        status: NEW or PARTIALLY_FILLED while it is open.
        created_ns: Engine time at which it was placed.
        updated_ns: Engine time of its last change.
        first_fills: Fills on arrival, kept where a client_order_id can ask for them again; None
            where there were none.
        previous: The order before it in its level's queue.
        next: The order behind it.
    """

    __slots__ = (
        "client_order_id",
        "created_ns",
        "executed_lots",
        "executed_quote_amount",
        "fee_ppm_sum",
        "first_fills",
        "instrument",
        "next",
        "order_id",
        "order_type",
        "post_only",
        "previous",
        "price_ticks",
        "quantity_lots",
        "side",
        "status",
        "time_in_force",
        "updated_ns",
        "user_id",
    )

    def __init__(
        self,
        order_id: OrderId,
        command: PlaceOrder,
        instrument: Instrument,
        created_ns: int,
    ) -> None:
        self.order_id: Final = order_id
        self.user_id: Final = UserId(command.user_id)
        self.instrument: Final = instrument
        self.client_order_id: Final[str] = command.client_order_id
        self.side: Final[int] = command.side
        self.order_type: Final[int] = command.order_type
        self.time_in_force: Final[int] = command.time_in_force
        self.post_only: Final[bool] = command.post_only
        self.price_ticks: Final[int] = command.price_ticks
        self.quantity_lots: Final[int] = command.quantity_lots
        self.executed_lots = 0
        self.executed_quote_amount = 0
        self.fee_ppm_sum = 0
        self.status: int = NEW
        self.created_ns: Final = created_ns
        self.updated_ns = created_ns
        self.first_fills: list[Fill] | None = None
        self.previous: Order | None = None
        self.next: Order | None = None

    def is_open(self) -> bool:
        """Say whether it can still trade."""
        return self.status <= PARTIALLY_FILLED

    def hold_amount(self) -> int:
        """Return what the rest of a limit order must hold: base if it sells, quote if it buys.

        A buy order holds its price and the larger of the two fees, because it may yet take or
        make; what turns out cheaper is given back with each fill.
        """
        remaining_lots = self.quantity_lots - self.executed_lots
        if remaining_lots == 0:
            return 0
        instrument = self.instrument
        if self.side == SELL:
            return remaining_lots * instrument.base_per_lot
        quote_amount = remaining_lots * self.price_ticks * instrument.quote_per_tick_lot
        fee_ppm_sum = self.fee_ppm_sum
        fee_amount = fee_ceiling(fee_ppm_sum + quote_amount * instrument.fee_max_ppm)
        if fee_ppm_sum:
            fee_amount -= fee_ceiling(fee_ppm_sum)
        return quote_amount + fee_amount

    def fill(self, quantity_lots: int, quote_amount: int, fee_ppm: int, timestamp_ns: int) -> int:
        """Execute a part of it, at most what remains.

        Args:
            quantity_lots: Quantity of the fill.
            quote_amount: Price x quantity of the fill.
            fee_ppm: Rate of the fill.
            timestamp_ns: Engine time.

        Returns:
            The fee of the fill.
        """
        executed_lots = self.executed_lots + quantity_lots
        assert executed_lots <= self.quantity_lots
        self.executed_lots = executed_lots
        self.executed_quote_amount += quote_amount
        self.status = FILLED if executed_lots == self.quantity_lots else PARTIALLY_FILLED
        self.updated_ns = timestamp_ns
        charged_ppm_sum = self.fee_ppm_sum
        self.fee_ppm_sum = fee_ppm_sum = charged_ppm_sum + quote_amount * fee_ppm
        fee_amount = fee_ceiling(fee_ppm_sum)
        return fee_amount - fee_ceiling(charged_ppm_sum) if charged_ppm_sum else fee_amount

    def close(self, status: int, timestamp_ns: int) -> None:
        """End it as CANCELLED or EXPIRED."""
        assert self.status <= PARTIALLY_FILLED
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
        self.fee_ppm_sum = fee_ppm_sum

    def state(self) -> OrderState:
        """Return it as it is now."""
        return OrderState(
            self.order_id,
            self.user_id,
            self.instrument.market_id,
            self.client_order_id,
            self.side,
            self.order_type,
            self.time_in_force,
            self.post_only,
            self.price_ticks,
            self.quantity_lots,
            self.executed_lots,
            self.executed_quote_amount,
            fee_ceiling(self.fee_ppm_sum) if self.executed_lots else 0,
            self.status,
            self.created_ns,
            self.updated_ns,
        )

    def first_state(self) -> OrderState:
        """Return it as it was after the command that placed it. Complexity: O(first fills)."""
        executed_lots = tick_lots = fee_amount = 0
        for fill in self.first_fills or ():
            executed_lots += fill.quantity_lots
            tick_lots += fill.price_ticks * fill.quantity_lots
            fee_amount += fill.fee_amount
        return OrderState(
            self.order_id,
            self.user_id,
            self.instrument.market_id,
            self.client_order_id,
            self.side,
            self.order_type,
            self.time_in_force,
            self.post_only,
            self.price_ticks,
            self.quantity_lots,
            executed_lots,
            tick_lots * self.instrument.quote_per_tick_lot,
            fee_amount,
            self._first_status(executed_lots),
            self.created_ns,
            self.created_ns,
        )

    def repeats(self, command: PlaceOrder) -> bool:
        """Say whether a command with this order's client_order_id asks for this same order."""
        return (
            self.instrument.market_id == command.market_id
            and self.side == command.side
            and self.order_type == command.order_type
            and self.time_in_force == command.time_in_force
            and self.post_only == command.post_only
            and self.price_ticks == command.price_ticks
            and self.quantity_lots == command.quantity_lots
        )

    def _first_status(self, executed_lots: int) -> int:
        if executed_lots == self.quantity_lots:
            return FILLED
        if self.time_in_force != GTC:
            return EXPIRED
        return PARTIALLY_FILLED if executed_lots else NEW
