"""Lanes that note when operations leave and when their replies come."""

import time
from collections.abc import Callable
from typing import Final, final

from scripts.benches.feed.sightings import Log
from scripts.load.operations import ACKNOWLEDGED, Lane, Operation, Outcome, Owner, Place


@final
class TimedLane:
    """A lane around another one; its first operation, which has to connect, is not noted."""

    def __init__(self, make_lane: Callable[[Owner], Lane], owner: Owner, log: Log) -> None:
        """Note into a log.

        Args:
            make_lane: Makes the lane that carries operations, given who is told their outcomes.
            owner: Is told them after they were noted.
            log: Shared by all lanes.
        """
        self._owner: Final = owner
        self._log: Final = log
        self._lane: Final = make_lane(self)
        self._name = ""
        self._is_open = False

    def submit(self, operation: Operation) -> None:
        log, self._name = self._log, ""
        if isinstance(operation, Place) and self._is_open:
            name = operation.client_order_id
            if name in log.sent:
                # What was seen of it may be of the first time.
                log.repeated += 1
            else:
                self._name = name
                log.sent[name] = time.monotonic_ns()
        self._lane.submit(operation)

    def on_outcome(self, outcome: Outcome) -> None:
        now_ns = time.monotonic_ns()
        self._is_open = True
        name, log = self._name, self._log
        if name:
            if outcome.kind == ACKNOWLEDGED:
                log.replied[name] = now_ns
                for fill in outcome.fills:
                    log.trades[str(fill.trade_id)] = log.sent[name]
            else:
                del log.sent[name]
        self._owner.on_outcome(outcome)

    def expire(self, now_ns: int) -> None:
        self._lane.expire(now_ns)

    def close(self) -> None:
        self._lane.close()
