"""The parent's side of the witness: starts it, and gets what it has seen."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, final

import msgspec

from scripts.benches.feed.sightings import Sightings
from scripts.benches.feed.witness import READY, Assignment
from scripts.benches.workload import ROOT

# All that was seen is one line.
_LINE_BYTES_MAX: Final = 1 << 28
_DEADLINE_S: Final = 60.0


class WitnessError(Exception):
    """The process that reads the streams does not."""


@final
class Witnessing:
    """A witness at work."""

    def __init__(self, process: Process) -> None:
        self._process: Final = process

    async def begin(self, assignment: Assignment) -> None:
        """Have it subscribe.

        Raises:
            WitnessError: If it cannot.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(assignment) + b"\n")
        if await self._line() != READY:
            raise WitnessError("the witness is not subscribed")

    async def sightings(self) -> Sightings:
        """Have it stop, and return what it has seen.

        Raises:
            WitnessError: If it has failed.
        """
        assert self._process.stdin is not None
        self._process.stdin.close()
        return msgspec.json.decode(await self._line(), type=Sightings)

    async def close(self) -> None:
        """End it, if it has not ended."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def _line(self) -> bytes:
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(_DEADLINE_S):
                line = await self._process.stdout.readline()
        except TimeoutError:
            raise WitnessError("the witness does not answer") from None
        if not line:
            raise WitnessError("the witness has ended by itself")
        return line


@asynccontextmanager
async def witnessed(assignment: Assignment) -> AsyncIterator[Witnessing]:
    """Have a process read the streams for a while.

    Raises:
        WitnessError: If it cannot be subscribed.
    """
    witness = Witnessing(
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "scripts.benches.feed.witness",
            stdin=PIPE,
            stdout=PIPE,
            cwd=ROOT,
            limit=_LINE_BYTES_MAX,
        )
    )
    try:
        await witness.begin(assignment)
        yield witness
    finally:
        await witness.close()
