"""The benches: pairs alternate, the workload is what it says, the yardsticks do the same work."""

import io

import msgspec
import pytest
from rich.console import Console

from proto.commands import CancelOrder, PlaceOrder
from scripts.benches import codec, engine
from scripts.benches.machine import this_machine
from scripts.benches.main import Report, show
from scripts.benches.pairs import PAIRS_MIN, compare
from scripts.benches.workload import mixed_commands


def test_pairs_take_turns_and_give_ratios() -> None:
    calls = []

    def ours() -> float:
        calls.append("ours")
        return 2.0 + len(calls)

    def yardstick() -> float:
        calls.append("yardstick")
        return 1.0

    found = compare("x", ours, yardstick, "us", "nothing", PAIRS_MIN)
    assert calls[:8] == ["ours", "yardstick"] * 2 + ["yardstick", "ours"] + ["ours", "yardstick"]
    assert (found.yardstick, found.pairs) == (1.0, PAIRS_MIN)
    assert found.ratio_min <= found.ratio <= found.ratio_max
    # The first round of each is thrown away.
    assert found.ratio_min == 5.0


def test_the_workload_is_mixed_and_the_same_each_time() -> None:
    commands = mixed_commands(4_000)
    assert commands == mixed_commands(4_000)
    cancels = sum(isinstance(command, CancelOrder) for command in commands)
    assert 0.25 < cancels / len(commands) < 0.45
    assert any(isinstance(command, PlaceOrder) for command in commands)


def test_bare_matching_makes_the_engines_trades() -> None:
    commands = mixed_commands(4_000)
    _, trades = engine._engine_round(commands)
    assert trades > 500
    assert engine._bare_round(commands)[1] == trades


def test_a_report_is_a_table_and_json() -> None:
    report = Report(this_machine(), [compare("x", lambda: 3.0, lambda: 2.0, "us", "y", PAIRS_MIN)])
    output = io.StringIO()
    show(report, Console(file=output, width=140))
    assert "1.50 (1.50 .. 1.50)" in output.getvalue()
    assert report.machine.python in output.getvalue()
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report


def test_the_codec_bench_compares_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "FRAMES_PER_ROUND", 1)
    assert [found.pairs for found in codec.bench_codec(PAIRS_MIN)] == [PAIRS_MIN] * 2
