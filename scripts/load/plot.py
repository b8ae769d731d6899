"""Draws a soak: throughput over time, latency over time, and the latency distribution."""

import math
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from scripts.load.drive import Driven
from scripts.load.result import Result
from scripts.load.samples import Samples

mpl.use("Agg")
from matplotlib import pyplot as plt

ORDERS: Final = "#1f6feb"
CANCELS: Final = "#8b949e"
KILL: Final = "#d1242f"
_STYLE: Final[dict[Any, Any]] = {
    "grid.color": "#d0d7de",
    "grid.linewidth": 0.6,
    "font.size": 9.5,
    "axes.edgecolor": "#8c959f",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "legend.frameon": False,
}
BINS: Final = 240
_TAIL: Final = (0, 90, 99, 99.9, 99.99, 99.999)


def draw(result: Result, driven: Driven, path: Path) -> None:
    """Write the picture of a soak as PNG."""
    with plt.rc_context(_STYLE):
        figure, (rates, latencies, distribution) = plt.subplots(
            3, 1, figsize=(10, 10.5), height_ratios=(1, 1, 1.15), layout="constrained"
        )
        figure.suptitle(
            f"Tickmesh soak: {result.orders_per_s:,.0f} orders/s acknowledged, "
            f"{result.commands_per_s:,.0f} commands/s\n",
            x=0.01,
            ha="left",
            fontsize=14,
            fontweight="bold",
        )
        figure.text(
            0.01, 0.957, f"{result.load}; {_verdict(result)}", fontsize=9.5, color="#57606a"
        )
        _draw_rates(rates, result, driven)
        _draw_latencies(latencies, result, driven)
        _draw_distribution(distribution, driven)
        for axes in (rates, latencies, distribution):
            axes.grid(axis="y", which="both")
            axes.set_axisbelow(True)
        figure.savefig(path, dpi=130, facecolor="white")
        plt.close(figure)


def _verdict(result: Result) -> str:
    held = sum(audit.ok for audit in result.audits)
    return f"{held} of {len(result.audits)} audits hold"


def _bins(result: Result) -> tuple[int, int]:
    """Return length in microseconds, and number, of the bins of time."""
    bin_us = max(int(result.seconds * 1e6 / BINS), 100_000)
    return bin_us, max(int(result.seconds * 1e6 / bin_us), 1)


def _draw_rates(axes: Axes, result: Result, driven: Driven) -> None:
    bin_us, bins = _bins(result)
    times = np.arange(bins) * bin_us / 1e6
    per_s = 1e6 / bin_us
    orders = np.array(driven.places.per_bin(bin_us, bins)) * per_s
    cancels = np.array(driven.cancels.per_bin(bin_us, bins)) * per_s
    axes.stackplot(
        times,
        orders,
        cancels,
        labels=("orders", "cancels"),
        colors=(ORDERS, CANCELS),
        alpha=0.85,
        linewidth=0,
    )
    axes.set(
        title="Acknowledged a second",
        xlim=(0, result.seconds),
        ylim=(0, max(float((orders + cancels).max()) * 1.05, 1)),
    )
    axes.yaxis.set_major_formatter("{x:,.0f}")
    _mark_kill(axes, result)
    _explain(axes)


def _draw_latencies(axes: Axes, result: Result, driven: Driven) -> None:
    bin_us, bins = _bins(result)
    times = np.arange(bins) * bin_us / 1e6
    for percentile, color, width in ((99, "#54aeff", 1.1), (50, ORDERS, 1.6)):
        values = list(driven.places.percentile_per_bin(percentile, bin_us, bins))
        axes.plot(times, values, color=color, linewidth=width, label=f"p{percentile}")
    _scale_latency(axes)
    axes.set(title="Latency of orders over time, ms", xlim=(0, result.seconds), xlabel="seconds")
    _mark_kill(axes, result)
    _explain(axes)


def _mark_kill(axes: Axes, result: Result) -> None:
    if result.killed_s is not None:
        axes.axvline(result.killed_s, color=KILL, linewidth=1.2, linestyle="--", label="kill -9")


def _scale_latency(axes: Axes) -> None:
    """Label the decades and what lies between them: a latency may stay within one.

    Comes before the limits are set: those of a linear scale may be negative.
    """
    axes.set_yscale("log", subs=(2, 5))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")


def _explain(axes: Axes) -> None:
    """Name the lines beside the title, where no line can run through the names."""
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.1, ncols=3)


def _draw_distribution(axes: Axes, driven: Driven) -> None:
    last = _nines(99)
    for samples, color, label in (
        (driven.places, ORDERS, "orders"),
        (driven.cancels, CANCELS, "cancels"),
    ):
        x, y = _percentile_curve(samples)
        axes.plot(x, y, color=color, linewidth=1.8, label=label)
        last = max(last, x[-1] if x else 0.0)
    _scale_latency(axes)
    axes.set(title="Latency by percentile, ms", xlabel="percentile")
    axes.set_xticks([_nines(p) for p in _TAIL], [f"{p:g} %" for p in _TAIL])
    axes.set_xlim(0, last)
    axes.grid(axis="x")
    _explain(axes)


def _percentile_curve(samples: Samples) -> tuple[list[float], list[float]]:
    """Return the distribution as far as the number of samples says something about it."""
    count = len(samples.latencies_us)
    if not count:
        return [], []
    histogram = samples.histogram()
    end = min(_nines(_TAIL[-1]), math.log10(max(count, 2)))
    x = [float(nines) for nines in np.linspace(0, end, 300)]
    return x, [histogram.get_value_at_percentile(100 * (1 - 10**-nines)) / 1e3 for nines in x]


def _nines(percentile: float) -> float:
    """Place a percentile so that each further nine takes the same room."""
    return -math.log10(1 - percentile / 100)
