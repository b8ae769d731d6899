"""Draws a whole report into a folder."""

import re
from pathlib import Path
from typing import Final

from scripts.benches.findings import Curve
from scripts.benches.plots.curves import draw_curves, grouped
from scripts.benches.plots.overview import draw_overview, rows_of
from scripts.benches.plots.style import styled, write_picture
from scripts.benches.report import Report

OVERVIEW: Final = "ratios.svg"
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9]+")


def draw_report(report: Report, folder: Path) -> list[Path]:
    """Draw a report; pictures of its benches that it has no curves for any more are removed.

    Returns:
        What was drawn.

    Raises:
        OSError: If it cannot be written.
    """
    drawn = []
    with styled():
        if rows := rows_of(report):
            path = folder / OVERVIEW
            write_picture(draw_overview(rows), path)
            drawn.append(path)
        for measured in report.benches:
            for curves in grouped(measured.findings.curves):
                path = folder / picture_name(measured.bench, curves[0])
                write_picture(draw_curves(curves, measured.bench), path)
                drawn.append(path)
    for measured in report.benches:
        for path in folder.glob(f"{measured.bench}-*.svg"):
            if path not in drawn:
                path.unlink()
    return drawn


def picture_name(bench: str, curve: Curve) -> str:
    """Return the file name of the picture that a curve is in."""
    axes = _NOT_IN_NAMES.sub("-", f"{curve.y_name} by {curve.x_name}".lower()).strip("-")
    return f"{bench}-{axes}.svg"
