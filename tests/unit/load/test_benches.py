"""The benches: pairs alternate, the workload is what it says, the yardsticks do the same work."""

import gc
import io
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from matcher.core import state
from proto.commands import CancelOrder, PlaceOrder
from proto.queries import LedgerQuery
from proto.replies import LedgerReply
from scripts.benches import codec, engine, recovery
from scripts.benches.machine import this_machine
from scripts.benches.main import Report, show
from scripts.benches.pairs import PAIRS_MIN, compare
from scripts.benches.resting_book import RestingBook
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


def test_the_recovery_bench_loads_replays_and_snapshots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, number in (("ORDERS", 3_000), ("MEMORY_ORDERS", 500), ("COMMANDS", 500)):
        monkeypatch.setattr(recovery, name, number)
    # The loop makes orders for as long as a child writes, and all that are known are written.
    monkeypatch.setattr(state, "RECENT_ORDERS", 100)
    was_enabled, thresholds = gc.isenabled(), gc.get_threshold()
    try:
        found = recovery.bench_recovery(PAIRS_MIN, tmp_path)
    finally:
        gc.set_threshold(*thresholds)
    assert gc.isenabled() == was_enabled
    assert [comparison.unit for comparison in found] == [
        "bytes an order",
        "us a command",
        "us an order",
        "bytes an order",
        "us",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_large_book_goes_on_trading() -> None:
    book = RestingBook(1_000)
    for number in range(1, 301):
        book.trade(number)
    book.engine.check_invariants()
    reply = book.engine.answer(LedgerQuery(0), book.engine.timestamp_ns)
    assert isinstance(reply, LedgerReply)
    assert reply.trades > 50
