"""Draws stacks as a flame graph: an SVG that needs no script, on light and on dark pages.

A box is a function, as wide as the processor time that it and all it called took; what it called
is above it. Side by side are functions, by name: the horizontal order is not time. The pointer
over a box tells its whole name and share.
"""

from collections.abc import Mapping
from html import escape
from typing import Final, final

from scripts.flames.groups import (
    CODEC,
    COLLECTOR,
    ENGINE,
    JOURNAL,
    OTHER,
    PACKING,
    PUBLISHER,
    SEQUENCER,
    ZEROMQ,
)
from scripts.flames.stacks import Call, Stacks, shares_of_groups

WIDTH: Final = 1200
_ROW: Final = 19
_MARGIN: Final = 12
_TOP: Final = 88
# Narrower boxes cannot be seen; they would only make the file large.
_WIDTH_MIN: Final = 0.7
_LETTER: Final = 7.0
# Light page, dark page; text on all of them is that of the page.
_COLORS: Final = {
    ZEROMQ: ("#b6d4f7", "#1f4f86"),
    CODEC: ("#b5e3dd", "#1d5f58"),
    SEQUENCER: ("#ead8a0", "#66551a"),
    ENGINE: ("#f7c9a3", "#83461a"),
    PACKING: ("#f3b0b0", "#7d2f35"),
    JOURNAL: ("#d3c3f2", "#50398a"),
    PUBLISHER: ("#bfe3b4", "#2f6130"),
    COLLECTOR: ("#e9b8dc", "#6f2f62"),
    OTHER: ("#d8dee4", "#3d444d"),
}
_CLASSES: Final = {group: f"g{number}" for number, group in enumerate(_COLORS)}


@final
class _Box:
    """A function below one caller, and what it called."""

    __slots__ = ("above", "call", "share")

    def __init__(self, call: Call) -> None:
        self.call: Final = call
        self.share = 0.0
        self.above: Final[dict[Call, _Box]] = {}


def draw_flames(stacks: Stacks, title: str, subtitle: str) -> str:
    """Return the picture.

    Args:
        stacks: Shares of 1.
        title: What was sampled.
        subtitle: How, and on what.
    """
    roots, depth = _boxes(stacks)
    height = _TOP + depth * _ROW + _MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_style()}</style>",
        f'<text class="title" x="{_MARGIN}" y="24">{escape(title)}</text>',
        f'<text class="quiet" x="{_MARGIN}" y="44">{escape(subtitle)}</text>',
        *_legend(shares_of_groups(stacks)),
    ]
    _draw(roots, float(_MARGIN), height - _MARGIN - _ROW, lines)
    return "\n".join([*lines, "</svg>", ""])


def _boxes(stacks: Mapping[tuple[Call, ...], float]) -> tuple[dict[Call, _Box], int]:
    """Put stacks with the same beginning into one box; return how high they stand, too."""
    roots: dict[Call, _Box] = {}
    depth = 0
    for calls, share in stacks.items():
        below = roots
        for level, call in enumerate(calls):
            box = below.setdefault(call, _Box(call))
            box.share += share
            below = box.above
            if _width(share) >= _WIDTH_MIN:
                depth = max(depth, level + 1)
    return roots, max(depth, _depth(roots))


def _depth(boxes: Mapping[Call, _Box]) -> int:
    drawn = [box for box in boxes.values() if _width(box.share) >= _WIDTH_MIN]
    return max((1 + _depth(box.above) for box in drawn), default=0)


def _draw(boxes: Mapping[Call, _Box], left: float, top: int, lines: list[str]) -> None:
    for box in sorted(boxes.values(), key=lambda box: (box.call.group, box.call.name)):
        width = _width(box.share)
        if width >= _WIDTH_MIN:
            lines.append(_rectangle(box, left, top, width))
            _draw(box.above, left, top - _ROW, lines)
        left += width


def _rectangle(box: _Box, left: float, top: int, width: float) -> str:
    call = box.call
    where = f" ({call.where})" if call.where and call.where != call.name else ""
    letters = int((width - 6) / _LETTER)
    text = ""
    if letters >= 3:
        name = call.name if len(call.name) <= letters else f"{call.name[: letters - 1]}…"
        text = f'<text x="{left + 3:.1f}" y="{top + 13}">{escape(name)}</text>'
    return (
        f"<g><title>{escape(call.name + where)}: {box.share:.1%}, {escape(call.group)}</title>"
        f'<rect class="{_CLASSES[call.group]}" x="{left:.1f}" y="{top}" '
        f'width="{max(width - 0.5, 0.5):.1f}" height="{_ROW - 1}" rx="2"/>{text}</g>'
    )


def _legend(shares: Mapping[str, float]) -> list[str]:
    lines = []
    left = float(_MARGIN)
    for group, share in shares.items():
        text = f"{group} {share:.0%}"
        lines.append(
            f'<rect class="{_CLASSES[group]}" x="{left:.0f}" y="60" width="12" height="12" rx="2"/>'
            f'<text x="{left + 17:.0f}" y="70">{escape(text)}</text>'
        )
        left += 17 + len(text) * _LETTER + 14
    return lines


def _style() -> str:
    light = "".join(f".{_CLASSES[group]}{{fill:{pair[0]}}}" for group, pair in _COLORS.items())
    dark = "".join(f".{_CLASSES[group]}{{fill:{pair[1]}}}" for group, pair in _COLORS.items())
    on_dark = f"text{{fill:#f0f6fc}}.quiet{{fill:#9198a1}}{dark}"
    return (
        'text{font:11.5px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#1f2328;'
        "pointer-events:none}.title{font-size:16px;font-weight:600}.quiet{fill:#59636e}"
        f"{light}@media (prefers-color-scheme:dark){{{on_dark}}}"
    )


def _width(share: float) -> float:
    return share * (WIDTH - 2 * _MARGIN)
