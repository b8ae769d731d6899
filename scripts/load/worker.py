"""Drives one connection: next operation, outcome, retry, next operation.

A state machine of callbacks rather than a task: it costs a few microseconds an operation. An
operation that was not taken, or whose outcome is unknown, is sent again after a jittered,
doubling pause until it is settled or too old. That is safe: a placement carries its
client_order_id, which the exchange applies once, and a cancel names its order.
"""

import random
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Final, final

from msgspec import Struct

from proto.codes import DEADLINE_PASSED, ORDER_NOT_OPEN, REASON_NAMES, UNKNOWN_ORDER
from scripts.load.flow import Flow
from scripts.load.operations import ACKNOWLEDGED, REFUSED, Lane, Operation, Outcome, Place
from scripts.load.pace import Pace
from scripts.load.record import RESTING_STATUSES, Record
from scripts.load.samples import Samples

PAUSE_FIRST_S: Final = 0.02
PAUSE_MAX_S: Final = 1.0
# An operation older than this is given up; longer than one restart of a matcher takes.
SETTLE_DEADLINE_NS: Final = 30_000_000_000
# Refusals that only say that the order left the book before the cancel came.
_LATE: Final = frozenset({REASON_NAMES[ORDER_NOT_OPEN], REASON_NAMES[UNKNOWN_ORDER]})
# A refusal that says that the command came too late to be applied: it may be sent again.
_TOO_OLD: Final = REASON_NAMES[DEADLINE_PASSED]


class Crew(Struct):
    """What all workers share.

    Attributes:
        loop: Event loop.
        clock_ns: Monotonic clock.
        start_ns: When the load starts.
        flow: What to do next.
        pace: When to do it.
        record: What was seen.
        places: Latencies of placements.
        cancels: Latencies of cancels.
        jitter: Source of the pauses' jitter.
        settle_deadline_ns: An operation older than this is given up.
    """

    loop: AbstractEventLoop
    clock_ns: Callable[[], int]
    start_ns: int
    flow: Flow
    pace: Pace
    record: Record
    places: Samples
    cancels: Samples
    jitter: random.Random
    settle_deadline_ns: int = SETTLE_DEADLINE_NS


@final
class Worker:
    """One connection's owner."""

    __slots__ = ("_attempts", "_crew", "_due_ns", "_number", "_operation", "lane")

    def __init__(self, number: int, crew: Crew, make_lane: Callable[["Worker"], Lane]) -> None:
        self._number: Final = number
        self._crew: Final = crew
        self.lane: Final = make_lane(self)
        self._operation: Operation | None = None
        self._due_ns = 0
        self._attempts = 0

    @property
    def busy(self) -> bool:
        """Whether an operation is not settled yet."""
        return self._operation is not None

    def begin(self) -> bool:
        """Begin the next operation if one is due; return whether it did."""
        due_ns = self._crew.pace.take()
        if due_ns is None:
            return False
        self._due_ns = due_ns
        self._attempts = 0
        self._operation = operation = self._crew.flow.next(self._number)
        self.lane.submit(operation)
        return True

    def give_up(self) -> None:
        """Leave the operation in hand, if there is one, unsettled."""
        if isinstance(self._operation, Place):
            self._crew.record.unsettled.add(self._operation.client_order_id)
        self._operation = None

    def on_outcome(self, outcome: Outcome) -> None:
        """Take the outcome of the operation in hand."""
        operation = self._operation
        if operation is None:
            # Given up; what comes now is too late to count.
            return
        if outcome.kind == ACKNOWLEDGED:
            self._acknowledged(operation, outcome)
        elif outcome.kind == REFUSED and outcome.trouble != _TOO_OLD:
            self._refused(operation, outcome)
        elif not self._again(operation, outcome):
            return
        self._operation = None
        self.begin()

    def _acknowledged(self, operation: Operation, outcome: Outcome) -> None:
        crew = self._crew
        now_ns = crew.clock_ns()
        if isinstance(operation, Place):
            crew.places.add(self._due_ns, now_ns, crew.start_ns)
            crew.record.placed(operation, outcome)
            if outcome.status in RESTING_STATUSES:
                crew.flow.rests(self._number, operation, outcome.order_id)
        else:
            crew.cancels.add(self._due_ns, now_ns, crew.start_ns)
            crew.record.cancelled(operation, outcome)

    def _refused(self, operation: Operation, outcome: Outcome) -> None:
        crew = self._crew
        if isinstance(operation, Place):
            crew.record.refused.add(operation.client_order_id)
            crew.record.troubles[outcome.trouble] += 1
        elif outcome.trouble in _LATE:
            crew.record.late_cancels += 1
            crew.cancels.add(self._due_ns, crew.clock_ns(), crew.start_ns)
        else:
            crew.record.troubles[outcome.trouble] += 1

    def _again(self, operation: Operation, outcome: Outcome) -> bool:
        """Send again after a pause; return True where it is time to give up instead."""
        crew = self._crew
        crew.record.troubles[outcome.trouble] += 1
        if crew.clock_ns() - self._due_ns > crew.settle_deadline_ns:
            if isinstance(operation, Place):
                crew.record.unsettled.add(operation.client_order_id)
            return True
        pause_s = min(PAUSE_FIRST_S * 2**self._attempts, PAUSE_MAX_S)
        self._attempts += 1
        crew.record.retries += 1
        crew.loop.call_later(pause_s * (0.5 + crew.jitter.random()), self.lane.submit, operation)
        return False
