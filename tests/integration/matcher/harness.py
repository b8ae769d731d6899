"""Runs a real matcher process on a folder and a Redis, and talks to it over the mesh."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from proto.codes import BUY, GTC, LIMIT
from proto.commands import Deposit, PlaceOrder
from proto.mesh.client import MeshClient, MeshClientConfig
from proto.mesh.registry import StaticEndpoint
from proto.queries import LedgerQuery
from proto.replies import LedgerReply, OrderReply, TransferReply
from tests.waiting import until

DEADLINE_S = 20.0


class Matcher:
    """One matcher, restarted as often as a test wants."""

    def __init__(self, data_dir: Path, redis_url: str, **settings: str) -> None:
        self.data_dir = data_dir
        self.log = data_dir / "matcher.log"
        self._redis_url = redis_url
        self._settings = settings
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, file_bytes_max: int = resource.RLIM_INFINITY) -> None:
        """Start it; `file_bytes_max` makes a disk that takes no more than that of a file."""
        environment = {
            **os.environ,
            "REDIS_URL": self._redis_url,
            "TICKMESH_DATA_DIR": str(self.data_dir),
            **self._settings,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "matcher"],
                env=environment,
                stderr=log,
                preexec_fn=lambda: resource.setrlimit(
                    resource.RLIMIT_FSIZE, (file_bytes_max, resource.RLIM_INFINITY)
                ),
            )

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(DEADLINE_S)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    @asynccontextmanager
    async def client(self, timeout_s: float = DEADLINE_S) -> AsyncIterator[MeshClient]:
        client = MeshClient(
            StaticEndpoint(f"ipc://{self.data_dir}/run/matcher-0.ipc"),
            time.time_ns,
            MeshClientConfig(timeout_s=timeout_s, heartbeat_s=0.05),
        )
        await client.start()
        try:
            await until(lambda: client.connected)
            yield client
        finally:
            await client.close()


async def fund(client: MeshClient, users: int = 2) -> None:
    """Give users 1 to `users` plenty of INR (asset 1) and TATA (asset 2), once."""
    for user_id in range(1, users + 1):
        for asset_id in (1, 2):
            deposit = Deposit(
                client.next_request_id(),
                user_id,
                asset_id,
                10**12,
                f"seed-{user_id}-{asset_id}",
            )
            assert isinstance(await client.send(deposit), TransferReply)


def order(
    client: MeshClient,
    user_id: int = 1,
    side: int = BUY,
    price_ticks: int = 2000,
    quantity_lots: int = 10,
    client_order_id: str = "",
) -> PlaceOrder:
    return PlaceOrder(
        client.next_request_id(), client.deadline_ns(), 1, user_id, side, LIMIT, GTC, False,
        price_ticks, quantity_lots, client_order_id,
    )  # fmt: skip


async def placed(client: MeshClient, command: PlaceOrder) -> OrderReply:
    reply = await client.send(command)
    assert isinstance(reply, OrderReply), reply
    return reply


async def ledger(client: MeshClient) -> LedgerReply:
    reply = await client.send(LedgerQuery(client.next_request_id()))
    assert isinstance(reply, LedgerReply)
    for sums in reply.sums:
        assert sums.users_amount + sums.fees_amount == sums.deposited_amount - sums.withdrawn_amount
    return reply
