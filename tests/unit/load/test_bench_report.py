"""How benches are run and shown: aims, tables, files, interrupts, and benches that fail."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from scripts.benches import main as benches
from scripts.benches.aims import MET, MISSED, aim_text, is_met, verdict
from scripts.benches.catalog import BENCHES, Bench, Task
from scripts.benches.comparison import Comparison
from scripts.benches.findings import (
    BenchError,
    Curve,
    Fact,
    Findings,
    distribution_of,
    times_of,
    together,
)
from scripts.benches.machine import this_machine
from scripts.benches.main import FAILED, INTERRUPTED, OK, main
from scripts.benches.pairs import PAIRS_MIN, compare, summed_up
from scripts.benches.progress import ProgressDisplay
from scripts.benches.report import (
    FILE_NAME,
    Measured,
    Report,
    ReportError,
    encode_report,
    read_report,
    update_report,
)
from scripts.benches.tables import figure_text, show
from scripts.benches.watching import watched


def comparison(name: str = "x", aim: float | None = None, *, more: bool = False) -> Comparison:
    return compare(
        name, lambda: 3.0, lambda: 2.0, "us", "y", PAIRS_MIN, more_is_better=more, aim=aim
    )


def measured(findings: Findings, bench: str = "hop", *, is_whole: bool = True) -> Measured:
    return Measured(
        bench, "this beside that", "2024-01-01", 1.5, this_machine(), findings, [], is_whole
    )


def shown(*benches: Measured) -> str:
    output = io.StringIO()
    show(Report([*benches]), Console(file=output, width=160))
    return output.getvalue()


def test_an_aim_is_a_bound_from_the_side_that_is_worse() -> None:
    assert is_met(1.5, 1.5, more_is_better=True)
    assert not is_met(1.49, 1.5, more_is_better=True)
    assert is_met(1.5, 1.5, more_is_better=False)
    assert not is_met(1.51, 1.5, more_is_better=False)
    assert [verdict(2, aim, more_is_better=True) for aim in (1, 3, None)] == [MET, MISSED, ""]
    assert aim_text(200_000, more_is_better=True) == "≥ 200,000"
    assert aim_text(0.5, more_is_better=False) == "≤ 0.5"
    assert aim_text(None, more_is_better=False) == ""


@pytest.mark.parametrize(
    ("figure", "text"),
    [(1234.5, "1,234"), (12.34, "12.3"), (1.234, "1.23"), (0.0123, "0.0123"), (7.0, "7")],
)
def test_figures_have_the_digits_that_say_something(figure: float, text: str) -> None:
    assert figure_text(figure) == text


def test_a_table_says_whether_an_aim_is_met_without_colour() -> None:
    text = shown(measured(Findings([comparison("fast", 1.4, more=True), comparison("slow", 1.4)])))
    (fast,) = (line for line in text.splitlines() if "│ fast" in line)
    (slow,) = (line for line in text.splitlines() if "│ slow" in line)
    assert "1.50 (1.50 .. 1.50)" in fast
    assert "≥ 1.4" in fast
    assert MET in fast
    assert "≤ 1.4" in slow
    assert MISSED in slow
    assert "fast: 5 pairs, more is better, beside y" in text
    assert "slow: 5 pairs, less is better, beside y" in text


def test_what_a_bench_found_is_shown_with_its_machine() -> None:
    times, facts = times_of("a", [1_500]), [Fact("f", 2.5, "MiB"), Fact("g", 3.0, "", 4.0)]
    text = shown(measured(Findings([], [times], facts, notes=["no compiler, so no yardstick"])))
    for part in (
        "hop: this beside that",
        "1.50",
        "2.5",
        "≤ 4",
        MET,
        "no compiler, so no yardstick",
    ):
        assert part in text
    assert "yardstick " not in text
    assert this_machine().python in text
    assert text.count(this_machine().processor) == 1
    # Two benches of one machine name it once, behind both.
    twice = shown(measured(Findings([], [times])), measured(Findings([], [times]), "mesh"))
    assert twice.count(this_machine().processor) == 1


def test_a_bench_measured_in_part_says_which() -> None:
    whole = measured(Findings([comparison()]))
    part = msgspec.structs.replace(whole, parts=["crowd"], is_whole=False)
    assert "hop (crowd): this beside that" in shown(part)


def test_findings_are_put_together_in_order() -> None:
    found = together(
        [
            Findings([comparison("a")], facts=[Fact("f", 1, "")], notes=["one"]),
            Findings([comparison("b")], curves=[Curve("c", "x", "y", [(1, 2)])], notes=["two"]),
        ]
    )
    assert [each.name for each in found.comparisons] == ["a", "b"]
    assert (len(found.facts), len(found.curves), found.notes) == (1, 1, ["one", "two"])


def test_a_distribution_ends_where_there_is_one_measurement() -> None:
    curve = distribution_of("x", [*range(1_000, 101_000, 1_000)])
    percentiles = dict(curve.points)
    assert percentiles[0.0] == 1.0
    assert percentiles[90.0] == 91.0
    assert curve.points[-1] == (99.0, 100.0)
    assert [y for _, y in curve.points] == sorted(y for _, y in curve.points)
    assert distribution_of("x", [5_000]).points[0] == (0.0, 5.0)


def test_rounds_are_kept_and_a_report_survives_its_file(tmp_path: Path) -> None:
    found = summed_up("x", [(1.0, 2.0), (3.0, 2.0)], "us", "y", more_is_better=True, aim=0.5)
    assert (found.ratio, found.ratio_min, found.ratio_max) == (1.0, 0.5, 1.5)
    assert found.rounds == [(1.0, 2.0), (3.0, 2.0)]
    report = Report([measured(Findings([found], curves=[Curve("c", "x", "y", [(1.0, 2.0)])]))])
    path = tmp_path / FILE_NAME
    assert update_report(path, report, ["hop"]) == report == read_report(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_is_brought_up_to_date_bench_by_bench(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    old = [measured(Findings(notes=["old"]), name) for name in ("engine", "hop")]
    names = ["rest", "engine", "hop"]
    update_report(path, Report(old), names)
    new = measured(Findings(notes=["new"]), "engine")
    later = measured(Findings(notes=["new"]), "rest")
    assert update_report(path, Report([new, later]), names).benches == [later, new, old[1]]
    # What was measured in part leaves the whole where it is.
    part = measured(Findings(notes=["part"]), "hop", is_whole=False)
    assert update_report(path, Report([part]), names).benches == [later, new, old[1]]
    # A bench that is no longer there goes.
    assert update_report(path, Report([]), names[1:]).benches == [new, old[1]]


def test_what_is_no_report_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / FILE_NAME
    path.write_text('{"benches": 1}')
    with pytest.raises(ReportError, match="benches"):
        update_report(path, Report([]), [])
    with pytest.raises(SystemExit):
        main(["hop", "--output", str(tmp_path)])
    assert "--output" in capsys.readouterr().err
    assert path.read_text() == '{"benches": 1}'


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Bench]], None]:
    def replace(others: dict[str, Bench]) -> None:
        for name in list(BENCHES):
            monkeypatch.delitem(BENCHES, name)
        for name, bench in others.items():
            monkeypatch.setitem(BENCHES, name, bench)

    return replace


def fine(task: Task) -> Findings:
    return Findings([comparison()], notes=[f"parts: {', '.join(task.parts)}"])


def test_a_bench_that_fails_does_not_take_the_others_with_it(
    run: Callable[[dict[str, Bench]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def lacks(task: Task) -> Findings:
        raise BenchError("there is no compiler")

    def breaks(task: Task) -> Findings:
        raise ZeroDivisionError

    run({"lacks": Bench(lacks, ""), "breaks": Bench(breaks, ""), "fine": Bench(fine, "")})
    assert main(["all", "--json"]) == FAILED
    output = capsys.readouterr()
    (found,) = msgspec.json.decode(output.out, type=Report).benches
    assert (found.bench, found.is_whole, len(found.findings.comparisons)) == ("fine", True, 1)
    assert "lacks: there is no compiler" in output.err
    assert "breaks: failed" in output.err
    assert "ZeroDivisionError" in output.err


def test_an_interrupted_bench_shows_what_it_has(
    run: Callable[[dict[str, Bench]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(task: Task) -> Findings:
        comparison("done before")
        raise KeyboardInterrupt

    never = Bench(lambda task: pytest.fail("goes on after Ctrl-C"), "")
    run({"fine": Bench(fine, ""), "interrupted": Bench(interrupted, ""), "never": never})
    assert main(["all", "--json"]) == INTERRUPTED
    output = capsys.readouterr()
    report = msgspec.json.decode(output.out, type=Report)
    assert [(each.bench, each.is_whole) for each in report.benches] == [
        ("fine", True),
        ("interrupted", False),
    ]
    assert report.benches[1].findings.comparisons[0].name == "done before"
    assert "interrupted: this is what was measured" in output.err
    run({"fine": Bench(lambda task: interrupt(), "")})
    assert main(["fine"]) == INTERRUPTED
    output = capsys.readouterr()
    assert (output.out, "interrupted: nothing was measured" in output.err) == ("", True)


def interrupt() -> Findings:
    raise KeyboardInterrupt


def test_a_part_is_of_its_bench(
    run: Callable[[dict[str, Bench]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    run({"whole": Bench(fine, ""), "parted": Bench(fine, "", ("one", "two"))})
    for arguments in (["whole", "--part", "one"], ["all", "--part", "one"]):
        with pytest.raises(SystemExit):
            main(arguments)
        assert "has no such part" in capsys.readouterr().err
    assert main(["parted", "--part", "two", "--json"]) == OK
    (found,) = json.loads(capsys.readouterr().out)["benches"]
    assert (found["parts"], found["is_whole"]) == (["two"], False)
    assert found["findings"]["notes"] == ["parts: two"]
    assert main(["parted", "--json"]) == OK
    (found,) = json.loads(capsys.readouterr().out)["benches"]
    assert (found["parts"], found["is_whole"]) == (["one", "two"], True)


def test_what_is_measured_beside_another_checkout_is_not_the_bench(
    run: Callable[[dict[str, Bench]], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout, output = tmp_path / "checkout", tmp_path / "output"
    (checkout / "matcher" / "core").mkdir(parents=True)
    (checkout / "matcher" / "core" / "engine.py").touch()
    run({"engine": Bench(fine, "")})
    assert main(["engine", "--output", str(output)]) == OK
    (kept,) = read_report(output / FILE_NAME).benches
    assert main(["engine", "--output", str(output), "--against", str(checkout)]) == OK
    assert "measured in part" in capsys.readouterr().err
    assert read_report(output / FILE_NAME).benches == [kept]


def test_output_writes_results_and_pictures(
    run: Callable[[dict[str, Bench]], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def curved(task: Task) -> Findings:
        return Findings([comparison("x", 2.0)], curves=[Curve("c", "x", "y", [(1, 2), (2, 3)])])

    run({"hop": Bench(curved, "")})
    assert main(["hop", "--output", str(tmp_path)]) == OK
    assert {path.name for path in tmp_path.iterdir()} == {FILE_NAME, "ratios.svg", "hop-y-by-x.svg"}
    assert "met" in capsys.readouterr().out


def test_the_progress_tells_rounds_now_and_then_and_all_that_is_found() -> None:
    now_s = 0.0
    output = io.StringIO()
    display = ProgressDisplay(2, Console(file=output, width=160), lambda: now_s)
    with display, watched(display):
        display.begin("hop")
        comparison("quick")
        now_s = 11.0
        display.on_round("long", 3, 7)
        display.on_round("long", 4, 7)
        assert [found.name for found in display.found] == ["quick"]
        display.begin("mesh")
        assert display.found == []
    assert output.getvalue().splitlines() == [
        "measuring hop (1 of 2) ...",
        "  hop: quick: 1.50 (1.50 .. 1.50)",
        "  long: round 3 of 7",
        "measuring mesh (2 of 2) ...",
    ]
    # Nobody watches any more.
    comparison("late")
    assert "late" not in output.getvalue()


def test_benches_are_named_as_they_are_asked_for() -> None:
    known = {"engine", "codec", "journal", "hop", "mesh", "rest", "feed", "persist", "recovery"}
    assert set(BENCHES) <= known | {"memory"}
    assert benches.PLAIN_WIDTH >= 140


def test_a_report_is_json_that_people_can_read() -> None:
    report = Report([measured(Findings([comparison()]))])
    data = encode_report(report)
    assert msgspec.json.decode(data, type=Report) == report
    assert data.count(b"\n") > 20
