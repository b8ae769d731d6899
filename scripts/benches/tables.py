"""Shows a report as tables: for each bench what it compares, how long things take, single figures.

Whether an aim is met is said in a word; a colour only repeats it. Nothing is cut: what stands
beside each figure is told below the table, in lines of their own.
"""

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scripts.benches.aims import MET, aim_text, verdict
from scripts.benches.comparison import Comparison
from scripts.benches.findings import Fact, Times
from scripts.benches.machine import Machine
from scripts.benches.report import Measured, Report

_STYLES: Final = {MET: "green", "": ""}
_MISSED_STYLE: Final = "bold red"


def show(report: Report, console: Console) -> None:
    """Show a report: the benches in their order, and what each was measured on."""
    for number, measured in enumerate(report.benches):
        _show_bench(measured, console)
        following = report.benches[number + 1 : number + 2]
        if not following or following[0].machine != measured.machine:
            _say(console, f"  {machine_line(measured.machine)}")
        console.print()


def figure_text(figure: float) -> str:
    """Write a figure with as many decimals as say something: three digits, all before the point."""
    size = abs(figure)
    if size >= 100 or figure == round(figure):
        return f"{figure:,.0f}"
    if size >= 10:
        return f"{figure:,.1f}"
    return f"{figure:,.2f}" if size >= 0.1 else f"{figure:,.3g}"


def ratio_text(found: Comparison) -> str:
    """Write a ratio: the median, and where there is one the range."""
    if found.pairs == 1:
        return f"{found.ratio:.2f}"
    return f"{found.ratio:.2f} ({found.ratio_min:.2f} .. {found.ratio_max:.2f})"


def explained(comparisons: Sequence[Comparison]) -> list[str]:
    """Say how things were compared, and beside what; what holds for several is said once."""
    names: dict[str, list[str]] = {}
    for found in comparisons:
        pairs = f"{found.pairs} pairs" if found.pairs > 1 else "once"
        better = "more is better" if found.more_is_better else "less is better"
        how = f"{pairs}, {better}, beside {found.beside}"
        names.setdefault(how, []).append(found.name)
    if len(names) == 1:
        return [f"all: {how}" for how in names]
    return [f"{'; '.join(compared)}: {how}" for how, compared in names.items()]


def machine_line(machine: Machine) -> str:
    """Describe a machine, and what ran on it, in a line."""
    packages = ", ".join(f"{name} {version}" for name, version in machine.packages.items())
    return f"{machine_text(machine)}; {packages}"


def machine_text(machine: Machine) -> str:
    """Describe a machine in a few words."""
    return (
        f"{machine.processor}, {machine.cores} cores, {machine.kernel}, {machine.python}, "
        f"{machine.build}"
    )


def _show_bench(measured: Measured, console: Console) -> None:
    parts = f" ({', '.join(measured.parts)})" if measured.parts and not measured.is_whole else ""
    console.print(Text(f"{measured.bench}{parts}: {measured.what}", style="bold"), soft_wrap=True)
    found = measured.findings
    if found.comparisons:
        _show_comparisons(found.comparisons, console)
    if found.times:
        console.print(_times_table(found.times))
    if found.facts:
        console.print(_facts_table(found.facts))
    for note in found.notes:
        _say(console, f"  {note}")


def _show_comparisons(comparisons: Sequence[Comparison], console: Console) -> None:
    table = _table("what", "Tickmesh", "yardstick")
    table.add_column("unit", overflow="fold")
    table.add_column("ratio (range)", justify="right", no_wrap=True)
    table.add_column("aim", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for found in comparisons:
        table.add_row(
            found.name,
            figure_text(found.ours),
            figure_text(found.yardstick),
            found.unit,
            ratio_text(found),
            aim_text(found.aim, more_is_better=found.more_is_better),
            _verdict(found.ratio, found.aim, more_is_better=found.more_is_better),
        )
    console.print(table)
    for line in explained(comparisons):
        _say(console, f"  {line}")


def _times_table(times: Sequence[Times]) -> Table:
    table = _table("milliseconds", "p50", "p99", "p99.9", "max", "measured")
    for found in times:
        figures = (found.p50_ms, found.p99_ms, found.p99_9_ms, found.max_ms)
        table.add_row(found.name, *(f"{figure:,.2f}" for figure in figures), f"{found.count:,}")
    return table


def _facts_table(facts: Sequence[Fact]) -> Table:
    table = _table("besides", "figure")
    table.add_column("unit", overflow="fold")
    aims = any(found.aim is not None for found in facts)
    if aims:
        table.add_column("aim", justify="right", no_wrap=True)
        table.add_column("", no_wrap=True)
    for found in facts:
        row: list[str | Text] = [found.name, figure_text(found.figure), found.unit]
        if aims:
            row += [
                aim_text(found.aim, more_is_better=found.more_is_better),
                _verdict(found.figure, found.aim, more_is_better=found.more_is_better),
            ]
        table.add_row(*row)
    return table


def _table(what: str, *figures: str) -> Table:
    table = Table()
    table.add_column(what, overflow="fold")
    for figure in figures:
        table.add_column(figure, justify="right", no_wrap=True)
    return table


def _verdict(figure: float, aim: float | None, *, more_is_better: bool) -> Text:
    word = verdict(figure, aim, more_is_better=more_is_better)
    return Text(word, style=_STYLES.get(word, _MISSED_STYLE))


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
