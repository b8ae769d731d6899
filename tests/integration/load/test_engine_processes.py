"""The engine bench runs engines, and a book to measure beside, in processes of their own."""

import sys
from pathlib import Path

import msgspec
import pytest

from scripts.benches import engine, memory
from scripts.benches.builds import builds
from scripts.benches.engine import bench_against, bench_engine, bench_peer
from scripts.benches.engine_flows import CANCEL, MIXED, REST, TAKE, engine_flows
from scripts.benches.findings import BenchError
from scripts.benches.pairs import PAIRS_MIN
from scripts.benches.peer_operations import CANCEL as PEER_CANCEL
from scripts.benches.peer_operations import Operation, PeerFlow
from scripts.benches.round_process import RoundProcess, peer_process
from scripts.benches.workload import ROOT

pytestmark = pytest.mark.integration

STAND_INS = ROOT / "tests" / "stand_ins"


def test_two_engines_run_the_same_commands() -> None:
    flows = engine_flows(100, 20)
    found = bench_against(PAIRS_MIN, ROOT, flows).comparisons
    assert [comparison.name for comparison in found] == list(flows)
    assert all(comparison.ours > 0 for comparison in found)


def test_a_checkout_without_an_engine_is_told_of(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BenchError):
        bench_against(PAIRS_MIN, tmp_path, engine_flows(100, 20))
    assert "No module named" in capfd.readouterr().err


def test_each_build_is_measured_beside_the_package_on_the_same_books() -> None:
    found = bench_peer(PAIRS_MIN, engine_flows(600, 20), ["peer"], STAND_INS)
    names = [MIXED, REST, TAKE, CANCEL]
    assert [comparison.name for comparison in found.comparisons] == [
        f"{name}, {build}" for build in builds() for name in names
    ]
    aims = {comparison.aim for comparison in found.comparisons if MIXED in comparison.name}
    assert aims == {engine.AIMS[build] for build in builds()}
    assert all(comparison.more_is_better for comparison in found.comparisons)
    assert [fact.name for fact in found.facts] == [
        f"{MIXED}, all of them, {build}" for build in builds()
    ]


def test_our_book_alone_comes_to_the_same_book_in_each_build() -> None:
    found = bench_peer(PAIRS_MIN, engine_flows(600, 20), ["book"], STAND_INS)
    assert [comparison.name for comparison in found.comparisons] == [
        f"book alone with its reports, {build}" for build in builds()
    ]
    aims = [comparison.aim for comparison in found.comparisons if comparison.aim is not None]
    assert aims == [3.0] * (len(builds()) - 1)


def test_without_the_package_the_rest_is_measured_and_the_reason_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_: object) -> None:
        raise BenchError("there is no C++ compiler")

    monkeypatch.setattr(engine, "provide", missing)
    found = bench_engine(PAIRS_MIN, tmp_path, ["peer"], engine_flows(100, 20))
    assert found.comparisons == []
    assert len(found.facts) == 4 * len(builds())
    assert "there is no C++ compiler" in found.notes[-1]


def test_a_cancel_of_what_is_not_there_is_found_before_the_package_aborts(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "flows"
    flow = PeerFlow([], [Operation(1, PEER_CANCEL, (1,))])
    path.write_bytes(msgspec.msgpack.encode({"late": flow}))
    with peer_process(path, STAND_INS) as peer, pytest.raises(BenchError, match="limit-order-book"):
        peer.run("late")
    assert "AssertionError" in capfd.readouterr().err


def test_a_process_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.benches.round_process.ROUND_TIMEOUT_S", 0.1)
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with RoundProcess("it", command, tmp_path, {}) as process:
        with pytest.raises(BenchError, match="it gave no answer"):
            process.run("x")


def test_the_memory_of_orders_is_measured_in_each_build_with_its_parts(tmp_path: Path) -> None:
    found = memory.bench_memory(PAIRS_MIN, tmp_path, orders=20_000)
    assert len(found.facts) == 4 * len(builds())
    for first in range(0, len(found.facts), 4):
        whole, *parts = found.facts[first : first + 4]
        assert 200 < whole.figure < 2_000
        assert sum(part.figure for part in parts) == pytest.approx(whole.figure)
        # A name of 17 letters is a string of 66 bytes, and is found in a dict.
        assert 66 < parts[1].figure < whole.figure / 2
    aims = [fact.aim for fact in found.facts if fact.aim is not None]
    assert aims == [400.0] * (len(builds()) - 1)


def test_a_process_without_a_build_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "SETTING", "PYTHONHOME")
    with pytest.raises(BenchError, match="could not rest"):
        memory.measure(1, "compiled", named=True)
