"""The parent's side of the subscribers' process: starts it, sets goals, reads what was seen."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Self, final

import msgspec

from scripts.load.subscribers import Goal, Seen

_ROOT: Final = Path(__file__).resolve().parent.parent.parent
# A state with every trade of a long run is one line of some megabytes.
_LINE_BYTES_MAX: Final = 1 << 29
# On top of the time that a goal allows.
_ANSWER_MARGIN_S: Final = 20.0
_SUBSCRIBE_DEADLINE_S: Final = 15.0


class AudienceError(Exception):
    """The subscribers' process did not answer."""


@final
class Audience:
    """A process of WebSocket subscribers."""

    def __init__(self, process: Process) -> None:
        self._process: Final = process

    @classmethod
    async def start(cls, url: str, count: int, markets: Sequence[str]) -> Self:
        """Start the process; its subscribers connect by themselves."""
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "scripts.load.subscribers",
                url,
                str(count),
                *markets,
                stdin=PIPE,
                stdout=PIPE,
                cwd=_ROOT,
                limit=_LINE_BYTES_MAX,
            )
        )

    async def ask(self, goal: Goal) -> Seen:
        """Wait until every subscriber has reached a goal, or its time is over.

        Raises:
            AudienceError: If the process is gone, or silent.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(msgspec.json.encode(goal) + b"\n")
            await stdin.drain()
            async with asyncio.timeout(goal.timeout_s + _ANSWER_MARGIN_S):
                line = await stdout.readline()
        except (OSError, TimeoutError) as error:
            raise AudienceError("the subscribers' process does not answer") from error
        if not line:
            raise AudienceError("the subscribers' process has ended")
        return msgspec.json.decode(line, type=Seen)

    async def close(self) -> None:
        """End the process."""
        stdin = self._process.stdin
        assert stdin is not None
        stdin.close()
        try:
            async with asyncio.timeout(10):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def subscribed(url: str, count: int, markets: Sequence[str]) -> AsyncIterator[Audience]:
    """Run subscribers for a while, each of which has every book.

    Raises:
        AudienceError: If one gets none.
    """
    audience = await Audience.start(url, count, markets)
    try:
        seen = await audience.ask(Goal(dict.fromkeys(markets, 0), {}, _SUBSCRIBE_DEADLINE_S))
        for number, state in enumerate(seen.subscribers, 1):
            missing = [name for name, book in state.books.items() if book.sequence < 0]
            if missing:
                raise AudienceError(f"subscriber {number} got no book of {missing[0]} at {url}")
        yield audience
    finally:
        await audience.close()
