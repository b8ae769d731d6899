"""How history fares, for the log: why it waits, said once, and that it goes on."""

import logging
from typing import Final, final

from persist.continuity import MissingEventsError
from persist.lookout import ForeignHistoryError

_LOG: Final = logging.getLogger("persist")


@final
class Condition:
    """What has been told and not been recovered from.

    Attributes:
        progressed: Whether anything has worked since this was set to False.
    """

    def __init__(self) -> None:
        self.progressed = False
        self._told: Final[set[type[Exception]]] = set()

    def on_written(self) -> None:
        """Take note that history is written."""
        if self._told:
            self._told.clear()
            _LOG.info("history goes on")

    def on_trouble(self, error: Exception) -> None:
        """Say why history waits, once for each kind of reason until it goes on."""
        if type(error) in self._told:
            return
        self._told.add(type(error))
        if isinstance(error, MissingEventsError):
            _LOG.warning(
                "the events of %s are not in the stream: Redis has lost them, or the database is "
                "older. The matcher is asked for them, from its journal",
                error,
            )
        elif isinstance(error, ForeignHistoryError):
            _LOG.error("history waits: %s", error)
        else:
            text = " ".join(str(error).split())
            _LOG.warning("history waits and is retried: %s: %s", type(error).__name__, text)
