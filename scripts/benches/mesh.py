"""Durable orders a second over the mesh, beside an echo of the same frames.

Two client processes send frames of orders and cancels that were made beforehand, and count the
answers. They send to a real matcher with its journal on disk and a Redis of its own, and in turns
to a bare ROUTER that reads each frame as msgpack, writes it again and sends it back: no checks, no
engine, no journal, nothing published. So the ratio is what is left of the speed of ZeroMQ and
msgpack when an exchange is behind them.

Each round begins with empty books and rich users, and runs the same commands under other names.
"""

import itertools
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final, final

from scripts.benches.comparison import Comparison
from scripts.benches.echo import MSGPACK
from scripts.benches.findings import Curve, Fact, Findings, Times, times_of
from scripts.benches.mesh_client import Round, RoundResult
from scripts.benches.mesh_clients import MeshClients, mesh_clients
from scripts.benches.mesh_flow import CLIENTS
from scripts.benches.own_matcher import OwnMatcher, own_matcher, own_process
from scripts.benches.pairs import compare
from scripts.benches.processor_time import processor_time
from scripts.benches.published import Published

# Of each client, in one round.
COMMANDS: Final = 60_000
WINDOW_COMMANDS: Final = 2_000
# Commands in a frame; a gateway puts into one what came in one turn of its loop.
FRAMES: Final = (10, 20, 50)
HEADLINE: Final = 20
# Offered rates, as parts of the most that was carried, and how long each is offered.
SHARES: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)
RATE_S: Final = 2.0
_CALM_SHARE: Final = 0.8
_RATIO_AIM: Final = 0.5
_RATE_AIM: Final = 200_000
_OFFERED: Final = "offered, orders a second"
_BESIDE: Final = "a bare ROUTER that reads each frame as msgpack, writes it again and sends it back"


def bench_mesh(pairs: int, data_dir: Path) -> Findings:
    """Measure orders a second, what they cost each process, and how late they are at each rate.

    Args:
        pairs: Rounds of each.
        data_dir: The journal is written below it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=data_dir))
        )
        clients = stack.enter_context(mesh_clients(COMMANDS))
        numbers = itertools.count(1)
        with own_matcher(_subfolder(folder, "matcher")) as matcher:
            exchange = _Exchange(clients, matcher, numbers)
            comparisons = _beside_echo(exchange, clients, folder, pairs)
            carried = next(found for found in comparisons if f"of {HEADLINE} " in found.name).ours
            facts = [
                Fact("durable orders", carried, "a second", _RATE_AIM, more_is_better=True),
                *exchange.costs(),
            ]
            times, curves = _at_rates(exchange, carried)
        with own_matcher(_subfolder(folder, "alone"), with_redis=False) as matcher:
            alone = _Exchange(clients, matcher, numbers)
            rates = [alone.rate(HEADLINE) for _ in range(pairs)]
            facts.append(Fact("durable orders, Redis away", statistics.median(rates), "a second"))
    return Findings(comparisons, times, facts, curves)


@final
class _Exchange:
    """A matcher and the clients that load it."""

    def __init__(
        self, clients: MeshClients, matcher: OwnMatcher, numbers: "itertools.count[int]"
    ) -> None:
        self._clients: Final = clients
        self._matcher: Final = matcher
        self._numbers: Final = numbers
        self._published: Final = Published(matcher)

    def rate(self, frame_commands: int) -> float:
        """Return how many orders a second it carries."""
        results = self._run(frame_commands)
        self._end_round()
        return _rate(results)

    def offered(self, orders_per_s: float) -> tuple[float, list[int]]:
        """Offer orders at a rate, for RATE_S at most.

        Returns:
            How many a second were carried, and the latencies of their frames, in microseconds.
        """
        each_per_s = orders_per_s / CLIENTS
        results = self._run(_frame_at(each_per_s), each_per_s, int(each_per_s * RATE_S))
        self._end_round()
        return _rate(results), [late for found in results for late in found.latencies_us]

    def costs(self) -> list[Fact]:
        """Return what an order costs each process, from a round at the full rate."""
        matcher, valkey = self._matcher.pid, self._matcher.valkey_pid
        before, before_valkey = processor_time(matcher), processor_time(valkey)
        results = self._run(HEADLINE)
        late_s = self._published.wait()
        used = processor_time(matcher).since(before)
        used_valkey = processor_time(valkey).since(before_valkey)
        self._end_round()
        orders = sum(found.commands for found in results)
        costs = {
            "the matcher's loop": used.main_ns,
            "the matcher's journal": used.other_ns,
            "the matcher's ZeroMQ": used.zeromq_ns,
            "Redis": used_valkey.total_ns,
            "both clients": sum(found.cpu_ns for found in results),
        }
        refused = sum(number for found in results for number in found.refused.values())
        return [
            *(Fact(f"an order costs {who}", ns / orders / 1e3, "us") for who, ns in costs.items()),
            Fact("orders refused by a rule", 100 * refused / orders, "%"),
            Fact("history is in Redis after the last answer", late_s * 1e3, "ms"),
        ]

    def _run(
        self, frame_commands: int, each_per_s: float = 0.0, each_max: int = COMMANDS
    ) -> list[RoundResult]:
        order = Round(
            self._matcher.endpoint,
            False,
            next(self._numbers),
            frame_commands,
            WINDOW_COMMANDS,
            each_per_s,
            each_max,
        )
        return self._clients.run(order)

    def _end_round(self) -> None:
        self._clients.clear()
        self._published.wait()
        self._published.forget()


def _beside_echo(
    exchange: _Exchange, clients: MeshClients, folder: Path, pairs: int
) -> list[Comparison]:
    endpoint = f"ipc://{folder}/echo.ipc"
    command = (sys.executable, "-m", "scripts.benches.echo", endpoint, MSGPACK)

    def echo(frame_commands: int) -> float:
        results = clients.run(Round(endpoint, True, 0, frame_commands, WINDOW_COMMANDS))
        clients.clear()
        return _rate(results)

    with own_process(command, os.environ, folder / "echo.log"):
        return [
            compare(
                f"orders in frames of {frame_commands} from two clients",
                partial(exchange.rate, frame_commands),
                partial(echo, frame_commands),
                "orders a second",
                _BESIDE,
                pairs,
                more_is_better=True,
                aim=_RATIO_AIM,
            )
            for frame_commands in FRAMES
        ]


def _at_rates(exchange: _Exchange, carried_per_s: float) -> tuple[list[Times], list[Curve]]:
    """Offer parts of what was carried at most; return the latencies at one, and curves over all."""
    p50s, p99s, rates = [], [], []
    times = []
    for share in SHARES:
        carried, latencies_us = exchange.offered(share * carried_per_s)
        offered = share * carried_per_s
        found = times_of(f"a frame of orders at {offered:,.0f} orders a second", latencies_us)
        p50s.append((offered, found.p50_ms))
        p99s.append((offered, found.p99_ms))
        rates.append((offered, carried))
        if share == _CALM_SHARE:
            times.append(found)
    return times, [
        Curve("p50", _OFFERED, "latency, ms", p50s),
        Curve("p99", _OFFERED, "latency, ms", p99s),
        Curve("carried", _OFFERED, "carried, orders a second", rates),
    ]


def _frame_at(orders_per_s: float) -> int:
    """Return the size of frames at a rate: what comes in a millisecond, HEADLINE at most."""
    return min(max(1, int(orders_per_s / 1_000)), HEADLINE)


def _rate(results: Sequence[RoundResult]) -> float:
    """Return orders a second, from the first frame of any client to the last answer."""
    took_ns = max(found.ended_ns for found in results) - min(found.started_ns for found in results)
    return sum(found.commands for found in results) * 1e9 / took_ns


def _subfolder(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made
