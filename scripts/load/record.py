"""What the clients saw: the one side of every audit.

One entry for each order by its client_order_id, updated by what later replies said, and every
fill that a reply told a taker. Everything here was acknowledged; the exchange must stand by it.
"""

from collections import Counter
from typing import Final, NamedTuple, final

from proto.codes import NEW, PARTIALLY_FILLED, STATUS_NAMES
from scripts.load.operations import Cancel, Outcome, Place

RESTING_STATUSES: Final = frozenset({STATUS_NAMES[NEW], STATUS_NAMES[PARTIALLY_FILLED]})


class SeenOrder(NamedTuple):
    """An order as replies showed it.

    Attributes:
        order_id: Its id.
        user_id: Who placed it.
        market_id: Where.
        placed_status: Its status in the reply to the placement.
        status: Its status in the last reply about it.
    """

    order_id: int
    user_id: int
    market_id: int
    placed_status: str
    status: str


class TakerFill(NamedTuple):
    """A fill that a taker was told of."""

    trade_id: int
    market_id: int
    taker_order_id: int
    price: str
    quantity: str


@final
class Record:
    """What clients saw.

    Attributes:
        orders: Acknowledged orders by client_order_id.
        fills: Fills told to takers.
        refused: client_order_ids of placements that a rule refused.
        unsettled: client_order_ids of placements whose outcome no reply ever told.
        troubles: Replies and losses that were no acknowledgement, counted by word.
        retries: Operations sent again.
        cancels: Cancels acknowledged.
        late_cancels: Cancels that came after the order had left the book; no trouble.
    """

    def __init__(self) -> None:
        self.orders: Final[dict[str, SeenOrder]] = {}
        self.fills: Final[list[TakerFill]] = []
        self.refused: Final[set[str]] = set()
        self.unsettled: Final[set[str]] = set()
        self.troubles: Final[Counter[str]] = Counter()
        self.retries = 0
        self.cancels = 0
        self.late_cancels = 0

    def placed(self, place: Place, outcome: Outcome) -> None:
        """Take the acknowledgement of an order."""
        self.orders[place.client_order_id] = SeenOrder(
            outcome.order_id, place.user_id, place.market_id, outcome.status, outcome.status
        )
        for fill in outcome.fills:
            self.fills.append(
                TakerFill(
                    fill.trade_id, place.market_id, outcome.order_id, fill.price, fill.quantity
                )
            )

    def cancelled(self, cancel: Cancel, outcome: Outcome) -> None:
        """Take the acknowledgement of a cancel."""
        self.cancels += 1
        seen = self.orders[cancel.client_order_id]
        self.orders[cancel.client_order_id] = seen._replace(status=outcome.status)
