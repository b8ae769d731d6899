"""The crowd seen from the process that wants to know: starts it, and asks it."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Self, TypeVar, final

import msgspec
from msgspec import Struct

from scripts.watching.accounts import Goal, Recall, Seen, Told, Unrest
from scripts.watching.plan import Crowd

AnswerT = TypeVar("AnswerT", bound=Struct)

_ROOT: Final = Path(__file__).resolve().parents[2]
# What a long run has told is one line.
_LINE_BYTES_MAX: Final = 1 << 30
# On top of the time that a goal allows.
_ANSWER_MARGIN_S: Final = 20.0
_RECALL_TIMEOUT_S: Final = 60.0
_SUBSCRIBE_DEADLINE_S: Final = 15.0
_END_TIMEOUT_S: Final = 10.0


class AudienceError(Exception):
    """The subscribers' process did not answer, or a subscriber has nothing."""


@final
class Audience:
    """A process of WebSocket subscribers."""

    def __init__(self, process: Process) -> None:
        self._process: Final = process

    @classmethod
    async def start(cls, crowd: Crowd) -> Self:
        """Start the process; its subscribers connect by themselves.

        Raises:
            AudienceError: If the process ends at once.
        """
        audience = cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "scripts.watching.crowd",
                stdin=PIPE,
                stdout=PIPE,
                cwd=_ROOT,
                limit=_LINE_BYTES_MAX,
            )
        )
        await audience._say(crowd)
        return audience

    async def ask(self, goal: Goal) -> Seen:
        """Wait until every subscriber has reached a goal, or its time is over.

        Raises:
            AudienceError: If the process is gone, or silent.
        """
        return await self._ask(goal, Seen, goal.timeout_s + _ANSWER_MARGIN_S)

    async def misbehave(self, per_s: float) -> None:
        """Let subscribers cut connections and stop reading, so often a second; 0 ends it.

        Raises:
            AudienceError: If the process is gone.
        """
        await self._say(Unrest(per_s))

    async def recall(self) -> Told:
        """Return everything that subscribers were told.

        Raises:
            AudienceError: If the process is gone, or silent.
        """
        return await self._ask(Recall(), Told, _RECALL_TIMEOUT_S)

    async def close(self) -> None:
        """End the process."""
        stdin = self._process.stdin
        assert stdin is not None
        stdin.close()
        try:
            async with asyncio.timeout(_END_TIMEOUT_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _ask(self, question: Struct, answer: type[AnswerT], timeout_s: float) -> AnswerT:
        stdout = self._process.stdout
        assert stdout is not None
        await self._say(question)
        try:
            async with asyncio.timeout(timeout_s):
                line = await stdout.readline()
        except (OSError, TimeoutError) as error:
            raise AudienceError("the subscribers' process does not answer") from error
        if not line:
            raise AudienceError("the subscribers' process has ended")
        return msgspec.json.decode(line, type=answer)

    async def _say(self, message: Struct) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        try:
            stdin.write(msgspec.json.encode(message) + b"\n")
            async with asyncio.timeout(_ANSWER_MARGIN_S):
                await stdin.drain()
        except (OSError, TimeoutError) as error:
            raise AudienceError("the subscribers' process does not answer") from error


@asynccontextmanager
async def subscribed(crowd: Crowd) -> AsyncIterator[Audience]:
    """Run subscribers for a while, each of whom has every book and stream.

    Raises:
        AudienceError: If one gets none.
    """
    audience = await Audience.start(crowd)
    try:
        seen = await audience.ask(Goal({}, {}, _SUBSCRIBE_DEADLINE_S))
        for state in seen.subscribers:
            missing = [f"book of {m}" for m, book in state.books.items() if book.sequence < 0]
            if missing or not state.is_subscribed:
                what = f"{state.name} got no {(*missing, 'answer')[0]} at {crowd.url}"
                raise AudienceError("; ".join([what, *state.shown]))
        yield audience
    finally:
        await audience.close()
