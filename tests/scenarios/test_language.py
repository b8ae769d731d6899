"""The language itself: it passes over nothing, and a wrong expectation fails."""

from pathlib import Path

import pytest

from tests.scenarios.tables import tables_of
from tests.scenarios.words import Words, duration_ns, format_duration
from tests.unit.core.scenario import START_NS, Scenario


@pytest.mark.parametrize(
    "step",
    [
        "1 buy 10",
        "1 buy ten @ 100",
        "1 buy 10 @ 100 hidden",
        "1 hold 10 @ 100",
        "1 cancel id=a now",
        "1 amend id=a size 5",
        "1 oco buy 10 @ 100 or sell 10 @ 110",
        "deposit 1 10.00",
        "request loan 1 10.00 INR",
        "set mood good",
        "set rules brand 10%",
        "set rules band 10",
        "set state auction for ever",
        "define asset SILVER",
        "pay 1 10.00 INR",
        "late: deposit 1 10.00 INR",
    ],
)
def test_what_it_does_not_know_fails(step: str) -> None:
    with pytest.raises(AssertionError):
        Scenario().run(f"{step} -> ok")


@pytest.mark.parametrize(
    "step",
    [
        "deposit 1 10.00 INR -> requested",
        "1 buy 10 @ 100 -> new",
        "1 buy 10 market -> filled 10@100",
        "2 times: 1 buy 10 market -> new",
        "book 1@1 | -",
        "balance 1 INR 0.01 held 0.00",
        "reports 1: accepted",
        "state halted",
        "orders 1: a",
    ],
)
def test_a_wrong_expectation_fails(step: str) -> None:
    with pytest.raises(AssertionError, match="but it was"):
        Scenario().run(step)


def test_a_view_that_does_not_exist_fails() -> None:
    with pytest.raises(KeyError):
        Scenario().run("weather fine")


def test_time() -> None:
    scenario = Scenario()
    assert scenario.timestamp_ns == START_NS + 3_000_000
    scenario.run("wait 5s")
    assert scenario.timestamp_ns == START_NS + 5_003_000_000
    scenario.run("after 7ms: deposit 1 1.00 INR -> ok")
    assert scenario.timestamp_ns == START_NS + 5_010_000_000
    scenario.run("wait until midnight")
    assert scenario.timestamp_ns == START_NS + (1 * 3_600 + 46 * 60 + 40) * 1_000_000_000


@pytest.mark.parametrize(
    ("text", "length_ns"),
    [("5ns", 5), ("500ms", 500_000_000), ("90s", 90_000_000_000), ("-1s", -1_000_000_000)],
)
def test_durations(text: str, length_ns: int) -> None:
    assert duration_ns(text) == length_ns
    assert format_duration(length_ns) == text


@pytest.mark.parametrize("text", ["5", "s", "5 s", "5d", "1.5s", ""])
def test_no_durations(text: str) -> None:
    assert duration_ns(text) is None


@pytest.mark.parametrize(("text", "ppm"), [("0.1%", 1_000), ("-0.05%", -500), ("100%", 1_000_000)])
def test_percentages(text: str, ppm: int) -> None:
    assert Words(text).ppm() == ppm


def test_files_are_cut_into_scenarios(tmp_path: Path) -> None:
    path = tmp_path / "rule.txt"
    path.write_text(
        "A rule\nsaid in prose.\n\n    first -> a\n\n"
        "# One\n\nWhy.\n\n    second -> b\n\n# Two\n\n    third\n"
    )
    tables = tables_of(path)
    assert [table.name for table in tables] == ["rule: One", "rule: Two"]
    assert tables[0].steps == "    first -> a\n    second -> b\n"
    assert tables[1].steps == "    first -> a\n    third\n"
