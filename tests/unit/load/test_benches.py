"""The benches: pairs alternate, the workload is what it says, the yardsticks do the same work."""

import gc
from pathlib import Path

import pytest
from msgspec import to_builtins

from matcher.core import state
from matcher.core.replies import order_reply
from proto.codec import decode_reply
from proto.commands import CancelOrder, PlaceOrder
from proto.queries import LedgerQuery
from proto.replies import LedgerReply, OrderReply
from scripts.benches import codec, recovery
from scripts.benches.engine_flows import CANCEL, MIXED, REST, TAKE, encoded, engine_flows
from scripts.benches.engine_round import batches_of, run_engine
from scripts.benches.main import main
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


def test_the_plain_flows_are_what_they_say() -> None:
    trades = {}
    for name, flow in engine_flows(4_000, 400).items():
        frames = encoded(flow)
        trades[name] = run_engine(batches_of(frames.prepare), batches_of(frames.measure)).outcome
    assert trades.pop(MIXED) > 500
    # What is said to take takes once, what is said to rest and to be cancelled never.
    assert trades == {REST: 0, TAKE: 400, CANCEL: 0}


def test_another_checkout_is_for_the_engine_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, problem in (
        (["codec", "--against", str(tmp_path)], "--against is for the engine"),
        (["engine", "--against", str(tmp_path)], "no checkout"),
    ):
        with pytest.raises(SystemExit):
            main(arguments)
        assert problem in capsys.readouterr().err


def test_the_codec_bench_compares_the_same_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codec, "FRAMES_PER_ROUND", 1)
    found = codec.bench_codec(PAIRS_MIN, tmp_path).comparisons
    assert [comparison.pairs for comparison in found] == [PAIRS_MIN] * 5
    # Both come to the same values, and for frames of commands to the same bytes.
    encoding, decoding, _ = codec.frames()
    assert encoding.ours() == encoding.yardstick()
    assert to_builtins(decoding.ours()) == decoding.yardstick()
    reply = decode_reply(order_reply(1, codec.an_order().state(), []))
    assert isinstance(reply, OrderReply)
    assert (reply.order.executed_lots, reply.order.quantity_lots) == (2_000, 5_000)


def test_the_recovery_bench_loads_replays_and_snapshots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, number in (("ORDERS", 3_000), ("COMMANDS", 500)):
        monkeypatch.setattr(recovery, name, number)
    # The loop makes orders for as long as a child writes, and all that are known are written.
    monkeypatch.setattr(state, "RECENT_ORDERS", 100)
    was_enabled, thresholds = gc.isenabled(), gc.get_threshold()
    try:
        found = recovery.bench_recovery(PAIRS_MIN, tmp_path)
    finally:
        gc.set_threshold(*thresholds)
    assert gc.isenabled() == was_enabled
    assert [comparison.unit for comparison in found.comparisons] == [
        "commands a second",
        "orders a second",
        "bytes an order",
        "us",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_large_book_goes_on_trading() -> None:
    book = RestingBook(1_000)
    for number in range(1, 301):
        book.trade(number)
    book.engine.check_invariants()
    reply = decode_reply(book.engine.answer(LedgerQuery(0), book.engine.timestamp_ns))
    assert isinstance(reply, LedgerReply)
    assert reply.trades > 50
