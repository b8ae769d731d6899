"""What a client wants done, under a name that outlives any number of attempts."""

from typing import Final, final

from msgspec.structs import replace

from proto.commands import AmendOrder, CancelAll, CancelAllAfter, CancelOrder, PlaceOrder
from proto.events import OrderState
from proto.mesh.repetition import Message, is_repeatable
from proto.replies import Reply

_WithDeadline = PlaceOrder | CancelOrder | AmendOrder | CancelAll | CancelAllAfter


@final
class Operation:
    """One order, change, cancel, transfer or question.

    Attributes:
        message: The first attempt's message, without request id and deadline.
        answers: What the client was told, by any attempt.
        is_over: Whether the client asks no more.
        found: The order, where the client asked for it and was told.
        never: Whether it was told that no such order was placed, or ever will be.
        request_ids: Its attempts.
        last_deadline_ns: No attempt so far is applied after that.
    """

    __slots__ = (
        "answers",
        "found",
        "is_over",
        "last_deadline_ns",
        "message",
        "never",
        "request_ids",
    )

    def __init__(self, message: Message) -> None:
        self.message: Final = message
        self.answers: Final[list[Reply]] = []
        self.is_over = False
        self.found: OrderState | None = None
        self.never = False
        self.request_ids: Final[list[int]] = []
        self.last_deadline_ns = 0

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be sent again without being done twice."""
        return is_repeatable(self.message)

    def attempt(self, request_id: int, deadline_ns: int) -> Message:
        """Make the message of one more attempt."""
        self.request_ids.append(request_id)
        self.last_deadline_ns = max(self.last_deadline_ns, deadline_ns)
        if isinstance(self.message, _WithDeadline):
            return replace(self.message, request_id=request_id, deadline_ns=deadline_ns)
        return replace(self.message, request_id=request_id)
