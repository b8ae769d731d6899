"""The result in its three forms: JSON, lines, picture."""

import io
import re
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from scripts.load.audits import Audit
from scripts.load.drive import Driven
from scripts.load.judge import Verdict
from scripts.load.options import parse_options
from scripts.load.plot import draw
from scripts.load.record import Record
from scripts.load.report import plain_lines, write_report
from scripts.load.result import Result, make_result, outage_s
from scripts.load.samples import Samples

PNG = b"\x89PNG\r\n\x1a\n"


def make_driven(killed_s: float | None = None) -> Driven:
    places, cancels = Samples(), Samples()
    for number in range(2_000):
        finished_ns = number * 1_000_000 + (1_500_000_000 if number >= 1_000 else 0)
        (cancels if number % 3 == 0 else places).add(
            finished_ns - 2_000_000 - number % 7 * 100_000, finished_ns, 0
        )
    return Driven(Record(), places, cancels, 4.0, 0, 0.4, killed_s)


def make(killed_s: float | None = None, ok: bool = True) -> tuple[Result, Driven]:
    driven = make_driven(killed_s)
    audits = [Audit("one", True, "fine"), Audit("two", ok, "numbers", () if ok else ("found",))]
    verdict = Verdict(audits, 0.5, None)
    return make_result(parse_options(["--seconds", "4"]), driven, verdict), driven


def test_figures() -> None:
    result, _ = make()
    assert result.ok
    assert (result.orders, result.orders_per_s) == (1_333, 1_333 / 4)
    assert result.commands_per_s == 500
    assert result.driver_core_share == pytest.approx(0.1)
    assert result.driver_us_per_command == pytest.approx(200)
    assert result.outage_s is None


def test_the_outage_is_the_longest_silence_after_the_kill() -> None:
    assert outage_s(make_driven(0.9)) == pytest.approx(1.501)
    assert outage_s(make_driven(3.9)) is None


def test_one_failed_audit_fails_the_soak() -> None:
    result, _ = make(ok=False)
    assert not result.ok
    lines = list(plain_lines(result))
    assert lines[-1] == "result: FAILED"
    assert any("FAILED  two: numbers" in line for line in lines)
    assert any("found" in line for line in lines)


def test_json_has_the_percentiles() -> None:
    result, _ = make(0.9)
    decoded = msgspec.json.decode(msgspec.json.encode(result))
    assert decoded["ok"] is True
    assert {"p50_ms", "p99_ms", "p99_9_ms", "max_ms"} <= set(decoded["latency"]["place"])
    assert decoded["audits"][0]["name"] == "one"


@pytest.mark.parametrize("terminal", [True, False])
def test_the_report_says_everything_either_way(terminal: bool) -> None:
    result, _ = make(0.9, ok=False)
    output = io.StringIO()
    write_report(result, Console(file=output, force_terminal=terminal, width=160))
    text = output.getvalue()
    for word in ("p99.9", "FAILED", "found", "matcher killed", "of a core", "closed loop"):
        assert word in text
    assert bool(re.search("\x1b", text)) == terminal


@pytest.mark.parametrize("killed_s", [None, 0.9])
def test_the_picture_is_drawn(tmp_path: Path, killed_s: float | None) -> None:
    result, driven = make(killed_s)
    draw(result, driven, tmp_path / "soak.png")
    assert (tmp_path / "soak.png").read_bytes().startswith(PNG)


def test_nothing_can_be_drawn_too(tmp_path: Path) -> None:
    driven = Driven(Record(), Samples(), Samples(), 4.0, 0, 0.0, 1.0)
    result = make_result(parse_options([]), driven, Verdict([], 0.0, None))
    draw(result, driven, tmp_path / "soak.png")
    assert (tmp_path / "soak.png").read_bytes().startswith(PNG)
