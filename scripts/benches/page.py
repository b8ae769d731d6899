"""Writes figures into a page, so that none is typed by hand.

    .venv/bin/python -m scripts.benches.page docs/performance.md docs/performance/results.json

A page says where they go by comments that its readers do not see: what stands between
`<!-- figures: NAME -->` and the next `<!-- /figures -->` is replaced. NAME is that of a bench, for
all that it found with its pictures; `aims`, for whatever has an aim, of all benches; or `machines`,
for what was measured when, and on what.
"""

import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from scripts.benches.aims import MET, aim_text, verdict
from scripts.benches.catalog import BENCHES
from scripts.benches.findings import Findings
from scripts.benches.plots.curves import grouped
from scripts.benches.plots.draw import OVERVIEW, picture_name
from scripts.benches.plots.overview import rows_of
from scripts.benches.report import Measured, Report, ReportError, read_report
from scripts.benches.tables import explained, figure_text, machine_line, machine_text, ratio_text

AIMS: Final = "aims"
MACHINES: Final = "machines"
_SECTION: Final = re.compile(
    r"(?P<begin><!-- figures: (?P<name>[a-z]+) -->\n).*?(?P<end><!-- /figures -->)", re.DOTALL
)
_NOT_YET: Final = "Not measured yet.\n"


class PageError(Exception):
    """A page that asks for what there is not."""


def main(arguments: list[str]) -> int:
    """Bring a page up to date and return the exit status."""
    if len(arguments) != 2:
        print("page.py PAGE RESULTS", file=sys.stderr)
        return 2
    page, results = map(Path, arguments)
    try:
        text = page.read_text(encoding="utf-8")
        pictures = os.path.relpath(results.parent, page.parent)
        page.write_text(with_figures(text, read_report(results), pictures), encoding="utf-8")
    except (OSError, PageError, ReportError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def with_figures(page: str, report: Report, pictures: str) -> str:
    """Return a page with the figures of a report.

    Args:
        page: Markdown with marks.
        report: The figures.
        pictures: Folder of the pictures, as links from the page name it.

    Raises:
        PageError: If a mark names no bench.
    """

    def section(match: re.Match[str]) -> str:
        name = match["name"]
        if name == AIMS:
            content = _aims(report, pictures)
        elif name == MACHINES:
            content = _machines(report)
        elif name in BENCHES:
            found = [measured for measured in report.benches if measured.bench == name]
            content = _bench(found[0], pictures) if found else _NOT_YET
        else:
            raise PageError(f"figures: {name}: there is no such bench")
        return f"{match['begin']}\n{content}\n{match['end']}"

    return _SECTION.sub(section, page)


def sections_of(page: str) -> list[str]:
    """Return the names that a page's marks have, in their order."""
    return [match["name"] for match in _SECTION.finditer(page)]


def _aims(report: Report, pictures: str) -> str:
    rows = rows_of(report)
    if not rows:
        return _NOT_YET
    met = sum(row.is_met for row in rows)
    summary = f"{met} of {len(rows)} aims are met."
    link = _link(pictures, OVERVIEW)
    picture = f"![How far each figure is from its aim. {summary}]({link})\n"
    table = _table(
        ("bench", "what", "is", "aim", ""),
        (
            (row.bench, row.name, row.figure, row.aim, _marked(MET if row.is_met else "missed"))
            for row in rows
        ),
        right=(2, 3),
    )
    return "\n".join((f"{summary}\n", picture, table))


def _machines(report: Report) -> str:
    benches: dict[str, list[str]] = {}
    for measured in report.benches:
        line = f"{measured.measured_at[:10]}, {machine_line(measured.machine)}"
        benches.setdefault(line, []).append(measured.bench)
    lines = [f"- {', '.join(names)}: {_escaped(line)}\n" for line, names in benches.items()]
    return "".join(lines) or _NOT_YET


def _bench(measured: Measured, pictures: str) -> str:
    found = measured.findings
    parts = [_comparisons(found), _times(found), _facts(found)]
    parts += [f"{note}\n" for note in found.notes]
    for curves in grouped(found.curves):
        first = curves[0]
        text = f"{measured.bench}: {first.y_name} by {first.x_name}"
        parts.append(f"![{text}]({_link(pictures, picture_name(measured.bench, first))})\n")
    measured_on = f"{measured.measured_at[:10]}, {machine_text(measured.machine)}"
    parts.append(f"<sub>{_escaped(measured_on)}</sub>\n")
    return "\n".join(part for part in parts if part)


def _comparisons(found: Findings) -> str:
    if not found.comparisons:
        return ""
    table = _table(
        ("", "Tickmesh", "yardstick", "unit", "ratio (range)", "aim", ""),
        (
            (
                each.name,
                figure_text(each.ours),
                figure_text(each.yardstick),
                each.unit,
                ratio_text(each),
                aim_text(each.aim, more_is_better=each.more_is_better),
                _marked(verdict(each.ratio, each.aim, more_is_better=each.more_is_better)),
            )
            for each in found.comparisons
        ),
        right=(1, 2, 4, 5),
    )
    lines = [f"- {_escaped(line)}" for line in explained(found.comparisons)]
    return "\n".join((table, *lines, ""))


def _times(found: Findings) -> str:
    if not found.times:
        return ""
    return _table(
        ("milliseconds", "p50", "p99", "p99.9", "max", "measured"),
        (
            (
                each.name,
                *(f"{ms:,.2f}" for ms in (each.p50_ms, each.p99_ms, each.p99_9_ms, each.max_ms)),
                f"{each.count:,}",
            )
            for each in found.times
        ),
        right=(1, 2, 3, 4, 5),
    )


def _facts(found: Findings) -> str:
    if not found.facts:
        return ""
    return _table(
        ("besides", "is", "aim", ""),
        (
            (
                each.name,
                f"{figure_text(each.figure)} {each.unit}".rstrip(),
                aim_text(each.aim, more_is_better=each.more_is_better),
                _marked(verdict(each.figure, each.aim, more_is_better=each.more_is_better)),
            )
            for each in found.facts
        ),
        right=(1, 2),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int]) -> str:
    """Return a table of Markdown, without the columns that nothing is in.

    Args:
        head: Names of the columns.
        rows: Cells.
        right: Columns of figures, which are aligned at their ends.
    """
    cells = [[_escaped(cell) for cell in row] for row in rows]
    columns = [column for column in range(len(head)) if any(row[column] for row in cells)]
    rule = ["---:" if column in right else "---" for column in range(len(head))]
    return "".join(
        f"| {' | '.join(row[column] for column in columns)} |\n" for row in (head, rule, *cells)
    )


def _link(folder: str, name: str) -> str:
    return name if folder == os.curdir else f"{folder}/{name}"


def _marked(word: str) -> str:
    return word if word in (MET, "") else f"**{word}**"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
