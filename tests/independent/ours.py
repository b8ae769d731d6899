"""The engine of this exchange, as one of those that are compared."""

from typing import Final

from matcher.core.engine import Engine
from matcher.core.ladder import Ladder
from proto import codes
from proto.commands import (
    AmendOrder,
    CancelOrder,
    Command,
    DefineAsset,
    DefineMarket,
    Deposit,
    OrderTerms,
    PlaceOrder,
    ReplaceOrder,
)
from proto.definitions import AssetDefinition, MarketDefinition
from proto.events import EventBatch
from proto.replies import Rejected, Reply
from tests.applying import apply_to
from tests.independent.flow import USERS
from tests.independent.words import (
    LIMIT_FOK,
    LIMIT_IOC,
    MARKET_FOK,
    MARKET_IOC,
    MARKET_KINDS,
    POST_ONLY,
    Book,
    Cancel,
    Fill,
    Instruction,
    Outcome,
    Place,
    Reduce,
    Replace,
    Resting,
)

_MARKET: Final = MarketDefinition(1, "GOLD_INR", 2, 1, 0, 1, 0, 1, 10_000, 1, 10_000, 0, 0, 0)
# No order has it; it stands for one that was refused.
_NO_ORDER: Final = 1 << 60
_FORCES: Final = {
    LIMIT_IOC: codes.IOC,
    LIMIT_FOK: codes.FOK,
    MARKET_IOC: codes.IOC,
    MARKET_FOK: codes.FOK,
}


class OurExchange:
    """One market of two assets without decimals: amounts are lots and ticks.

    Orders prevent self-trades as the other engine does.
    """

    def __init__(self) -> None:
        self._engine: Final = Engine(0)
        self._ids: Final[dict[int, int]] = {}
        self._numbers: Final[dict[int, int]] = {}
        for asset_id, name in ((1, "INR"), (2, "GOLD")):
            self._found(DefineAsset(0, AssetDefinition(asset_id, name, 0)))
        self._found(DefineMarket(0, _MARKET))
        for user_id in USERS:
            for asset_id in (1, 2):
                self._found(Deposit(0, user_id, asset_id, 10**12, f"{user_id}-{asset_id}"))

    def do(self, instruction: Instruction) -> Outcome:
        _, events = self._apply(self._command(instruction))
        placed, done = _expected(instruction)
        changed = [report.order.order_id for report in events.reports if report.report == done]
        if placed is not None and changed:
            (order_id,) = changed
            self._ids[placed.number] = order_id
            self._numbers[order_id] = placed.number
        fills = [
            Fill(
                self._numbers[trade.taker_order_id],
                self._numbers[trade.maker_order_id],
                trade.price_ticks,
                trade.quantity_lots,
            )
            for trade in events.trades
        ]
        return Outcome(bool(changed), fills)

    def book(self) -> Book:
        book = self._engine._state.markets[1].book
        return Book(self._side(book.bids), self._side(book.asks))

    def _side(self, ladder: Ladder) -> list[Resting]:
        return [
            Resting(
                self._numbers[order.order_id],
                order.price_ticks,
                order.quantity_lots - order.executed_lots,
            )
            for order in ladder.orders()
        ]

    def _command(self, instruction: Instruction) -> Command:
        if isinstance(instruction, Place):
            return self._place(instruction)
        order_id = self._ids.get(instruction.number, _NO_ORDER)
        if isinstance(instruction, Cancel):
            return CancelOrder(0, 0, 1, instruction.user, order_id, "")
        if isinstance(instruction, Reduce):
            return AmendOrder(0, 0, 1, instruction.user, order_id, "", 0, instruction.lots)
        return ReplaceOrder(order_id, "", self._place(instruction.order))

    def _place(self, place: Place) -> PlaceOrder:
        return PlaceOrder(
            0,
            0,
            1,
            place.user,
            place.side,
            codes.MARKET if place.kind in MARKET_KINDS else codes.LIMIT,
            _FORCES.get(place.kind, codes.GTC),
            place.kind == POST_ONLY,
            place.price,
            place.lots,
            "",
            OrderTerms(self_trade=codes.CANCEL_NEWEST),
        )

    def _found(self, command: Command) -> None:
        reply, _ = self._apply(command)
        assert not isinstance(reply, Rejected), reply

    def _apply(self, command: Command) -> tuple[Reply, EventBatch]:
        return apply_to(self._engine, self._engine.sequence + 1, command)


def _expected(instruction: Instruction) -> tuple[Place | None, int]:
    """Return the order that an instruction places, if any, and the report that it was done."""
    if isinstance(instruction, Place):
        return instruction, codes.REPORT_ACCEPTED
    if isinstance(instruction, Replace):
        return instruction.order, codes.REPORT_ACCEPTED
    if isinstance(instruction, Cancel):
        return None, codes.REPORT_CANCELLED
    return None, codes.REPORT_AMENDED
