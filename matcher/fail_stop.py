"""Stops a matcher that must not go on: a disk that did not take a record, or a bug.

From the first failure on nothing is acknowledged, whatever is still running. The process then ends
with a status that has it started again; what was not acknowledged was never promised.
"""

import asyncio
import logging
from typing import Final, final

from matcher.sequencer import Sequencer

_LOG: Final = logging.getLogger("matcher")


@final
class FailStop:
    """The way out.

    Attributes:
        failed: Set at the first failure.
    """

    def __init__(self, sequencer: Sequencer) -> None:
        self.failed: Final = asyncio.Event()
        self._sequencer: Final = sequencer

    def on_journal_error(self, error: OSError) -> None:
        """Take note that a record may not be on disk."""
        self._fail(f"the journal cannot be written: {error}")

    def on_loop_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """Take note of an exception that nobody caught: a bug, and state may be wrong."""
        loop.default_exception_handler(context)
        self._fail(f"{context.get('message')}: {context.get('exception')!r}")

    def _fail(self, message: str) -> None:
        # Nothing is acknowledged after this line.
        self._sequencer.halt()
        self.failed.set()
        _LOG.critical("stopping, nothing more is acknowledged: %s", message)
