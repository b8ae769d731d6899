"""Orders that depend on each other: one cancels the other, or one places the others.

Theory of operation
-------------------
An OCO is a pair. An OTO is a first order and others: one, or a pair. So a list has at most two
questions open: has the first been filled yet (`waits_for_first`), and is the pair still a pair
(`is_paired`). The list is done when neither is.

The two of a pair that are not pending hold the larger of their two holds: the first its own, the
second what its own is more than that (`held_amount`).
"""

from typing import TYPE_CHECKING, Final, final

from proto.codes import OTO, PENDING
from proto.ids import OrderId

if TYPE_CHECKING:
    from matcher.core.order import Order


@final
class OrderList:
    """A list of orders.

    Attributes:
        list_type: OCO or OTO.
        list_id: Identifier of its first order.
        orders: All of them, in the order in which they were given.
        waits_for_first: Whether the others of an OTO are pending.
        is_paired: Whether two of them are still a pair.
    """

    __slots__ = ("is_paired", "list_id", "list_type", "orders", "waits_for_first")

    def __init__(self, list_type: int, list_id: OrderId) -> None:
        self.list_type: Final = list_type
        self.list_id: Final = list_id
        self.orders: Final[list[Order]] = []
        self.waits_for_first = list_type == OTO
        self.is_paired = False

    def join(self, order: "Order") -> None:
        """Add an order, the first one first."""
        self.orders.append(order)
        self.is_paired = len(self.others()) == 2

    def others(self) -> list["Order"]:
        """Return the pair, or the one order that the first of an OTO places."""
        return self.orders[1:] if self.list_type == OTO else self.orders

    def is_done(self) -> bool:
        """Say whether its orders no longer depend on each other."""
        return not self.waits_for_first and not self.is_paired

    def partner(self, order: "Order") -> "Order | None":
        """Return the other of a pair; None where there is none (any more)."""
        if not self.is_paired or (self.list_type == OTO and order is self.orders[0]):
            return None
        first, second = self.others()
        return second if order is first else first

    def pair_amount(self) -> int:
        """Return what both of a pair hold together."""
        return max(order.hold_amount() for order in self.others())


def held_amount(order: "Order") -> int:
    """Return what an open order holds: less than its `hold_amount` for the second of a pair."""
    if order.status == PENDING:
        return 0
    special = order.special
    if special is not None and special.order_list is not None:
        order_list = special.order_list
        if order_list.partner(order) is not None:
            first, second = order_list.others()
            if order is second:
                return max(0, second.hold_amount() - first.hold_amount())
    return order.hold_amount()
