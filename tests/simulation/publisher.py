"""Carries events from a matcher to the stream, as `matcher.publisher` does, in virtual time.

What waits for Redis, and what is left out when too much does, is the real `Backlog`'s business. An
entry is sent again until it is known to be there; Redis may have had it all along.
"""

from collections.abc import Callable
from typing import Final, final

from matcher.backlog import Backlog
from matcher.core.events import Events
from matcher.history_entry import history_entry
from tests.simulation.schedule import MILLISECOND_NS, Action
from tests.simulation.stream import AwayError
from tests.simulation.world import World

_ENTRY_BYTES: Final = 1_024
_PIPELINE_ENTRIES: Final = 4


@final
class SimulatedPublisher:
    """The publisher of one life of a matcher."""

    def __init__(self, world: World, after: Callable[[int, Action], None]) -> None:
        self._world: Final = world
        self._after: Final = after
        self._backlog: Final = Backlog(world.profile.stream_messages * _ENTRY_BYTES)
        self._flying = False

    def publish(self, batch: Events) -> None:
        """Take the next batch."""
        self._backlog.add(batch.first_sequence, batch.last_sequence, history_entry([batch]))
        self._fly_soon()

    def _fly_soon(self) -> None:
        if self._backlog and not self._flying:
            self._flying = True
            self._after(self._world.dice.randrange(MILLISECOND_NS), self._send)

    def _send(self) -> None:
        entries = self._backlog.first(_PIPELINE_ENTRIES)
        answered = self._world.dice.random() < 0.98
        try:
            for last_sequence, data in entries:
                self._world.stream.add(last_sequence, data)
        except AwayError:
            answered = False
        if answered:
            self._after(
                self._world.dice.randrange(MILLISECOND_NS), lambda: self._sent(len(entries))
            )
        else:
            self._after(50 * MILLISECOND_NS, lambda: self._sent(0))

    def _sent(self, entries: int) -> None:
        self._backlog.remove(entries)
        self._flying = False
        self._fly_soon()
