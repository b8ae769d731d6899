"""The command line of the benches.

A bench that cannot run, or fails, does not take the others with it: what it says goes to standard
error, and the exit status tells. Ctrl-C stops the one that is being measured, shows what was found
until then, and ends with 130 as an interrupted command does.
"""

import argparse
import os
import sys
import time
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console

from proto.settings import Settings
from scripts.benches.catalog import BENCHES, Task
from scripts.benches.findings import BenchError, Findings
from scripts.benches.machine import this_machine
from scripts.benches.pairs import PAIRS, PAIRS_MIN
from scripts.benches.progress import ProgressDisplay
from scripts.benches.report import (
    FILE_NAME,
    Measured,
    Report,
    ReportError,
    encode_report,
    read_report,
    update_report,
)
from scripts.benches.tables import show
from scripts.benches.watching import watched

PLAIN_WIDTH: Final = 160
OK: Final = 0
FAILED: Final = 1
INTERRUPTED: Final = 130


def main(arguments: list[str]) -> int:
    """Run benches and return the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if problem := _problem(options):
        parser.error(problem)
    names = list(BENCHES) if options.bench == "all" else [options.bench]
    data_dir = Settings(os.environ).data_dir()
    task = Task(options.pairs, data_dir, options.part or (), options.against)
    report, status = measure(names, task)
    if options.json:
        print(encode_report(report).decode(), end="")
    elif report.benches:
        # A pipe has no width; cells that are folded would be of no use to anybody.
        console = Console()
        show(report, console if console.is_terminal else Console(width=PLAIN_WIDTH))
    if options.output is not None and report.benches:
        try:
            _write(options.output, report)
        except (OSError, ReportError) as error:
            print(f"--output: not written: {error}", file=sys.stderr)
            return status or FAILED
    return status


def measure(names: Sequence[str], task: Task) -> tuple[Report, int]:
    """Run benches one after the other.

    Args:
        names: Of BENCHES.
        task: What each is told.

    Returns:
        What was found, of an interrupted bench too, and the exit status.
    """
    benches: list[Measured] = []
    status = OK
    with ProgressDisplay(len(names)) as display, watched(display):
        for name in names:
            display.begin(name)
            start_s = time.monotonic()
            try:
                findings = BENCHES[name].run(task)
            except BenchError as error:
                status = FAILED
                print(f"{name}: {error}", file=sys.stderr)
            except KeyboardInterrupt:
                if display.found:
                    found = Findings(list(display.found))
                    benches.append(_measured(name, task, start_s, found, is_interrupted=True))
                what = "this is what was measured until then" if benches else "nothing was measured"
                print(f"interrupted: {what}", file=sys.stderr)
                return Report(benches), INTERRUPTED
            except Exception:
                # A mistake in one bench must not cost the hour that the others took.
                status = FAILED
                print(f"{name}: failed", file=sys.stderr)
                traceback.print_exc()
            else:
                benches.append(_measured(name, task, start_s, findings, is_interrupted=False))
    return Report(benches), status


def _measured(
    name: str, task: Task, start_s: float, findings: Findings, *, is_interrupted: bool
) -> Measured:
    bench = BENCHES[name]
    parts = [part for part in bench.parts if not task.parts or part in task.parts]
    return Measured(
        bench=name,
        what=bench.what,
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
        elapsed_s=round(time.monotonic() - start_s, 1),
        machine=this_machine(),
        findings=findings,
        parts=parts,
        is_whole=len(parts) == len(bench.parts) and task.against is None and not is_interrupted,
    )


def _write(folder: Path, report: Report) -> None:
    """Bring the folder of results up to date.

    Raises:
        OSError: If it cannot be written.
        ReportError: If what is there is no report.
    """
    from scripts.benches.plots.draw import draw_report

    folder.mkdir(parents=True, exist_ok=True)
    whole = update_report(folder / FILE_NAME, report, list(BENCHES))
    for measured in report.benches:
        if measured not in whole.benches:
            print(
                f"--output: {measured.bench} was measured in part, and {folder} keeps what it has",
                file=sys.stderr,
            )
    draw_report(whole, folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/bench.py",
        description="Measure parts of Tickmesh beside a yardstick, in turns.",
        epilog="\n".join(f"  {name:9} {bench.what}" for name, bench in BENCHES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("bench", choices=(*BENCHES, "all"), help="what to measure")
    parser.add_argument(
        "--pairs", type=int, default=PAIRS, help=f"rounds of each, at least {PAIRS_MIN} ({PAIRS})"
    )
    parser.add_argument(
        "--part",
        action="append",
        metavar="PART",
        help="measure only this part; may be given again; "
        + "; ".join(f"{n}: {', '.join(b.parts)}" for n, b in BENCHES.items() if b.parts),
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="CHECKOUT",
        help="measure the engine beside that of another checkout, in turns",
    )
    parser.add_argument("--json", action="store_true", help="write all that was found as JSON")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help=f"bring {FILE_NAME} and the pictures of this folder up to date",
    )
    return parser


def _problem(options: argparse.Namespace) -> str:
    """Return what is wrong with options that are well formed; "" for nothing."""
    if options.pairs < PAIRS_MIN:
        return f"--pairs must be at least {PAIRS_MIN}"
    parts = () if options.bench == "all" else BENCHES[options.bench].parts
    for part in options.part or ():
        if part not in parts:
            known = f"; it has {', '.join(parts)}" if parts else ""
            return f"--part {part}: {options.bench} has no such part{known}"
    if options.against is not None:
        if options.bench != "engine":
            return "--against is for the engine"
        if not (options.against / "matcher" / "core" / "engine.py").is_file():
            return f"no checkout: {options.against}"
    if options.output is not None and (options.output / FILE_NAME).exists():
        # Found out before an hour of measuring, not after it.
        try:
            read_report(options.output / FILE_NAME)
        except ReportError as error:
            return f"--output: {error}"
    return ""
