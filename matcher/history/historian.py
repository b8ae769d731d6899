"""Answers questions about the past, for as long as somebody asks, with a process that replays.

Theory of operation
-------------------
Nothing is replayed in the matcher's own process: trading must not notice. The first question
starts a process, which begins at the newest snapshot that lies early enough and ends by itself
when nobody asks any more. There is one at most, and one question at a time is before it; a few
more wait here, and further ones are turned away at once.

A question waits `ANSWER_TIMEOUT_S` and is then answered with nothing, which means: ask again. The
process goes on meanwhile, so the way through a long journal is not lost, and an answer that comes
too late is kept for whoever asks next.

A process that dies, or is silent for too long, is told in the log once and costs an answer. It is
not started again at once, and the matcher never fails for it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final, final

from matcher.history.process import HistoryProcess, HistoryProcessError

_LOG: Final = logging.getLogger("history")
ANSWER_TIMEOUT_S: Final = 5.0
QUESTIONS_MAX: Final = 8
# From the end of a process that failed to the start of the next.
_RESTART_S: Final = 1.0
_CLOSE_TIMEOUT_S: Final = 5.0


@final
class _Question:
    """What somebody waits for, until it is answered once."""

    __slots__ = ("_answer", "_timer", "first_sequence", "is_settled", "last_sequence")

    def __init__(
        self, first_sequence: int, last_sequence: int, answer: Callable[[bytes], None]
    ) -> None:
        self.first_sequence: Final = first_sequence
        self.last_sequence: Final = last_sequence
        self.is_settled = False
        self._answer: Final = answer
        self._timer: Final = asyncio.get_running_loop().call_later(
            ANSWER_TIMEOUT_S, self.settle, b""
        )

    def settle(self, batch: bytes) -> None:
        """Answer, if that has not been done."""
        if not self.is_settled:
            self.drop()
            self._answer(batch)

    def drop(self) -> None:
        """Never answer."""
        self.is_settled = True
        self._timer.cancel()


@final
class Historian:
    """Makes events of the past again (`matcher.sequencer.HistorySource`)."""

    def __init__(self, command: Sequence[str]) -> None:
        """Prepare; `start` begins.

        Args:
            command: Starts the process that replays, see `matcher/history/main.py`.
        """
        self._command: Final = command
        self._questions: Final[asyncio.Queue[_Question]] = asyncio.Queue(QUESTIONS_MAX)
        self._asked: _Question | None = None
        self._process: HistoryProcess | None = None
        # First sequence of an answer that came too late, and the answer.
        self._kept: tuple[int, bytes] = (0, b"")
        self._complained = False
        self._rests_until_s = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to answer, on the running loop."""
        self._task = asyncio.create_task(self._run(), name="historian")

    async def close(self) -> None:
        """Answer nothing any more, from the call on, and end the process."""
        assert self._task is not None
        # Before anything is waited for: those who would send the answers may be closed already.
        if self._asked is not None:
            self._asked.drop()
        while not self._questions.empty():
            self._questions.get_nowait().drop()
        self._task.cancel()
        # A library can swallow a cancellation; the stop does not hang on it.
        await asyncio.wait([self._task], timeout=_CLOSE_TIMEOUT_S)
        if self._process is not None:
            await self._process.end()

    def ask(self, first_sequence: int, last_sequence: int, answer: Callable[[bytes], None]) -> None:
        """See `HistorySource`; answers with nothing where too many wait or it takes too long."""
        if self._questions.full():
            answer(b"")
        else:
            self._questions.put_nowait(_Question(first_sequence, last_sequence, answer))

    async def _run(self) -> None:
        while True:
            self._asked = await self._questions.get()
            await self._take(self._asked)

    async def _take(self, question: _Question) -> None:
        if question.is_settled:
            return
        if self._kept[0] == question.first_sequence:
            batch = self._kept[1]
        else:
            batch = await self._make(question.first_sequence, question.last_sequence)
        came_too_late = batch and question.is_settled
        self._kept = (question.first_sequence, batch) if came_too_late else (0, b"")
        question.settle(batch)

    async def _make(self, first_sequence: int, last_sequence: int) -> bytes:
        """Have events made; nothing where that fails."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._rests_until_s:
            return b""
        try:
            if self._process is not None and self._process.has_ended:
                await self._end_process()
            if self._process is None:
                self._process = await HistoryProcess.start(self._command)
            batch = await self._process.make(first_sequence, last_sequence)
        except (HistoryProcessError, OSError) as error:
            status = await self._end_process()
            self._rests_until_s = loop.time() + _RESTART_S
            if not self._complained:
                self._complained = True
                _LOG.warning(
                    "events from sequence %d on cannot be made again for now: %s (status %s). "
                    "Trading goes on.",
                    first_sequence,
                    error,
                    status,
                )
            return b""
        if self._complained:
            self._complained = False
            _LOG.info("events of the past can be made again")
        return batch

    async def _end_process(self) -> int | None:
        process, self._process = self._process, None
        return await process.end() if process is not None else None
