"""Writes what came of a campaign: figures, and each seed that failed with the way to see it."""

from collections.abc import Iterator
from typing import Final

from rich.console import Console

from scripts.seeds.tally import Tally, replay_command

_FAILURE_CHARACTERS: Final = 600


def write_report(tally: Tally, console: Console) -> None:
    """Write the result of a campaign."""
    for line in lines(tally):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    style = "bold green" if tally.ok else "bold red"
    console.print(outcome_line(tally), style=style, markup=False, highlight=False)


def lines(tally: Tally) -> Iterator[str]:
    """Yield the figures, then the failures."""
    yield f"{tally.seeds:,} seeds in {tally.elapsed_s:,.1f} s"
    for name, count in sorted(tally.counts.items()):
        yield f"  {name:<30}{count:>16,}"
    for failure in tally.failures:
        yield ""
        yield f"seed {failure.seed}: {failure.check}"
        yield f"  {failure.what[-_FAILURE_CHARACTERS:].strip()}"
        yield f"  {replay_command(failure.seed)}"


def outcome_line(tally: Tally) -> str:
    """Say in a line how it ended."""
    stopped = "stopped: " if tally.stopped else ""
    if not tally.failures:
        return f"{stopped}all {tally.seeds:,} seeds passed"
    return f"{stopped}{len(tally.failures)} of {tally.seeds:,} seeds failed"
