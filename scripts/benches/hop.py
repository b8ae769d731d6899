"""One durable order at a time over the mesh, beside an echo that syncs.

A real matcher and a bare echo process (`echo`) write to the same folder; one order is sent when
the last one was acknowledged. Both pay for one round trip over ipc and one fdatasync; the ratio
is what asyncio, the codec, the engine, the journal and its helper thread cost on top.
"""

import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import uvloop
import zmq

from proto.codec import encode
from proto.codes import BUY, GTC, LIMIT
from proto.commands import Deposit, PlaceOrder
from proto.frames import CommandFrame
from proto.markets import read_markets
from proto.replies import OrderReply, TransferReply
from scripts.benches.pairs import Comparison, compare
from scripts.benches.workload import ROOT
from scripts.launcher.valkey import EmbeddedValkey
from scripts.load.mesh import connected

ORDERS_PER_ROUND: Final = 300
REPLY_TIMEOUT_MS: Final = 20_000
PENDING_MAX: Final = 16
STOP_TIMEOUT_S: Final = 10.0
_USER_ID: Final = 1
_DEPOSIT: Final = 10**15


def bench_hop(pairs: int, data_dir: Path) -> list[Comparison]:
    """Measure one order, from its sending to its durable acknowledgement.

    Args:
        pairs: Rounds of each.
        data_dir: Both write below it, so to the same disk.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=data_dir))
        )
        endpoint = stack.enter_context(_matcher(folder))
        echo = stack.enter_context(_echo(folder))
        uvloop.run(_fund(endpoint))
        numbers = itertools.count(1)
        return [
            compare(
                "one durable order at a time",
                lambda: uvloop.run(_round(endpoint, numbers)),
                echo,
                "us an order",
                "a bare ROUTER that writes, fdatasyncs and echoes; no codec, engine or journal",
                pairs,
            )
        ]


async def _fund(endpoint: str) -> None:
    async with connected(endpoint, PENDING_MAX) as client:
        assets, _ = read_markets(ROOT / "markets.toml")
        for asset in assets:
            deposit = Deposit(
                client.next_request_id(), _USER_ID, asset.asset_id, _DEPOSIT, asset.name
            )
            assert isinstance(await client.send(deposit), TransferReply)


async def _round(endpoint: str, numbers: Iterator[int]) -> float:
    """Return what an order took, in microseconds; connecting does not count."""
    async with connected(endpoint, PENDING_MAX) as client:
        start_ns = time.perf_counter_ns()
        for number in itertools.islice(numbers, ORDERS_PER_ROUND):
            order = _order(client.next_request_id(), client.deadline_ns(), number)
            reply = await client.send(order)
            assert isinstance(reply, OrderReply), reply
        return (time.perf_counter_ns() - start_ns) / 1_000 / ORDERS_PER_ROUND


def _order(request_id: int, deadline_ns: int, number: int) -> PlaceOrder:
    """Make an order that rests; prices differ, as they do in a book."""
    price_ticks = 1_000 + number % 100
    return PlaceOrder(
        request_id,
        deadline_ns,
        1,
        _USER_ID,
        BUY,
        LIMIT,
        GTC,
        False,
        price_ticks,
        10,
        f"hop-{number}",
    )


@contextmanager
def _matcher(folder: Path) -> Iterator[str]:
    """Run a matcher with a Valkey of its own; yields its endpoint."""
    endpoint = f"ipc://{folder}/run/matcher-0.ipc"
    valkey = EmbeddedValkey(folder / "valkey", durable=False)
    valkey.start()
    try:
        environment = {
            **os.environ,
            "REDIS_URL": valkey.url,
            "TICKMESH_DATA_DIR": str(folder),
            "TICKMESH_MATCHER_ENDPOINT": endpoint,
        }
        command = [sys.executable, "-m", "matcher"]
        with _process(command, environment, subprocess.DEVNULL):
            yield endpoint
    finally:
        valkey.stop()


@contextmanager
def _echo(folder: Path) -> Iterator[Callable[[], float]]:
    """Run the echo; yields what measures a round of it."""
    endpoint = f"ipc://{folder}/echo.ipc"
    command = [sys.executable, "-m", "scripts.benches.echo", endpoint, str(folder / "echo.log")]
    with (
        _process(command, os.environ, subprocess.PIPE) as process,
        zmq.Context() as context,
        context.socket(zmq.DEALER) as dealer,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        dealer.setsockopt(zmq.RCVTIMEO, REPLY_TIMEOUT_MS)
        dealer.setsockopt(zmq.LINGER, 0)
        dealer.connect(endpoint)
        # The same bytes as one order of ours.
        payload = encode(CommandFrame([_order(1 << 40, time.time_ns(), 1)]))

        def measure() -> float:
            start_ns = time.perf_counter_ns()
            for _ in range(ORDERS_PER_ROUND):
                dealer.send(payload)
                dealer.recv()
            return (time.perf_counter_ns() - start_ns) / 1_000 / ORDERS_PER_ROUND

        yield measure


@contextmanager
def _process(
    command: list[str], environment: "os._Environ[str] | dict[str, str]", output: int
) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
