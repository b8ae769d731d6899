"""Requests of the user: which wait, which are on their way, and what became of them.

Theory of operation
-------------------
    waiting ── sent ──▶ on its way ── answered ──▶ done
       ▲                    │
       └── connection lost ─┘        a deadline passes, or it may not be sent twice ──▶ done

Requests are sent in the order in which they were made, and at most IN_FLIGHT_MAX wait for their
answers, which is what the exchange takes. When the connection is lost, what was on its way goes
back to the front of those that wait, in the same order, if it is safe to repeat: an order that has
a name is placed once however often it is sent, a cancellation finds the order cancelled, a question
changes nothing. The others are told that their outcome is unknown. So are those that are not taken
when they are sent again (the matcher is away, the rate too high): that says nothing of the first
time.

All have the same time from making to deadline, so the oldest is always the next to expire.
"""

from collections import deque
from typing import Final, Generic, TypeVar, final

import msgspec
from msgspec import Raw
from msgspec.json import Decoder

from gateway.client.errors import (
    OUTCOME_UNKNOWN,
    ClientError,
    OutcomeUnknownError,
    ProtocolError,
    RefusedError,
    UnavailableError,
)

AnswerT = TypeVar("AnswerT", covariant=True)

# The exchange refuses more of one connection.
IN_FLIGHT_MAX: Final = 256
WAITING_MAX: Final = 10_000


@final
class Call(Generic[AnswerT]):
    """A request, and what became of it.

    Attributes:
        method: What is asked for, such as "PLACE_ORDER".
        parameters: Encoded already.
        is_repeatable: Whether sending it twice does no more than sending it once.
        client_order_id: Of the order that it places, or None.
        deadline_s: When nobody waits for it any more, on the clock of the session.
        was_sent: Whether it has left at least once.
        was_repeated: Whether it has left more than once.
        is_abandoned: Whether nobody waits for it any more: it is not sent then, or not again.
        is_done: Whether `outcome` has something to tell.
    """

    __slots__ = (
        "_answer", "_decoder", "_error", "client_order_id", "deadline_s", "is_abandoned",
        "is_done", "is_repeatable", "method", "parameters", "was_repeated", "was_sent",
    )  # fmt: skip

    def __init__(
        self,
        method: str,
        parameters: bytes,
        decoder: Decoder[AnswerT],
        *,
        is_repeatable: bool = True,
        client_order_id: str | None = None,
    ) -> None:
        self.method: Final = method
        self.parameters: Final = parameters
        self.is_repeatable: Final = is_repeatable
        self.client_order_id: Final = client_order_id
        self.deadline_s = 0.0
        self.was_sent = False
        self.was_repeated = False
        self.is_abandoned = False
        self.is_done = False
        self._decoder: Final = decoder
        self._answer: AnswerT | None = None
        self._error: ClientError | None = None

    def outcome(self) -> AnswerT:
        """Return the answer of a request that is done.

        Raises:
            ClientError: If there is none.
        """
        assert self.is_done
        if self._error is not None:
            raise self._error
        assert self._answer is not None
        return self._answer

    def answer(self, result: Raw) -> None:
        """Take the answer.

        Raises:
            ProtocolError: If it is none to this request, which is not done then.
        """
        try:
            self._answer = self._decoder.decode(result)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ProtocolError(f"not an answer to {self.method}: {error}") from None
        self.is_done = True

    def fail(self, error: ClientError) -> None:
        """Take an error in place of an answer."""
        self._error = error
        self.is_done = True

    def fail_unknown(self, why: str) -> None:
        """Tell that nobody knows what became of it."""
        self.fail(OutcomeUnknownError(why, self.method, self.client_order_id))


@final
class Calls:
    """The requests of one connection that are not done."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s: Final = timeout_s
        self._waiting: Final[deque[Call[object]]] = deque()
        self._in_flight: Final[dict[int, Call[object]]] = {}
        self._finished: list[Call[object]] = []

    def submit(self, call: Call[object], now_s: float) -> None:
        """Take a request.

        Raises:
            UnavailableError: If too many wait already; it will not be sent.
        """
        if len(self._waiting) >= WAITING_MAX:
            raise UnavailableError(f"{WAITING_MAX} requests wait already; this one was not taken")
        call.deadline_s = now_s + self._timeout_s
        self._waiting.append(call)

    def send_next(self, request_id: int) -> Call[object] | None:
        """Return the request to send now under an id; None if there is none, or no room for it."""
        while self._waiting and self._waiting[0].is_abandoned:
            self._waiting.popleft()
        if not self._waiting or len(self._in_flight) >= IN_FLIGHT_MAX:
            return None
        call = self._waiting.popleft()
        call.was_repeated = call.was_sent
        call.was_sent = True
        self._in_flight[request_id] = call
        return call

    def answered(self, request_id: int, result: Raw) -> None:
        """Take an answer. One that nobody waits for, such as one that came too late, is ignored.

        Raises:
            ProtocolError: If it is none to the request of this id.
        """
        call = self._in_flight.get(request_id)
        if call is not None:
            call.answer(result)
            del self._in_flight[request_id]
            self._finished.append(call)

    def refused(self, request_id: int, error: RefusedError) -> None:
        """Take a refusal in place of an answer."""
        call = self._in_flight.pop(request_id, None)
        if call is not None:
            if error.code in OUTCOME_UNKNOWN:
                call.fail_unknown(str(error))
            elif call.was_repeated and error.is_temporary:
                call.fail_unknown(f"no answer at first, and then {error}")
            else:
                call.fail(error)
            self._finished.append(call)

    def lost(self, *, may_repeat: bool) -> None:
        """The connection is gone: prepare to send again what may be sent again.

        Args:
            may_repeat: False if one of the requests itself ended the connection.
        """
        repeated = []
        for call in self._in_flight.values():
            if may_repeat and call.is_repeatable:
                repeated.append(call)
            else:
                call.fail_unknown("the connection was lost before the answer")
                self._finished.append(call)
        self._in_flight.clear()
        self._waiting.extendleft(reversed(repeated))

    def fail(self, error: ClientError) -> None:
        """End all of them: there will be no connection any more."""
        self.lost(may_repeat=False)
        while self._waiting:
            self._end_waiting(error)

    def due_s(self) -> float | None:
        """Return when the next deadline passes."""
        for call in self._in_flight.values():
            return call.deadline_s
        return self._waiting[0].deadline_s if self._waiting else None

    def expire(self, now_s: float) -> None:
        """End those whose deadline has passed."""
        for request_id, call in list(self._in_flight.items()):
            if call.deadline_s > now_s:
                break
            del self._in_flight[request_id]
            call.fail_unknown("no answer came in time")
            self._finished.append(call)
        while self._waiting and self._waiting[0].deadline_s <= now_s:
            self._end_waiting(UnavailableError("there was no connection in time; nothing was sent"))

    def take_finished(self) -> list[Call[object]]:
        """Return the requests that are done since the last time."""
        finished, self._finished = self._finished, []
        return finished

    def _end_waiting(self, error: ClientError) -> None:
        call = self._waiting.popleft()
        if call.was_sent:
            call.fail_unknown("the connection was lost before the answer")
        else:
            call.fail(error)
        self._finished.append(call)
