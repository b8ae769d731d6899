"""How the pictures look, on light and on dark pages.

A picture is drawn in the colours of a light page without a background. Each of these has another
for dark pages, and a style sheet in the SVG puts it in place where the reader prefers them. Text
stays text, in whatever font the reader's system has; it is laid out with a wide one.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

mpl.use("Agg")
from matplotlib import pyplot as plt

TEXT: Final = "#1f2328"
QUIET: Final = "#59636e"
GRID: Final = "#d1d9e0"
MET: Final = "#1a7f37"
MISSED: Final = "#cf222e"
# Lines in their order; each has a dash and a mark of its own, for eyes that see few colours.
LINES: Final = ("#0969da", "#bc4c00", "#8250df", "#1b7c83", "#bf3989", "#7d4e00")
DASHES: Final = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)))
MARKS: Final = ("o", "s", "^", "D", "v", "P")
_ON_DARK: Final = {
    TEXT: "#f0f6fc",
    QUIET: "#9198a1",
    GRID: "#3d444d",
    MET: "#3fb950",
    MISSED: "#f85149",
    "#0969da": "#4493f8",
    "#bc4c00": "#f0883e",
    "#8250df": "#ab7df8",
    "#1b7c83": "#39c5cf",
    "#bf3989": "#f778ba",
    "#7d4e00": "#d29922",
}
_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    # Without it each drawing has names of its own, and a commit shows changes where there are none.
    "svg.hashsalt": "tickmesh",
    "font.size": 10,
    "text.color": TEXT,
    "axes.labelcolor": QUIET,
    "axes.edgecolor": QUIET,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlecolor": TEXT,
    "figure.facecolor": "none",
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
}
_FONTS: Final = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
_FONT: Final = re.compile(r"'DejaVu Sans'[^;\"]*sans-serif")


@contextmanager
def styled() -> Iterator[None]:
    """Draw in this style meanwhile."""
    with plt.rc_context(_STYLE):
        yield


def write_picture(figure: Figure, path: Path) -> None:
    """Write a figure as SVG, and forget it.

    Raises:
        OSError: If it cannot be written.
    """
    output = io.StringIO()
    figure.savefig(output, format="svg", metadata={"Date": None})
    plt.close(figure)
    path.write_text(for_any_page(output.getvalue()), encoding="utf-8")


def for_any_page(svg: str) -> str:
    """Add to a picture in light colours how it looks on dark pages."""
    rules = "\n".join(
        f'    [style*="{use}: {light}"] {{ {use}: {dark} !important; }}'
        for light, dark in _ON_DARK.items()
        for use in ("fill", "stroke")
        if f"{use}: {light}" in svg
    )
    sheet = f"<style>\n   @media (prefers-color-scheme: dark) {{\n{rules}\n   }}\n  </style>"
    head, defs, rest = _FONT.sub(_FONTS, svg).partition("<defs>")
    return f"{head}{sheet}\n {defs}{rest}"
