"""The benches of the matcher, small: each measures a real matcher beside its yardstick."""

import os
import sys
from pathlib import Path

import pytest

from scripts.benches import hop, journal, mesh
from scripts.benches.echo import MSGPACK
from scripts.benches.findings import PERCENTILE, BenchError
from scripts.benches.mesh_client import Round
from scripts.benches.mesh_clients import mesh_clients
from scripts.benches.own_matcher import own_process
from scripts.benches.pairs import PAIRS_MIN

pytestmark = pytest.mark.integration


def test_the_journal_bench_measures_each_shape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "ROUND_RECORDS", (2, 3))
    monkeypatch.setattr(journal, "ENCODINGS", 2)
    found = journal.bench_journal(PAIRS_MIN, tmp_path)
    assert [comparison.pairs for comparison in found.comparisons] == [PAIRS_MIN] * 3
    assert [fact.figure for fact in found.facts if "holds" in fact.name] == [1, 100, 4_000]
    assert list(tmp_path.iterdir()) == []


def test_the_hop_bench_measures_each_order(
    servers_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hop, "ORDERS", 20)
    folder = servers_dir / "hop"
    found = hop.bench_hop(PAIRS_MIN, folder)
    assert [times.count for times in found.times] == [20 * PAIRS_MIN] * 2
    half, most = found.comparisons
    assert (half.aim, half.pairs, most.aim) == (1.5, PAIRS_MIN, None)
    assert half.ours <= most.ours
    assert half.yardstick <= most.yardstick
    assert [curve.x_name for curve in found.curves] == [PERCENTILE] * 2
    assert list(folder.iterdir()) == []


def test_the_mesh_bench_measures_rates_costs_and_latencies(
    servers_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("COMMANDS", 600), ("SHARES", (0.2, 0.8)), ("RATE_S", 0.2)):
        monkeypatch.setattr(mesh, name, value)
    folder = servers_dir / "mesh"
    found = mesh.bench_mesh(PAIRS_MIN, folder)
    assert [comparison.aim for comparison in found.comparisons] == [0.5] * len(mesh.FRAMES)
    figures = {fact.name: fact.figure for fact in found.facts}
    assert figures["durable orders"] > 0
    assert figures["durable orders, Redis away"] > 0
    assert figures["an order costs the matcher's loop"] > figures["an order costs Redis"] > 0
    # The flow's cancels come too late now and then, and nothing else is refused.
    assert 0 < figures["orders refused by a rule"] < 20
    assert [len(curve.points) for curve in found.curves] == [2] * 3
    assert len(found.times) == 1
    assert list(folder.iterdir()) == []


def test_clients_of_the_mesh_bench_count_what_was_answered(servers_dir: Path) -> None:
    endpoint = f"ipc://{servers_dir}/echo.ipc"
    command = (sys.executable, "-m", "scripts.benches.echo", endpoint, MSGPACK)
    with (
        own_process(command, os.environ, servers_dir / "echo.log"),
        mesh_clients(100) as clients,
    ):
        # The last frame is not full; one at a time, since the window has room for one.
        results = clients.run(Round(endpoint, True, 0, 30, 59))
        clients.clear()
        assert [found.commands for found in results] == [100, 100]
        assert all(found.ended_ns > found.started_ns for found in results)
        # At a rate: a frame every 10 ms, of which the first fifth does not count.
        results = clients.run(Round(endpoint, True, 0, 10, 0, 1_000.0))
        assert [len(found.latencies_us) for found in results] == [8, 8]
        took_ns = results[0].ended_ns - results[0].started_ns
        assert took_ns > 90_000_000


def test_a_client_that_ends_is_said(servers_dir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with mesh_clients(10) as clients:
        with pytest.raises(BenchError, match="has ended"):
            # Nothing of ZeroMQ can be connected to at such an address.
            clients.run(Round("nowhere", True, 0, 1, 10))
    assert "ZMQError" in capfd.readouterr().err
