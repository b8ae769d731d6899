"""How long the journal's disk takes for a sync, seen from another process (`probe`)."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from scripts.benches.workload import ROOT

_DEADLINE_S: Final = 10.0
_MODULE: Final = "scripts.benches.persist.probe"


@asynccontextmanager
async def probed(folder: Path, measured_us: list[int]) -> AsyncIterator[None]:
    """Sync again and again meanwhile, as a matcher does.

    Args:
        folder: On the disk to measure.
        measured_us: Gets how long each sync took.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", _MODULE, str(folder)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(_DEADLINE_S):
            await process.stdout.readline()
        yield
        async with asyncio.timeout(_DEADLINE_S):
            output, _ = await process.communicate(b"")
        measured_us.extend(msgspec.json.decode(output, type=list[int]))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
