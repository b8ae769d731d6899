"""The engine of obook, written in Go by others, as one of those that are compared.

A taker that would meet an order of its own user is cancelled instead, as by CANCEL_NEWEST.
"""

from typing import Final

import obook

from tests.independent.words import (
    BUY,
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
    Resting,
)

_FORCES: Final = {
    LIMIT_IOC: obook.IOC,
    LIMIT_FOK: obook.FOK,
    MARKET_IOC: obook.IOC,
    MARKET_FOK: obook.FOK,
}


class TheirExchange:
    """One book."""

    def __init__(self) -> None:
        self._book: Final = obook.Book()
        self._ids: Final[dict[int, int]] = {}
        self._numbers: Final[dict[int, int]] = {}

    def do(self, instruction: Instruction) -> Outcome:
        is_done = self._do(instruction)
        fills = [
            Fill(
                self._numbers[event.taker_id],
                self._numbers[event.maker_id],
                event.price,
                event.qty,
            )
            for event in self._book.events()
            if event.kind == obook.EventKind.TRADE
        ]
        return Outcome(is_done, fills)

    def book(self) -> Book:
        sides: dict[int, list[Resting]] = {obook.BUY: [], obook.SELL: []}
        for order in self._book.book():
            resting = Resting(self._numbers[order.order_id], order.price, order.qty - order.filled)
            sides[order.side].append(resting)
        return Book(sides[obook.BUY], sides[obook.SELL])

    def _do(self, instruction: Instruction) -> bool:
        book = self._book
        if isinstance(instruction, Place):
            result = book.submit(**_arguments(instruction))
            self._note(instruction, result.order_id)
            return result.status != obook.Status.REJECTED or _is_expired(result)
        order_id = self._ids.get(instruction.number, 0)
        if isinstance(instruction, Cancel):
            return book.cancel(order_id, instruction.user).status != obook.Status.REJECTED
        if isinstance(instruction, Reduce):
            result = book.reduce(order_id, instruction.lots, instruction.user)
            return result.status != obook.Status.REJECTED
        result = book.replace(order_id, **_arguments(instruction.order))
        if result.order_id == 0:
            return False
        self._note(instruction.order, result.order_id)
        return True

    def _note(self, order: Place, order_id: int) -> None:
        self._ids[order.number] = order_id
        self._numbers[order_id] = order.number


def _arguments(order: Place) -> dict[str, object]:
    return {
        "user": order.user,
        "side": obook.BUY if order.side == BUY else obook.SELL,
        "price": order.price,
        "qty": order.lots,
        "type": obook.MARKET if order.kind in MARKET_KINDS else obook.LIMIT,
        "tif": _FORCES.get(order.kind, obook.GTC),
        "post_only": order.kind == POST_ONLY,
    }


def _is_expired(result: obook.Result) -> bool:
    """Tell what is told as refused there and as expired here: that it does not rest, either way."""
    return result.reason in (
        obook.Reason.FOK_CANNOT_FILL,
        obook.Reason.MARKET_ORDER_NO_LIQUIDITY,
    )
