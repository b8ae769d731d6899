"""Streams under attack: whatever dies, every subscriber ends with all that it should have, once."""

import subprocess
import sys

import msgspec
import pytest

from scripts.faults.result import Result
from tests.e2e.conftest import ROOT

pytestmark = pytest.mark.e2e

_FAULTS = ("kill-feed", "kill-redis", "kill-matcher", "restart-exchange")
_COMMAND = (
    *("--minutes", "0.35", "--every", "3", "--seed", "5", "--rate", "300", "--connections", "8"),
    *("--faults", ",".join(_FAULTS), "--subscribers", "10", "--unrest", "3", "--json"),
)


def test_whoever_is_cut_off_slow_or_left_alone_misses_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/chaos.py", *_COMMAND],
        cwd=ROOT, capture_output=True, timeout=110, check=False,
    )  # fmt: skip
    said = done.stderr.decode()
    assert done.stdout, said
    result = msgspec.json.decode(done.stdout, type=Result)
    assert [audit for audit in result.audits if not audit.ok] == [], said
    assert done.returncode == 0, said
    assert all(kind.times for kind in result.faults.values())
    streams = result.streams
    # Ten of all kinds, and a reader for each of ten users.
    assert streams.subscribers == 20
    assert streams.told["trades"] == result.fills > 100
    assert streams.told["fills"] == 2 * result.fills
    assert streams.told["orders"] > result.orders > 500
    assert streams.told["balances"] == 4 * result.fills
    assert streams.checksums == streams.snapshots + streams.deltas > 1_000
    # Each book comes again after each reconnect, and there were many.
    assert streams.reconnects >= 20
    assert min(streams.cuts, streams.stalls) > 3
    assert streams.snapshots > 3 * 10
    assert streams.tops > 100
    names = {audit.name for audit in result.audits}
    assert {"streams: tickers = sums of trades", "streams: running candles"} <= names
