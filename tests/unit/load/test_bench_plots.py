"""Pictures of benches: which curves share one, how their axes are, what each kind of page shows."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib import pyplot as plt

from scripts.benches.findings import PERCENTILE, Curve, Fact, Findings, distribution_of
from scripts.benches.machine import this_machine
from scripts.benches.pairs import summed_up
from scripts.benches.plots.curves import draw_curves, grouped, nines
from scripts.benches.plots.draw import OVERVIEW, draw_report, picture_name
from scripts.benches.plots.overview import draw_overview, rows_of
from scripts.benches.plots.style import LINES, TEXT, for_any_page
from scripts.benches.report import Measured, Report


def measured(bench: str, findings: Findings) -> Measured:
    return Measured(bench, "x", "2024", 1.0, this_machine(), findings)


def curve(name: str, *points: tuple[float, float], x: str = "size", y: str = "cost, us") -> Curve:
    return Curve(name, x, y, [*points])


def scales(*curves: Curve) -> tuple[str, str]:
    figure = draw_curves(curves, "bench")
    (axes,) = figure.axes
    plt.close(figure)
    return axes.get_xscale(), axes.get_yscale()


def test_curves_with_the_same_axes_share_a_picture() -> None:
    one, two, other = curve("a", (1, 1)), curve("b", (1, 2)), curve("c", (1, 1), y="bytes")
    assert grouped([one, other, curve("empty"), two]) == [[one, two], [other]]
    assert picture_name("hop", other) == "hop-bytes-by-size.svg"
    assert picture_name("hop", one) == picture_name("hop", two) == "hop-cost-us-by-size.svg"


def test_axes_follow_what_is_drawn() -> None:
    assert scales(curve("near", (1, 1), (29, 19))) == ("linear", "linear")
    assert scales(curve("far", (1, 1), (30, 20))) == ("log", "log")
    assert scales(curve("from zero", (0, 0), (1_000, 1_000))) == ("linear", "linear")
    assert scales(curve("late", (1, 1), (2, 2), y="latency, ms")) == ("linear", "log")
    assert scales(curve("a", (1, 1)), curve("b", (100, 1))) == ("log", "linear")
    assert scales(distribution_of("d", [*range(1, 1_001)])) == ("linear", "log")


def test_each_further_nine_takes_the_same_room() -> None:
    assert [nines(percentile) for percentile in (0, 90, 99, 99.9)] == pytest.approx([0, 1, 2, 3])
    figure = draw_curves([distribution_of("d", [*range(1, 1_001)])], "hop")
    (axes,) = figure.axes
    plt.close(figure)
    assert [label.get_text() for label in axes.get_xticklabels()] == [
        "0 %",
        "50 %",
        "90 %",
        "99 %",
        "99.9 %",
    ]
    assert axes.get_xlabel() == PERCENTILE


def test_the_overview_shows_how_far_each_is_from_its_aim() -> None:
    rounds = [(1.0, 2.0), (1.2, 2.0), (1.4, 2.0)]
    findings = Findings(
        [
            summed_up("rate", rounds, "a second", "y", more_is_better=True, aim=0.5),
            summed_up("cost", rounds, "us", "y", aim=0.5),
            summed_up("no aim", rounds, "us", "y"),
        ],
        facts=[Fact("bytes", 800, "bytes", 400), Fact("nothing", 0, "", 1), Fact("free", 1, "")],
    )
    rate, cost, fact = rows_of(Report([measured("hop", findings)]))
    assert (rate.name, rate.is_met, rate.figure, rate.aim) == ("rate", True, "0.60", "≥ 0.5")
    assert (rate.better, rate.low, rate.high) == pytest.approx((1.2, 1.0, 1.4))
    assert rate.yardstick == pytest.approx(2.0)
    assert (cost.is_met, cost.better) == (False, pytest.approx(0.5 / 0.6))
    # The dearest round is the worst.
    assert (cost.low, cost.high) == pytest.approx((0.5 / 0.7, 1.0))
    assert cost.yardstick == pytest.approx(0.5)
    assert (fact.figure, fact.better, fact.yardstick) == ("800 bytes", 0.5, None)
    figure = draw_overview([rate, cost, fact])
    (axes,) = figure.axes
    texts = {text.get_text() for text in axes.texts}
    plt.close(figure)
    assert texts == {"0.60 (≥ 0.5)", "0.60 (≤ 0.5) missed", "800 bytes (≤ 400) missed"}
    assert "1 of 3 aims met" in figure.get_suptitle()


def test_a_report_is_drawn_and_what_is_no_longer_measured_goes(tmp_path: Path) -> None:
    aimed = summed_up("x", [(1.0, 2.0)], "us", "y", aim=0.5)
    drawn = [curve("a", (1, 1), (2, 2))]
    report = Report(
        [measured("hop", Findings([aimed], curves=drawn)), measured("mesh", Findings())]
    )
    old, others = tmp_path / "mesh-cost-by-size.svg", tmp_path / "rest-cost-by-size.svg"
    old.touch()
    others.touch()
    paths = draw_report(report, tmp_path)
    assert [path.name for path in paths] == [OVERVIEW, "hop-cost-us-by-size.svg"]
    assert not old.exists()
    assert others.exists()
    first = [path.read_bytes() for path in paths]
    assert [path.read_bytes() for path in draw_report(report, tmp_path)] == first


def test_a_picture_has_the_colours_of_dark_pages_too(tmp_path: Path) -> None:
    report = Report([measured("hop", Findings(curves=[curve("a", (1, 1), (2, 2))]))])
    (path,) = draw_report(report, tmp_path)
    svg = path.read_text()
    root = ElementTree.fromstring(svg)
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"hop: cost, us", "size"} <= {text.strip() for text in texts if text}
    sheet = svg[svg.index("prefers-color-scheme: dark") : svg.index("</style>")]
    for light in (TEXT, LINES[0]):
        dark = re.search(rf'\[style\*="\w+: {light}"\] {{ \w+: (#\w+) !important; }}', sheet)
        assert dark is not None
        assert dark[1] != light
    # No background that a dark page would have to show.
    assert "#ffffff" not in svg
    assert "system-ui" in svg


def test_only_colours_that_are_there_are_replaced() -> None:
    svg = f'<svg>\n <defs>\n</defs><path style="fill: {TEXT}"/></svg>'
    sheet = for_any_page(svg)
    assert f"fill: {TEXT}" in sheet
    assert "stroke" not in sheet
    assert LINES[0] not in sheet
