"""The parent's side of the process of readers: starts it, asks it, ends it."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, final

import msgspec

from scripts.benches.feed.requests import Request, Seen
from scripts.benches.workload import ROOT

# All latencies of a window are one line.
_LINE_BYTES_MAX: Final = 1 << 26
# Longer than the process itself waits for anything.
_DEADLINE_S: Final = 90.0
_END_DEADLINE_S: Final = 10.0


class AudienceError(Exception):
    """The readers did not do what was asked of them."""


@final
class Audience:
    """A process that reads for many clients."""

    def __init__(self, process: Process) -> None:
        self._process: Final = process

    async def ask(self, request: Request) -> Seen:
        """Ask, and wait for the answer.

        Raises:
            AudienceError: If it could not be done, or the process does not answer.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(msgspec.json.encode(request) + b"\n")
            await stdin.drain()
            async with asyncio.timeout(_DEADLINE_S):
                line = await stdout.readline()
        except (OSError, TimeoutError) as error:
            raise AudienceError(f"the readers do not answer to {request}") from error
        if not line:
            raise AudienceError("the process of readers has ended")
        seen = msgspec.json.decode(line, type=Seen)
        if seen.failure:
            raise AudienceError(f"{request.group}: {seen.failure}")
        return seen

    async def close(self) -> None:
        """End the process, and with it all connections."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(_END_DEADLINE_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def audience() -> AsyncIterator[Audience]:
    """Run a process of readers for a while."""
    found = Audience(
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "scripts.benches.feed.readers",
            stdin=PIPE,
            stdout=PIPE,
            cwd=ROOT,
            limit=_LINE_BYTES_MAX,
        )
    )
    try:
        yield found
    finally:
        await found.close()
