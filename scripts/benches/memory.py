"""What memory an order takes while it rests, in both builds, and where it goes.

A million orders of 500 users in one book, each as it comes from the mesh, with objects of its own
for all that it keeps. All that an order needs is counted: itself, its name, its places in the
tables by which it is found, in its level's queue and among its owner's orders, and what allocators
leave unused. Each is measured once, in a process of its own (`memory_round`): rounds hardly differ.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

from proto.build import SETTING, Kind
from scripts.benches.builds import builds
from scripts.benches.findings import BenchError, Fact, Findings
from scripts.benches.watching import watcher
from scripts.benches.workload import ROOT

ORDERS: Final = 1_000_000
TIMEOUT_S: Final = 300.0
AIM_BYTES: Final = 400.0
_PROGRAM: Final = ROOT / "scripts" / "benches" / "memory_round.py"
_UNIT: Final = "bytes"


class Taken(NamedTuple):
    """What an order takes.

    Attributes:
        order_bytes: All of it.
        object_bytes: The order's own object.
    """

    order_bytes: float
    object_bytes: int


def bench_memory(pairs: int, data_dir: Path, orders: int = ORDERS) -> Findings:
    """Measure each build.

    Args:
        pairs: Not used: rounds hardly differ.
        data_dir: Not used: all of this is in memory.
        orders: How many rest.

    Raises:
        BenchError: If a process fails, or takes longer than TIMEOUT_S.
    """
    del pairs, data_dir
    facts = []
    for build in builds():
        watcher().on_round(f"memory of {orders:,} orders, {build}", 1, 1)
        named = measure(orders, build, named=True)
        nameless = measure(orders, build, named=False)
        facts += [
            Fact(
                f"an order that rests, of {orders:,}, {build}",
                named.order_bytes,
                _UNIT,
                AIM_BYTES if build == "compiled" else None,
            ),
            Fact(f"  of which its object, {build}", named.object_bytes, _UNIT),
            Fact(
                f"  of which its client_order_id, and to be found by it, {build}",
                named.order_bytes - nameless.order_bytes,
                _UNIT,
            ),
            Fact(
                f"  of which to be found by its identifier, and the rest, {build}",
                nameless.order_bytes - named.object_bytes,
                _UNIT,
            ),
        ]
    return Findings(facts=facts)


def measure(orders: int, build: Kind, *, named: bool) -> Taken:
    """Let orders rest in a process of one build.

    Args:
        orders: How many.
        build: Which build.
        named: Whether each has a client_order_id.

    Raises:
        BenchError: If the process fails, or takes longer than TIMEOUT_S.
    """
    command = [sys.executable, "-P", str(_PROGRAM), str(orders), str(int(named))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), SETTING: build}
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{orders:,} orders did not rest within {TIMEOUT_S:.0f} s") from error
    if done.returncode != 0:
        raise BenchError(f"{orders:,} orders could not rest:\n{done.stderr}")
    order_bytes, object_bytes = done.stdout.split()
    return Taken(float(order_bytes), int(object_bytes))
