"""The clock of the paces."""

import asyncio

import pytest

import feed.paces
from feed.paces import run_paces


async def test_each_pace_has_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    # A tick is as short as can be; what counts is their number.
    monkeypatch.setattr(feed.paces, "_TICK_NS", 1)
    told: list[str] = []
    enough: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def advance(pace: str) -> None:
        told.append(pace)
        if told.count("1s") == 2 and not enough.done():
            enough.set_result(None)

    task = asyncio.create_task(run_paces(advance))
    await asyncio.wait_for(enough, 10)
    task.cancel()
    assert told[:22] == ([*["100ms"] * 10, "1s"] * 2)
