"""Pages get their figures from a report, at their marks and nowhere else."""

import re
from pathlib import Path

import pytest

from scripts.benches.catalog import BENCHES
from scripts.benches.findings import Curve, Fact, Findings, times_of
from scripts.benches.machine import this_machine
from scripts.benches.page import AIMS, MACHINES, PageError, main, sections_of, with_figures
from scripts.benches.pairs import summed_up
from scripts.benches.report import FILE_NAME, Measured, Report, encode_report, read_report
from scripts.benches.tables import machine_line

DOCS = Path(__file__).resolve().parent.parent.parent.parent / "docs"
PAGE = DOCS / "performance.md"
RESULTS = DOCS / "performance" / FILE_NAME


def report() -> Report:
    fast = summed_up("p50 | one", [(3.0, 2.0)] * 5, "us", "an echo", aim=1.6)
    slow = summed_up("p99", [(3.0, 2.0)] * 5, "us", "an echo", aim=1.4)
    rate = Fact("orders", 190_000.0, "a second", 200_000, more_is_better=True)
    findings = Findings(
        [fast, slow],
        [times_of("wait", [1_500])],
        [rate, Fact("refused", 1.5, "%")],
        [Curve("c", "size", "cost, us", [(1, 2)])],
        ["No compiler, so less was measured."],
    )
    hop = Measured("hop", "x", "2024-05-06T07:08:09+00:00", 1.0, this_machine(), findings)
    return Report([hop])


def marked(name: str, content: str = "old\n") -> str:
    return f"<!-- figures: {name} -->\n{content}<!-- /figures -->"


def test_only_what_is_between_marks_is_replaced() -> None:
    page = f"before\n{marked('hop')}\nbetween\n{marked('mesh')}\nafter\n"
    written = with_figures(page, report(), "pictures")
    assert "old" not in written
    assert re.fullmatch(
        r"before\n<!-- figures: hop -->\n.*<!-- /figures -->\nbetween\n"
        r"<!-- figures: mesh -->\n\nNot measured yet\.\n\n<!-- /figures -->\nafter\n",
        written,
        re.DOTALL,
    )
    assert with_figures(written, report(), "pictures") == written


def test_a_bench_is_written_with_all_that_it_found() -> None:
    written = with_figures(marked("hop"), report(), "performance")
    for line in (
        "| p50 \\| one | 3 | 2 | us | 1.50 (1.50 .. 1.50) | ≤ 1.6 | met |",
        "| p99 | 3 | 2 | us | 1.50 (1.50 .. 1.50) | ≤ 1.4 | **missed** |",
        "- all: 5 pairs, less is better, beside an echo",
        "| wait | 1.50 | 1.50 | 1.50 | 1.50 | 1 |",
        "| orders | 190,000 a second | ≥ 200,000 | **missed** |",
        "| refused | 1.50 % |  |  |",
        "No compiler, so less was measured.",
        "![hop: cost, us by size](performance/hop-cost-us-by-size.svg)",
    ):
        assert line in written.splitlines()
    assert "<sub>2024-05-06, " in written


def test_different_yardsticks_are_told_apart() -> None:
    one, two = (summed_up(name, [(1.0, 1.0)], "us", f"beside {name}") for name in ("a", "b"))
    hop = Measured("hop", "x", "2024", 1.0, this_machine(), Findings([one, two]))
    written = with_figures(marked("hop"), Report([hop]), "x")
    assert "- a: once, less is better, beside beside a\n- b: once" in written


def test_all_aims_are_in_one_table() -> None:
    written = with_figures(marked(AIMS), report(), "performance")
    assert "1 of 3 aims are met." in written
    assert "| hop | p99 | 1.50 | ≤ 1.4 | **missed** |" in written
    assert "(performance/ratios.svg)" in written
    assert "Not measured yet." in with_figures(marked(AIMS), Report([]), "x")


def test_columns_that_nothing_is_in_are_left_out() -> None:
    found = Findings([summed_up("a", [(1.0, 1.0)], "us", "b")], facts=[Fact("f", 2.0, "MiB")])
    hop = Measured("hop", "x", "2024", 1.0, this_machine(), found)
    lines = with_figures(marked("hop"), Report([hop]), "x").splitlines()
    assert "| a | 1 | 1 | us | 1.00 |" in lines
    assert "| --- | ---: | ---: | --- | ---: |" in lines
    assert "| f | 2 MiB |" in lines


def test_machines_are_told_once_with_their_packages() -> None:
    hop, mesh = (
        Measured(name, "x", "2024-05-06T07:08:09", 1.0, this_machine(), Findings())
        for name in ("hop", "mesh")
    )
    (line,) = with_figures(marked(MACHINES), Report([hop, mesh]), "x").splitlines()[2:-2]
    assert line == f"- hop, mesh: 2024-05-06, {machine_line(this_machine())}"
    assert "Not measured yet." in with_figures(marked(MACHINES), Report([]), "x")


def test_a_mark_names_a_bench(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PageError, match="nothing"):
        with_figures(marked("nothing"), report(), "x")
    page, results = tmp_path / "page.md", tmp_path / FILE_NAME
    page.write_text(marked("nothing"))
    results.write_bytes(encode_report(report()))
    assert main([str(page), str(results)]) == 1
    assert "nothing" in capsys.readouterr().err
    assert page.read_text() == marked("nothing")
    page.write_text(marked("hop"))
    assert main([str(page), str(results)]) == 0
    assert "(hop-cost-us-by-size.svg)" in page.read_text()


def test_the_page_has_a_place_for_each_bench_and_the_figures_of_the_file() -> None:
    page = PAGE.read_text(encoding="utf-8")
    names = sections_of(page)
    assert len(names) == len(set(names))
    assert set(BENCHES) <= set(names)
    measured = read_report(RESULTS) if RESULTS.exists() else Report([])
    assert with_figures(page, measured, "performance") == page


def test_the_page_shows_pictures_that_are_there() -> None:
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", PAGE.read_text(encoding="utf-8"))
    assert pictures
    assert [name for name in pictures if not (DOCS / name).is_file()] == []
