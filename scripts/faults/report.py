"""Writes the result of a chaos run: tables on a terminal, plain lines elsewhere."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from scripts.faults.result import Result
from scripts.load.audits_report import audit_lines, audits_table, outcome_line


def write_report(result: Result, console: Console) -> None:
    """Write a result."""
    if not console.is_terminal:
        for line in plain_lines(result):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        return
    faults = Table()
    faults.add_column("fault")
    faults.add_column("times", justify="right")
    faults.add_column("longest without an accepted order", justify="right")
    for row in fault_rows(result):
        faults.add_row(*row)
    console.print(faults)
    for name, value in facts(result):
        console.print(f"  {name:<22} {value}", highlight=False, markup=False)
    console.print(audits_table(result.audits))
    console.print(outcome_line(result.audits), style="bold green" if result.ok else "bold red")
    if not result.ok:
        console.print(f"  again: {result.command}", markup=False, highlight=False, soft_wrap=True)


def plain_lines(result: Result) -> Iterator[str]:
    """Yield a result as lines of text."""
    for name, times, silence in (("fault", "times", "longest without an accepted order"),
                                 *fault_rows(result)):  # fmt: skip
        yield f"  {name:<16}{times:>7}  {silence:>34}"
    for name, value in facts(result):
        yield f"  {name:<22} {value}"
    yield from audit_lines(result.audits)
    yield outcome_line(result.audits)
    if not result.ok:
        yield f"  again: {result.command}"


def fault_rows(result: Result) -> Iterator[tuple[str, str, str]]:
    """Yield the cells of each row of the table of faults."""
    for name, figures in result.faults.items():
        silence = f"{figures.longest_silence_s:.2f} s" if figures.times else ""
        yield name, f"{figures.times}", silence


def facts(result: Result) -> Iterator[tuple[str, str]]:
    """Yield the figures that stand beside the faults."""
    rate = result.orders / result.seconds
    yield "orders acknowledged", f"{result.orders:,} in {result.seconds:.0f} s = {rate:,.0f}/s"
    yield "cancels, fills", f"{result.cancels:,}, {result.fills:,}"
    troubles = ", ".join(f"{word}: {count:,}" for word, count in result.troubles.items())
    yield "retries", f"{result.retries:,} after {troubles or 'no error'}"
    yield "never settled", f"{result.unsettled:,}"
    yield "caught up", f"{result.recovered_s:.1f} s after the load"
    yield from result.streams.facts()
    yield "audited", f"{result.commands_audited:,} commands"
