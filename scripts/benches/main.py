"""The command line of the benches, and how they are shown."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from proto.settings import Settings
from scripts.benches.findings import Fact, Findings, Times, together
from scripts.benches.machine import Machine, this_machine
from scripts.benches.pairs import PAIRS, PAIRS_MIN, Comparison

PLAIN_WIDTH: Final = 140
NAMES: Final = ("codec", "engine", "feed", "hop", "recovery")
# Parts of the bench of the feed.
PARTS: Final = ("fan-out", "latency", "memory", "crowd", "stalled")


class Report(Struct, frozen=True):
    """Everything that was measured; the keys of `--json`."""

    machine: Machine
    comparisons: list[Comparison]
    times: list[Times] = []
    facts: list[Fact] = []


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
    parser.add_argument(
        "--part",
        action="append",
        choices=PARTS,
        metavar="PART",
        help=f"measure only this of the feed; may be given again: {', '.join(PARTS)}",
    )
    parser.add_argument("--json", action="store_true", help="write the figures as JSON")
    options = parser.parse_args(arguments)
    if problem := _problem(options):
        parser.error(problem)
    benches = _benches(options.against, options.part or PARTS)
    findings = []
    for name in NAMES if options.bench == "all" else (options.bench,):
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        findings.append(benches[name](options.pairs))
    found = together(findings)
    report = Report(this_machine(), found.comparisons, found.times, found.facts)
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        # A pipe has no width; cells that are cut would be of no use to anybody.
        console = Console()
        show(report, console if console.is_terminal else Console(width=PLAIN_WIDTH))
    return 0


def _problem(options: argparse.Namespace) -> str:
    """Return what is wrong with options that are well formed; "" for nothing."""
    if options.pairs < PAIRS_MIN:
        return f"--pairs must be at least {PAIRS_MIN}"
    if options.part and options.bench != "feed":
        return "--part is for the feed"
    if options.against is not None:
        if options.bench != "engine":
            return "--against is for the engine"
        if not (options.against / "matcher" / "core" / "engine.py").is_file():
            return f"no checkout: {options.against}"
    return ""


def _benches(against: Path | None, parts: Sequence[str]) -> dict[str, Callable[[int], Findings]]:
    # Each import brings what only that bench needs.
    def codec(pairs: int) -> Findings:
        from scripts.benches.codec import bench_codec

        return Findings(bench_codec(pairs))

    def engine(pairs: int) -> Findings:
        from scripts.benches.engine import bench_against, bench_engine

        return Findings(bench_engine(pairs) if against is None else bench_against(pairs, against))

    def feed(pairs: int) -> Findings:
        from scripts.benches.feed.bench import bench_feed

        return bench_feed(pairs, Settings(os.environ).data_dir(), parts)

    def hop(pairs: int) -> Findings:
        from scripts.benches.hop import bench_hop

        return Findings(bench_hop(pairs, Settings(os.environ).data_dir()))

    def recovery(pairs: int) -> Findings:
        from scripts.benches.recovery import bench_recovery

        return Findings(bench_recovery(pairs, Settings(os.environ).data_dir()))

    return {"codec": codec, "engine": engine, "feed": feed, "hop": hop, "recovery": recovery}


def show(report: Report, console: Console) -> None:
    """Show a report as tables, then what it was measured on."""
    if report.comparisons:
        _show_comparisons(report.comparisons, console)
    if report.times:
        _show_times(report.times, console)
    if report.facts:
        _show_facts(report.facts, console)
    machine = report.machine
    packages = ", ".join(f"{name} {version}" for name, version in machine.packages.items())
    console.print(
        f"  {machine.processor}, {machine.cores} cores, {machine.kernel}, {machine.python}; "
        f"{packages}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def _show_comparisons(comparisons: list[Comparison], console: Console) -> None:
    table = Table(title="Tickmesh beside its yardsticks; less is better", title_justify="left")
    table.add_column("what", no_wrap=True)
    for column in ("Tickmesh", "yardstick"):
        table.add_column(column, justify="right")
    table.add_column("unit")
    table.add_column("ratio: median (range)", justify="right")
    for found in comparisons:
        table.add_row(
            found.name,
            f"{found.ours:,.2f}",
            f"{found.yardstick:,.2f}",
            found.unit,
            f"{found.ratio:.2f} ({found.ratio_min:.2f} .. {found.ratio_max:.2f})",
        )
    console.print(table)
    for found in comparisons:
        pairs = f"{found.pairs} pairs" if found.pairs > 1 else "once"
        console.print(
            f"  {found.name}: {pairs}, beside {found.beside}",
            markup=False,
            soft_wrap=True,
        )


def _show_times(times: list[Times], console: Console) -> None:
    table = Table(title="How long it takes, in milliseconds", title_justify="left")
    table.add_column("what", no_wrap=True)
    for column in ("p50", "p99", "p99.9", "max", "measured"):
        table.add_column(column, justify="right")
    for found in times:
        figures = (found.p50_ms, found.p99_ms, found.p99_9_ms, found.max_ms)
        table.add_row(found.name, *(f"{figure:,.2f}" for figure in figures), f"{found.count:,}")
    console.print(table)


def _show_facts(facts: list[Fact], console: Console) -> None:
    table = Table(title="Besides", title_justify="left")
    table.add_column("what", no_wrap=True)
    table.add_column("figure", justify="right")
    table.add_column("unit")
    for found in facts:
        digits = 0 if found.figure == round(found.figure) else 1
        table.add_row(found.name, f"{found.figure:,.{digits}f}", found.unit)
    console.print(table)
