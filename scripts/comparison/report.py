"""Writes what came of a comparison: figures, what was never met, and the first difference."""

from collections.abc import Iterator

from rich.console import Console

from scripts.comparison.tally import Failure, Tally


def write_report(tally: Tally, console: Console) -> None:
    """Write the result of a campaign."""
    for line in lines(tally):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    style = "bold green" if tally.ok else "bold red"
    console.print(outcome_line(tally), style=style, markup=False, highlight=False)


def lines(tally: Tally) -> Iterator[str]:
    """Yield the figures, then the difference."""
    yield f"{tally.total:,} commands in {tally.elapsed_s:,.1f} s"
    yield f"  {tally.fills:,} fills, {tally.auctions:,} auctions, {tally.halts:,} halts"
    yield f"  {tally.cascades:,} full cascades, {tally.restarts:,} restarts from a snapshot"
    for title, counts in (
        ("commands", tally.commands),
        ("refused", tally.rejects),
        ("reports", tally.reports),
    ):
        yield title
        for name, count in sorted(counts.items(), key=lambda item: -item[1]):
            yield f"  {name:<36}{count:>14,}"
    never = list(tally.never_met())
    yield f"never met: {', '.join(never) if never else 'nothing'}"
    if tally.failure is not None:
        yield from _failure_lines(tally.failure)


def outcome_line(tally: Tally) -> str:
    """Say in a line how it ended."""
    if tally.failure is not None:
        return f"they differ: seed {tally.failure.seed}, command {tally.failure.number:,}"
    stopped = "stopped: " if tally.stopped else ""
    return f"{stopped}the engine and the reference agree in {tally.total:,} commands"


def _failure_lines(failure: Failure) -> Iterator[str]:
    yield ""
    yield f"seed {failure.seed}, command {failure.number:,}: {failure.what}"
    yield f"the last {len(failure.commands):,} of the commands that show it:"
    for command in failure.commands:
        yield f"  {command}"
    yield f"  .venv/bin/python scripts/compare.py --commands {failure.number} --seed {failure.seed}"
