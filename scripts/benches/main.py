"""The command line of the benches, and how they are shown."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from proto.settings import Settings
from scripts.benches.machine import Machine, this_machine
from scripts.benches.pairs import PAIRS, PAIRS_MIN, Comparison

PLAIN_WIDTH: Final = 140
NAMES: Final = ("codec", "engine", "hop", "recovery")


class Report(Struct, frozen=True):
    """Everything that was measured; the keys of `--json`."""

    machine: Machine
    comparisons: list[Comparison]


def main(arguments: list[str]) -> int:
    """Run benches and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench.py",
        description="Measure parts of Tickmesh beside a yardstick, in turns.",
    )
    parser.add_argument("bench", choices=(*NAMES, "all"), help="what to measure")
    parser.add_argument(
        "--pairs", type=int, default=PAIRS, help=f"rounds of each, at least {PAIRS_MIN} ({PAIRS})"
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="CHECKOUT",
        help="measure the engine beside that of another checkout, in turns",
    )
    parser.add_argument("--json", action="store_true", help="write the figures as JSON")
    options = parser.parse_args(arguments)
    if options.pairs < PAIRS_MIN:
        parser.error(f"--pairs must be at least {PAIRS_MIN}")
    if options.against is not None:
        if options.bench != "engine":
            parser.error("--against is for the engine")
        if not (options.against / "matcher" / "core" / "engine.py").is_file():
            parser.error(f"no checkout: {options.against}")
    comparisons = []
    for name in NAMES if options.bench == "all" else (options.bench,):
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        comparisons += _benches(options.against)[name](options.pairs)
    report = Report(this_machine(), comparisons)
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        # A pipe has no width; cells that are cut would be of no use to anybody.
        console = Console()
        show(report, console if console.is_terminal else Console(width=PLAIN_WIDTH))
    return 0


def _benches(against: Path | None) -> dict[str, Callable[[int], list[Comparison]]]:
    # Each import brings what only that bench needs.
    def codec(pairs: int) -> list[Comparison]:
        from scripts.benches.codec import bench_codec

        return bench_codec(pairs)

    def engine(pairs: int) -> list[Comparison]:
        from scripts.benches.engine import bench_against, bench_engine

        return bench_engine(pairs) if against is None else bench_against(pairs, against)

    def hop(pairs: int) -> list[Comparison]:
        from scripts.benches.hop import bench_hop

        return bench_hop(pairs, Settings(os.environ).data_dir())

    def recovery(pairs: int) -> list[Comparison]:
        from scripts.benches.recovery import bench_recovery

        return bench_recovery(pairs, Settings(os.environ).data_dir())

    return {"codec": codec, "engine": engine, "hop": hop, "recovery": recovery}


def show(report: Report, console: Console) -> None:
    """Show a report as a table, then what it was measured on."""
    table = Table(title="Tickmesh beside its yardsticks; less is better", title_justify="left")
    table.add_column("what", no_wrap=True)
    for column in ("Tickmesh", "yardstick"):
        table.add_column(column, justify="right")
    table.add_column("unit")
    table.add_column("ratio: median (range)", justify="right")
    for found in report.comparisons:
        table.add_row(
            found.name,
            f"{found.ours:,.2f}",
            f"{found.yardstick:,.2f}",
            found.unit,
            f"{found.ratio:.2f} ({found.ratio_min:.2f} .. {found.ratio_max:.2f})",
        )
    console.print(table)
    for found in report.comparisons:
        console.print(
            f"  {found.name}: {found.pairs} pairs, beside {found.beside}",
            markup=False,
            soft_wrap=True,
        )
    machine = report.machine
    packages = ", ".join(f"{name} {version}" for name, version in machine.packages.items())
    console.print(
        f"  {machine.processor}, {machine.cores} cores, {machine.kernel}, {machine.python}; "
        f"{packages}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
