"""A flow that both the engine and the package limit-order-book can do, once for each.

The package knows limit orders, market orders and cancels. What it does not know is told to it as
what it comes to, which a dry run of the engine knows:

- an order that must not rest (IOC, FOK, market) is given the quantity that it will trade, so that
  nothing of it is left; where it trades nothing, both do without it;
- a cancel that comes too late and an order that breaks a rule change nothing: both do without them;
- quantities are told in steps of the market's own, which all of them are multiples of: its numbers
  have 32 bits.

So its books hold the same orders after each command, and the engine's are what they were without
what was left out. All of this is in the package's favour: the engine still works out what may not
rest, and reports it.
"""

from collections.abc import Sequence
from math import gcd
from typing import Final, NamedTuple, final

from msgspec.structs import replace

from matcher.core.engine import Engine
from proto.codec import decode_reply
from proto.codes import BUY, FOK, IOC, MARKET
from proto.commands import CancelOrder, Command, PlaceOrder
from proto.ids import order_id_of
from proto.queries import OpenOrdersQuery
from proto.replies import OpenOrdersReply, OrderReply, Rejected, Reply
from scripts.benches import peer_operations
from scripts.benches.engine_round import Flow, frames_of
from scripts.benches.peer_operations import Operation, PeerFlow
from scripts.benches.workload import applied

# Quantities above this do not fit the package.
_QUANTITY_MAX: Final = (1 << 32) - 1


class SharedFlow(NamedTuple):
    """What both do.

    Attributes:
        flow: For the engine.
        peer: For the package.
        commands: How many are measured.
        trades: How many trades those make.
        resting: Orders that rest at the end.
    """

    flow: Flow
    peer: PeerFlow
    commands: int
    trades: int
    resting: int


def share(prepare: Sequence[Command], measure: Sequence[Command]) -> SharedFlow:
    """Leave out of a flow what the package cannot do, and translate the rest.

    Args:
        prepare: What is not measured, the founding of the exchange included.
        measure: What is measured.
    """
    step_lots: dict[int, int] = {}
    for command in (*prepare, *measure):
        if isinstance(command, PlaceOrder):
            step = step_lots.get(command.market_id, 0)
            step_lots[command.market_id] = gcd(step, command.quantity_lots)
    sieve = _Sieve(step_lots)
    prepared = sieve.pass_through(prepare)
    measured = sieve.pass_through(measure)
    return SharedFlow(
        Flow(frames_of(prepared.commands), frames_of(measured.commands)),
        PeerFlow(prepared.operations, measured.operations),
        len(measured.commands),
        measured.trades,
        sieve.resting(),
    )


@final
class _Passed:
    """What a part of a flow comes to."""

    def __init__(self) -> None:
        self.commands: Final[list[Command]] = []
        self.operations: Final[list[Operation]] = []
        self.trades = 0


@final
class _Sieve:
    """Applies commands to an engine, and keeps what changes something.

    Args:
        step_lots: For each market what all its quantities are multiples of.
    """

    def __init__(self, step_lots: dict[int, int]) -> None:
        self._step_lots: Final = step_lots
        self._engine: Final = Engine(0)
        # Without what is left out, orders have other sequences, so other identifiers.
        self._order_ids: Final[dict[int, int]] = {}
        self._kept = 0
        self._user_ids: Final[set[int]] = set()

    def pass_through(self, commands: Sequence[Command]) -> _Passed:
        """Apply commands, and return what both are to do."""
        passed = _Passed()
        for command in commands:
            reply = applied(self._engine, command, 1)
            if not isinstance(command, PlaceOrder | CancelOrder):
                assert not isinstance(reply, Rejected), (command, reply)
                passed.commands.append(command)
                self._kept += 1
                continue
            operation = self._operation(command, reply)
            if operation is None:
                continue
            self._kept += 1
            if isinstance(command, CancelOrder):
                command = replace(command, order_id=operation.arguments[0])
            else:
                assert isinstance(reply, OrderReply)
                passed.trades += len(reply.fills)
                self._user_ids.add(command.user_id)
            passed.commands.append(command)
            passed.operations.append(operation)
        return passed

    def resting(self) -> int:
        """Count the orders that rest."""
        resting = 0
        for user_id in self._user_ids:
            reply = decode_reply(self._engine.answer(OpenOrdersQuery(0, user_id, 0), 1))
            assert isinstance(reply, OpenOrdersReply)
            resting += len(reply.orders)
        return resting

    def _operation(self, command: PlaceOrder | CancelOrder, reply: Reply) -> Operation | None:
        """Translate a command that was answered; None where it changed nothing."""
        if not isinstance(reply, OrderReply):
            return None
        if isinstance(command, CancelOrder):
            order_id = self._order_ids[command.order_id]
            return Operation(command.market_id, peer_operations.CANCEL, (order_id,))
        order = reply.order
        rests = command.time_in_force not in (IOC, FOK)
        quantity_lots = command.quantity_lots if rests else order.executed_lots
        if quantity_lots == 0:
            return None
        order_id = order_id_of(0, self._kept + 1)
        self._order_ids[order.order_id] = order_id
        quantity, rest = divmod(quantity_lots, self._step_lots[command.market_id])
        assert rest == 0
        assert quantity <= _QUANTITY_MAX
        if command.order_type == MARKET:
            is_buy = command.side == BUY
            method = peer_operations.MARKET_BUY if is_buy else peer_operations.MARKET_SELL
            return Operation(command.market_id, method, (order_id, quantity))
        method = peer_operations.BUY if command.side == BUY else peer_operations.SELL
        return Operation(command.market_id, method, (order_id, quantity, command.price_ticks))
