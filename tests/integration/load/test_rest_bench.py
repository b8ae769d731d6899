"""The bench of REST runs on real exchanges, finds what it looks for, and leaves nothing."""

import tempfile
from pathlib import Path

import pytest

from scripts.benches.findings import BenchError
from scripts.benches.pairs import PAIRS_MIN
from scripts.benches.rest import bench, generator
from scripts.benches.rest.generator import load_generator
from scripts.benches.rest.servers import fixed_server


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, number in (
        ("ROUND_MS", 50),
        ("RATE_MS", 50),
        ("FEW", 2),
        ("MANY", 3),
        ("SHARES", (0.5, 1.0)),
    ):
        monkeypatch.setattr(bench, name, number)


@pytest.mark.integration
@pytest.mark.timeout(300)
def test_what_an_order_waits_for_is_measured(tiny: None) -> None:
    parts = (bench.FIXED, bench.ONE, bench.LISTS, bench.RATES)
    # Not tmp_path: the path of a unix socket is short.
    with tempfile.TemporaryDirectory(prefix="tickmesh-rest-") as folder:
        found = bench.bench_rest(PAIRS_MIN, Path(folder), parts)
        assert not list(Path(folder).iterdir())
    # The fixed reply twice and the plain one; one connection; the lists twice.
    assert len(found.comparisons) == 6
    assert all(comparison.ours > 0 for comparison in found.comparisons)
    assert [comparison.aim for comparison in found.comparisons] == [0.75, 0.75, None, 1.2, 3.0, 0.5]
    assert min(times.count for times in found.times) > 0
    costs = {fact.name.rpartition(" costs ")[2] for fact in found.facts if "costs" in fact.name}
    assert costs == {"gateway", "matcher", "Redis", "load generator"}
    rates = [curve for curve in found.curves if curve.x_name.startswith("offered")]
    assert [len(curve.points) for curve in rates] == [2, 2, 2]


@pytest.mark.integration
@pytest.mark.timeout(300)
def test_the_whole_exchange_is_measured(tiny: None) -> None:
    with tempfile.TemporaryDirectory(prefix="tickmesh-rest-") as folder:
        found = bench.bench_rest(PAIRS_MIN, Path(folder), (bench.WHOLE,))
        assert not list(Path(folder).iterdir())
    assert len(found.comparisons) == 3
    costs = {fact.name.rpartition(" costs ")[2] for fact in found.facts if "costs" in fact.name}
    assert costs >= {"gateway", "matcher", "redis", "persist", "postgres", "feed", "load generator"}


@pytest.mark.integration
def test_answers_that_no_client_should_get_end_the_bench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fixed_server(tmp_path) as port, load_generator() as load:
        assert load.run(port, 1, 20).statuses.keys() == {"200"}
        monkeypatch.setattr(generator, "_USUAL", frozenset(("404",)))
        with pytest.raises(BenchError, match="200"):
            load.run(port, 1, 20)
