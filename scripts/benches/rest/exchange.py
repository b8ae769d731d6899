"""The exchanges that are measured, and what their processes use for it.

Either all of it, as `scripts/up` runs it: gateway, matcher, Redis, persist, PostgreSQL and feed. Or
only what an order waits for, with what the matcher publishes to: gateway, matcher and Redis.

A round begins with empty books, and when all that was left to do after the round before is done:
the history follows an exchange under full load, and its work is not for another round to pay.
"""

import http.client
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, final

import msgspec
import uvloop

from proto.commands import Deposit
from proto.replies import Rejected
from scripts.benches.findings import BenchError, Fact
from scripts.benches.own_matcher import own_matcher, own_process
from scripts.benches.processor_time import processor_time
from scripts.benches.rest.generator import Generator
from scripts.benches.rest.requests import HOST
from scripts.benches.rest.rounds import Answered
from scripts.benches.workload import USER_IDS, founding_commands
from scripts.faults.exchange import own_exchange
from scripts.faults.processes import family
from scripts.launcher.embedded import choose_port
from scripts.load.mesh import connected

_PENDING_MAX: Final = 256
_TIMEOUT_S: Final = 30.0
# All processes together use no more than this share of one processor while they have nothing to do.
_IDLE_SHARE: Final = 0.1
_LOOK_S: Final = 0.1
_SETTLE_DEADLINE_S: Final = 60.0


@final
class RestExchange:
    """An exchange that orders are sent to.

    Attributes:
        port: Where its gateway listens.
        endpoint: Where its matcher listens.
    """

    def __init__(self, port: int, endpoint: str, pids: Mapping[str, list[int]]) -> None:
        """Give its users what they need.

        Args:
            port: Where its gateway listens.
            endpoint: Where its matcher listens.
            pids: Its processes by what they are.
        """
        self.port: Final = port
        self.endpoint: Final = endpoint
        self._pids: Final = pids
        self._used_ns: Final[Counter[str]] = Counter()
        self._answered = 0
        uvloop.run(_fund(endpoint))

    def run(
        self, generator: Generator, connections: int, milliseconds: int, rate: int = 0
    ) -> Answered:
        """Run a round; see `Round`.

        Raises:
            BenchError: If it goes wrong, or the exchange does not come to rest after it.
        """
        before = self._processor_ns()
        answered = generator.run(self.port, connections, milliseconds, rate)
        used = self._processor_ns()
        used.subtract(before)
        self._used_ns.update(used)
        self._used_ns["load generator"] += answered.cpu_us * 1_000
        self._answered += sum(answered.statuses.values())
        self._clean()
        self._settle()
        return answered

    def costs(self, name: str) -> list[Fact]:
        """Return what an order has cost each process in all rounds, from its first to its last."""
        return [
            Fact(f"{name}: an order costs {who}", used_ns / self._answered / 1e3, "us")
            for who, used_ns in self._used_ns.items()
        ]

    def _processor_ns(self) -> Counter[str]:
        used: Counter[str] = Counter()
        for name, pids in self._pids.items():
            for pid in {member for root in pids for member in family(root)}:
                try:
                    used[name] += processor_time(pid).total_ns
                except FileNotFoundError:
                    # The database starts processes, and they end again.
                    continue
        return used

    def _clean(self) -> None:
        """Cancel what is open, so that the next round finds the books as this one did."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=_TIMEOUT_S)
        try:
            for user_id in USER_IDS:
                is_complete = False
                while not is_complete:
                    connection.request("DELETE", f"/api/v1/orders?user_id={user_id}")
                    answer = msgspec.json.decode(connection.getresponse().read(), type=_Cancelled)
                    is_complete = answer.is_complete
        finally:
            connection.close()

    def _settle(self) -> None:
        """Wait until nobody has anything to do."""
        end_s = time.monotonic() + _SETTLE_DEADLINE_S
        before = self._processor_ns().total()
        while time.monotonic() < end_s:
            start_ns = time.monotonic_ns()
            time.sleep(_LOOK_S)
            now = self._processor_ns().total()
            if now - before < _IDLE_SHARE * (time.monotonic_ns() - start_ns):
                return
            before = now
        raise BenchError(f"the exchange is still busy {_SETTLE_DEADLINE_S:g} s after a round")


class _Cancelled(msgspec.Struct):
    is_complete: bool


@contextmanager
def hot_path(folder: Path) -> Iterator[RestExchange]:
    """Run a gateway, a matcher and its Redis for a while; of the database there is nothing."""
    with own_matcher(folder) as matcher:
        port = choose_port()
        environment = {
            **os.environ,
            "TICKMESH_DATA_DIR": str(folder),
            "TICKMESH_HTTP_HOST": HOST,
            "TICKMESH_HTTP_PORT": str(port),
            "TICKMESH_MATCHER_ENDPOINT": matcher.endpoint,
            "DATABASE_URL": f"postgresql://{HOST}:{choose_port()}/none",
        }
        command = (sys.executable, "-m", "gateway")
        with own_process(command, environment, folder / "gateway.log") as gateway:
            pids = {"gateway": [gateway], "matcher": [matcher.pid], "Redis": [matcher.valkey_pid]}
            yield RestExchange(port, matcher.endpoint, pids)


@contextmanager
def whole_exchange(folder: Path) -> Iterator[RestExchange]:
    """Run all that `scripts/up` runs for a while."""
    with own_exchange(folder, os.environ, {}) as exchange:
        surroundings = exchange.surroundings
        port = int(surroundings.http_url.rpartition(":")[2])
        yield RestExchange(port, surroundings.matcher_endpoint, exchange.pids())


async def _fund(endpoint: str) -> None:
    async with connected(endpoint, _PENDING_MAX) as client:
        for command in founding_commands():
            # The markets are there: the matcher founds them itself.
            if isinstance(command, Deposit):
                request_id = client.next_request_id()
                reply = await client.send(msgspec.structs.replace(command, request_id=request_id))
                assert not isinstance(reply, Rejected), reply
