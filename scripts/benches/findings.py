"""What a bench has found: comparisons in pairs, percentiles, single figures, and curves."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from scripts.benches.comparison import Comparison

# The x_name of a distribution: its points are percentiles, from 0 up to below 100.
PERCENTILE: Final = "percentile"
# How far the tail of a distribution is drawn: so many nines, each with so many points.
_NINES: Final = 5
_POINTS_A_NINE: Final = 20


class BenchError(Exception):
    """What a bench needs is not there, or what it runs has failed; the message says which."""


class Times(Struct, frozen=True):
    """How long something took, each time.

    Attributes:
        name: What.
        count: How often it was measured.
        p50_ms: Half of them took no longer; and so on.
        p99_ms: Milliseconds.
        p99_9_ms: Milliseconds.
        max_ms: The longest.
    """

    name: str
    count: int
    p50_ms: float
    p99_ms: float
    p99_9_ms: float
    max_ms: float


class Fact(Struct, frozen=True):
    """A single figure.

    Attributes:
        name: Of what.
        figure: In `unit`.
        unit: May be "" for a mere number.
        aim: The least that it should be where more is better, else the most; None for none.
        more_is_better: Only said where there is an aim.
    """

    name: str
    figure: float
    unit: str
    aim: float | None = None
    more_is_better: bool = False


class Curve(Struct, frozen=True):
    """One line of a plot; the curves of a bench that have the same axes are drawn together.

    Attributes:
        name: What the line is, as its label says.
        x_name: What the horizontal axis is, with its unit; PERCENTILE for a distribution.
        y_name: What the vertical axis is, with its unit: "latency, ms".
        points: x and y, by rising x.
    """

    name: str
    x_name: str
    y_name: str
    points: list[tuple[float, float]]


class Findings(Struct, frozen=True):
    """All that a bench has found.

    Attributes:
        comparisons: Ours beside a yardstick.
        times: Percentiles.
        facts: Single figures.
        curves: What is drawn.
        notes: Sentences on what could not be measured, and why.
    """

    comparisons: list[Comparison] = []
    times: list[Times] = []
    facts: list[Fact] = []
    curves: list[Curve] = []
    notes: list[str] = []


def times_of(name: str, measured_us: Sequence[int]) -> Times:
    """Sum up what was measured, in microseconds; each percentile is one that was measured.

    Args:
        name: What was measured.
        measured_us: At least one.
    """
    assert measured_us
    ordered = sorted(measured_us)
    p50, p99, p99_9, longest = (
        ordered[-(-len(ordered) * per_mille // 1_000) - 1] / 1_000
        for per_mille in (500, 990, 999, 1_000)
    )
    return Times(name, len(ordered), p50, p99, p99_9, longest)


def distribution_of(name: str, measured_us: Sequence[int]) -> Curve:
    """Make the curve of a distribution, in milliseconds by percentile.

    It ends where the number of measurements says no more: with the percentile above which there is
    one measurement, or after five nines.

    Args:
        name: What was measured.
        measured_us: Microseconds; at least one.
    """
    assert measured_us
    ordered = sorted(measured_us)
    count = len(ordered)
    points = []
    for step in range(_NINES * _POINTS_A_NINE + 1):
        above = 10 ** (-step / _POINTS_A_NINE)
        measured_above = round(count * above, 6)
        if measured_above < 1:
            break
        points.append((100 * (1 - above), ordered[count - round(measured_above)] / 1_000))
    return Curve(name, PERCENTILE, "latency, ms", points)


def together(findings: Sequence[Findings]) -> Findings:
    """Put findings together, in their order."""
    return Findings(
        [comparison for found in findings for comparison in found.comparisons],
        [times for found in findings for times in found.times],
        [fact for found in findings for fact in found.facts],
        [curve for found in findings for curve in found.curves],
        [note for found in findings for note in found.notes],
    )
