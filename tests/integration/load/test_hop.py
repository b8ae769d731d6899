"""The hop bench runs against a real matcher and a real echo, and leaves nothing behind."""

import tempfile
from pathlib import Path

import pytest

from scripts.benches import hop
from scripts.benches.pairs import PAIRS_MIN


@pytest.mark.integration
def test_the_hop_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hop, "ORDERS_PER_ROUND", 5)
    # Not tmp_path: the path of a unix socket is short.
    with tempfile.TemporaryDirectory(prefix="tickmesh-hop-") as folder:
        (found,) = hop.bench_hop(PAIRS_MIN, Path(folder))
        assert found.pairs == PAIRS_MIN
        assert found.ours > 0
        assert not list(Path(folder).iterdir())
