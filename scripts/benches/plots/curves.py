"""Draws curves: cost against size, latency against offered rate, latency by percentile.

What the axes are decides how they are drawn: percentiles so that each further nine takes the same
room, latencies and whatever spans decades on a logarithmic scale, all else from zero.
"""

import math
from collections.abc import Sequence
from typing import Final

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scripts.benches.findings import PERCENTILE, Curve
from scripts.benches.plots.style import DASHES, LINES, MARKS

_TICKS: Final = (0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999)
# A scale is logarithmic where the greatest is so many times the least.
_DECADES_X: Final = 30.0
_DECADES_Y: Final = 20.0
_LATENCY: Final = "latency"
# Names below the axes: longer ones have a line each.
_NAME_MAX: Final = 30
_NAMES_INCHES: Final = 0.2
# More points than this are a line; fewer are marked, as what is between them was not measured.
_MARKED_MAX: Final = 30


def grouped(curves: Sequence[Curve]) -> list[list[Curve]]:
    """Put curves together that have the same axes, in the order of the first of each."""
    groups: dict[tuple[str, str], list[Curve]] = {}
    for curve in curves:
        if curve.points:
            groups.setdefault((curve.x_name, curve.y_name), []).append(curve)
    return [*groups.values()]


def draw_curves(curves: Sequence[Curve], title: str) -> Figure:
    """Draw curves that have the same axes.

    Args:
        curves: At least one; each has points.
        title: What they are of.
    """
    first = curves[0]
    columns = 1 if max(len(curve.name) for curve in curves) > _NAME_MAX else 3
    names_height = _NAMES_INCHES * math.ceil(len(curves) / columns)
    figure, axes = plt.subplots(figsize=(8.2, 4.4 + names_height), layout="constrained")
    is_distribution = first.x_name == PERCENTILE
    for number, curve in enumerate(curves):
        x = [nines(x) if is_distribution else x for x, _ in curve.points]
        axes.plot(
            x,
            [y for _, y in curve.points],
            color=LINES[number % len(LINES)],
            linestyle=DASHES[number % len(DASHES)],
            marker=MARKS[number % len(MARKS)] if len(x) <= _MARKED_MAX else "",
            markersize=4.5,
            linewidth=1.8,
            label=curve.name,
        )
    _scale_y(axes, curves)
    if is_distribution:
        _scale_percentiles(axes, max(curve.points[-1][0] for curve in curves))
    else:
        _scale_x(axes, curves)
    axes.set_title(f"{title}: {first.y_name}", pad=12)
    axes.set_xlabel(first.x_name)
    axes.grid(which="major")
    axes.set_axisbelow(True)
    figure.legend(loc="outside lower left", ncols=columns)
    return figure


def nines(percentile: float) -> float:
    """Place a percentile below 100 so that each further nine takes the same room."""
    return -math.log10(1 - percentile / 100)


def spans(values: Sequence[float], times: float) -> bool:
    """Say whether values, all above zero, are so far apart that a scale should be logarithmic."""
    return min(values) > 0 and max(values) >= times * min(values)


def _scale_y(axes: Axes, curves: Sequence[Curve]) -> None:
    values = [y for curve in curves for _, y in curve.points]
    is_latency = curves[0].y_name.startswith(_LATENCY) and min(values) > 0
    if is_latency or spans(values, _DECADES_Y):
        # Between decades too: what is measured may stay within one.
        axes.set_yscale("log", subs=(2, 5))
        axes.yaxis.set_major_formatter("{x:,g}")
        axes.yaxis.set_minor_formatter("{x:,g}")
        axes.grid(axis="y", which="minor")
    else:
        axes.set_ylim(0, max(values) * 1.1 or 1)
        axes.yaxis.set_major_formatter("{x:,g}")


def _scale_x(axes: Axes, curves: Sequence[Curve]) -> None:
    values = [x for curve in curves for x, _ in curve.points]
    if spans(values, _DECADES_X):
        axes.set_xscale("log")
    else:
        axes.set_xlim(0, max(values) * 1.03 or 1)
    axes.xaxis.set_major_formatter("{x:,g}")


def _scale_percentiles(axes: Axes, last: float) -> None:
    ticks = [tick for tick in _TICKS if tick <= last] or [0.0]
    axes.set_xticks([nines(tick) for tick in ticks], [f"{tick:g} %" for tick in ticks])
    axes.set_xlim(0, max(nines(last), nines(90)))
