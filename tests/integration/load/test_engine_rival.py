"""The engine bench runs another checkout's engine in a process of its own."""

from pathlib import Path

import pytest

from scripts.benches.engine import bench_against
from scripts.benches.engine_flows import engine_flows
from scripts.benches.engine_rival import EngineProcessError
from scripts.benches.pairs import PAIRS_MIN
from scripts.benches.workload import ROOT

pytestmark = pytest.mark.integration


def test_two_engines_run_the_same_commands() -> None:
    flows = engine_flows(100, 20)
    found = bench_against(PAIRS_MIN, ROOT, flows)
    assert [comparison.name for comparison in found] == list(flows)
    assert all(comparison.ours > 0 for comparison in found)


def test_a_checkout_without_an_engine_is_told_of(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(EngineProcessError):
        bench_against(PAIRS_MIN, tmp_path, engine_flows(100, 20))
    assert "No module named" in capfd.readouterr().err
