"""What a bench has found: comparisons in pairs, times in percentiles, and single figures."""

from collections.abc import Sequence

from msgspec import Struct

from scripts.benches.pairs import Comparison


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
    """A single figure."""

    name: str
    figure: float
    unit: str


class Findings(Struct, frozen=True):
    """All that a bench has found."""

    comparisons: list[Comparison] = []
    times: list[Times] = []
    facts: list[Fact] = []


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


def together(findings: Sequence[Findings]) -> Findings:
    """Put findings together, in their order."""
    return Findings(
        [comparison for found in findings for comparison in found.comparisons],
        [times for found in findings for times in found.times],
        [fact for found in findings for fact in found.facts],
    )
