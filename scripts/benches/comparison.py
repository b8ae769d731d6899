"""What was found by measuring two things in turns."""

from msgspec import Struct


class Comparison(Struct, frozen=True):
    """Ours beside a yardstick.

    Attributes:
        name: What was measured.
        ours: Median of our rounds, in `unit`.
        yardstick: Median of the yardstick's rounds, in `unit`.
        unit: Of what.
        ratio: Median of ours / yardstick over the pairs.
        ratio_min: Least of them.
        ratio_max: Greatest of them.
        pairs: Number of pairs.
        beside: What the yardstick is, and what it does not do.
        more_is_better: True for rates, False for times and costs.
        aim: Bound of the ratio: the least where more is better, else the most; None for none.
        rounds: Each pair: ours, the yardstick's.
    """

    name: str
    ours: float
    yardstick: float
    unit: str
    ratio: float
    ratio_min: float
    ratio_max: float
    pairs: int
    beside: str
    more_is_better: bool = False
    aim: float | None = None
    rounds: list[tuple[float, float]] = []
