"""What a figure should be, and whether it is."""

from typing import Final

MET: Final = "met"
MISSED: Final = "missed"


def is_met(figure: float, aim: float, *, more_is_better: bool) -> bool:
    """Say whether a figure is as good as its aim; one that equals it is."""
    return figure >= aim if more_is_better else figure <= aim


def aim_text(aim: float | None, *, more_is_better: bool) -> str:
    """Write an aim as a bound; nothing where there is none."""
    if aim is None:
        return ""
    return f"{'≥' if more_is_better else '≤'} {aim:,g}"


def verdict(figure: float, aim: float | None, *, more_is_better: bool) -> str:
    """Say in a word whether an aim is met; nothing where there is none."""
    if aim is None:
        return ""
    return MET if is_met(figure, aim, more_is_better=more_is_better) else MISSED
