"""Draws all that has an aim in one picture: how far each figure is from what it should be.

Some ratios should be great and some small, so what is drawn is how many times better than its aim
each is: right of the line is met, on whatever bench. A hollow mark shows where the yardstick
itself would be, which says how much is asked; the line through a dot is the range of the pairs.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scripts.benches.aims import aim_text, is_met
from scripts.benches.comparison import Comparison
from scripts.benches.findings import Fact
from scripts.benches.plots.style import GRID, MET, MISSED, QUIET, TEXT
from scripts.benches.report import Measured, Report
from scripts.benches.tables import figure_text

_ROW_INCHES: Final = 0.34


class Row(NamedTuple):
    """One figure with its aim.

    Attributes:
        bench: Whose.
        name: Of what.
        figure: As it was measured.
        aim: As a text.
        is_met: Whether it is as good.
        better: How many times better than the aim; 1 is just that.
        low: The worst of the pairs, likewise.
        high: The best.
        yardstick: What the yardstick would be; None for a figure that has none.
    """

    bench: str
    name: str
    figure: str
    aim: str
    is_met: bool
    better: float
    low: float
    high: float
    yardstick: float | None


def rows_of(report: Report) -> list[Row]:
    """Return all that has an aim, in the order of the report."""
    rows = []
    for measured in report.benches:
        rows += [row for found in measured.findings.comparisons if (row := _of(measured, found))]
        rows += [row for fact in measured.findings.facts if (row := _of_fact(measured, fact))]
    return rows


def draw_overview(rows: Sequence[Row]) -> Figure:
    """Draw rows from the top.

    Args:
        rows: At least one.
    """
    height = 1.5 + _ROW_INCHES * len(rows)
    figure, axes = plt.subplots(figsize=(10.5, height), layout="constrained")
    for number, row in enumerate(rows):
        _draw_row(axes, number, row)
    axes.axvline(1, color=QUIET, linewidth=1.2, zorder=1)
    axes.set_xscale("log", subs=(2, 5))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter("{x:g}")
    ends = [*(row.low for row in rows), *(row.high for row in rows)]
    ends += [row.yardstick for row in rows if row.yardstick is not None]
    axes.set_xlim(min(*ends, 0.5) * 0.85, max(*ends, 2.0) * 1.15)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    labels = [f"{row.bench}: {row.name}" for row in rows]
    axes.set_yticks(range(len(rows)), labels, color=TEXT)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", which="both")
    axes.set_axisbelow(True)
    axes.set_xlabel("times better than its aim (1 is the aim); hollow: the yardstick itself")
    met = sum(row.is_met for row in rows)
    figure.suptitle(
        f"Tickmesh beside its yardsticks: {met} of {len(rows)} aims met\n",
        x=0.01,
        ha="left",
        fontsize=12,
        fontweight="bold",
    )
    return figure


def _draw_row(axes: Axes, number: int, row: Row) -> None:
    color = MET if row.is_met else MISSED
    axes.axhline(number, color=GRID, linewidth=0.5, zorder=0)
    if row.yardstick is not None:
        axes.plot(
            row.yardstick,
            number,
            "D",
            markersize=5.5,
            markerfacecolor="none",
            color=QUIET,
            zorder=2,
        )
    axes.plot([row.low, row.high], [number, number], color=color, linewidth=2, zorder=3)
    # The shape says the same as the colour.
    mark, size = ("o", 7.5) if row.is_met else ("X", 10)
    axes.plot(row.better, number, mark, markersize=size, color=color, markeredgewidth=0, zorder=4)
    axes.text(
        1.01,
        number,
        f"{row.figure} ({row.aim}){'' if row.is_met else ' missed'}",
        transform=axes.get_yaxis_transform(),
        va="center",
        color=color,
    )


def _of(measured: Measured, found: Comparison) -> Row | None:
    aim, more = found.aim, found.more_is_better
    if aim is None:
        return None
    worst, best = (found.ratio_min, found.ratio_max)[:: 1 if more else -1]
    return Row(
        bench=measured.bench,
        name=found.name,
        figure=f"{found.ratio:.2f}",
        aim=aim_text(aim, more_is_better=more),
        is_met=is_met(found.ratio, aim, more_is_better=more),
        better=_better(found.ratio, aim, more_is_better=more),
        low=_better(worst, aim, more_is_better=more),
        high=_better(best, aim, more_is_better=more),
        yardstick=_better(1.0, aim, more_is_better=more),
    )


def _of_fact(measured: Measured, fact: Fact) -> Row | None:
    aim, more = fact.aim, fact.more_is_better
    # On a scale of ratios there is no place for what is not above zero.
    if aim is None or aim <= 0 or fact.figure <= 0:
        return None
    better = _better(fact.figure, aim, more_is_better=more)
    return Row(
        bench=measured.bench,
        name=fact.name,
        figure=f"{figure_text(fact.figure)} {fact.unit}".rstrip(),
        aim=aim_text(aim, more_is_better=more),
        is_met=is_met(fact.figure, aim, more_is_better=more),
        better=better,
        low=better,
        high=better,
        yardstick=None,
    )


def _better(figure: float, aim: float, *, more_is_better: bool) -> float:
    return figure / aim if more_is_better else aim / figure
