"""A matcher, a persist and a load on them, as processes; and what their journal says."""

import asyncio
import contextlib
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from matcher.core.engine import Engine
from matcher.journal.archive import JournalWithArchive
from matcher.journal.disk import FolderDisk
from matcher.journal.reader import JournalReader
from matcher.replaying import replay
from proto.codes import BUY, GTC, LIMIT, SELL
from proto.commands import PlaceOrder
from proto.events import EventBatch
from proto.mesh.client import MeshClient
from proto.mesh.errors import MeshError
from proto.replies import OrderReply
from tests.applying import batch_of
from tests.integration.matcher.harness import Matcher, fund
from tests.integration.persist.conftest import connected
from tests.integration.persist.evidence import assert_history, position
from tests.integration.persist.exchange import Exchange
from tests.waiting import until

_ROOT = Path(__file__).resolve().parents[3]
_USERS: Final = 4
_WORKERS: Final = 12


class Journaled(Exchange):
    """The exchange that a journal tells of, made without anything that ran it."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__()
        self.engine = Engine(0)
        self.batches: list[EventBatch] = []
        folder = data_dir / "journal"
        disk = JournalWithArchive(FolderDisk(folder), FolderDisk(folder / "archive"))
        for record in JournalReader(disk, 0, live=True).records():
            self.batches.append(batch_of(replay(self.engine, record)))


class Persist:
    """A persist, killed and started as often as a test wants."""

    def __init__(self, data_dir: Path, redis_url: str, database_url: str) -> None:
        self.log = data_dir / "persist.log"
        self._environment = {
            **os.environ,
            "REDIS_URL": redis_url,
            "DATABASE_URL": database_url,
            "TICKMESH_DATA_DIR": str(data_dir),
        }
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "persist", cwd=_ROOT, env=self._environment, stderr=log
            )

    async def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)
            await self._process.wait()

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")


class Load:
    """Clients that trade until they are told to stop, and ask again until they are answered.

    Attributes:
        answered: Orders that were answered.
    """

    def __init__(self, client: MeshClient) -> None:
        self.answered = 0
        self._client = client
        self._stopping = False
        self._tasks = [asyncio.create_task(self._trade(number)) for number in range(_WORKERS)]

    async def until_answered(self, orders: int) -> None:
        """Wait until that many more orders are answered."""
        wanted = self.answered + orders
        await until(lambda: self.answered >= wanted)

    async def stop(self) -> None:
        self._stopping = True
        await asyncio.gather(*self._tasks)

    async def _trade(self, worker: int) -> None:
        rnd = random.Random(worker)
        number = 0
        while not self._stopping:
            number += 1
            order = (rnd.choice((BUY, SELL)), 1_990 + rnd.randint(0, 20), rnd.randint(1, 9))
            while not await self._answered(1 + worker % _USERS, f"w{worker}-{number}", *order):
                # Away for a moment: the name makes it safe to ask again.
                await asyncio.sleep(0.02)
            self.answered += 1

    async def _answered(self, user_id: int, name: str, side: int, price: int, lots: int) -> bool:
        client = self._client
        command = PlaceOrder(
            client.next_request_id(), client.deadline_ns(), 1, user_id, side, LIMIT, GTC, False,
            price, lots, name,
        )  # fmt: skip
        try:
            return isinstance(await client.send(command), OrderReply)
        except MeshError:
            return False


@contextlib.asynccontextmanager
async def loaded(matcher: Matcher) -> AsyncIterator[Load]:
    """Load a matcher; at the end every order is answered."""
    async with matcher.client(timeout_s=2.0) as client:
        await fund(client, _USERS)
        load = Load(client)
        try:
            yield load
        finally:
            await load.stop()


async def assert_whole(matcher: Matcher, database_url: str) -> None:
    """Wait until the history has caught up by itself, and compare it with the journal's replay."""
    journaled = Journaled(matcher.data_dir)
    async with connected(database_url) as connection:

        async def caught_up() -> bool:
            return await position(connection) >= journaled.engine.sequence

        await until(caught_up, deadline_s=60.0)
        await assert_history(connection, journaled)
