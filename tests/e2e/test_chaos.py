"""A short chaos: every kind of fault strikes, and nothing is lost, doubled or made up."""

import subprocess
import sys

import msgspec
import pytest

from scripts.faults.kinds import BY_NAME
from scripts.faults.result import Result
from tests.e2e.conftest import ROOT

pytestmark = pytest.mark.e2e

# Each kind comes before any comes again: so many faults are every kind at least once.
_COMMAND = (
    *("--minutes", "0.4", "--every", "1.2", "--seed", "7", "--rate", "300"),
    *("--connections", "8", "--subscribers", "1", "--json"),
)


def test_a_short_chaos_with_every_kind_of_fault() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/chaos.py", *_COMMAND],
        cwd=ROOT, capture_output=True, timeout=110, check=False,
    )  # fmt: skip
    said = done.stderr.decode()
    assert done.stdout, said
    result = msgspec.json.decode(done.stdout, type=Result)
    assert [audit for audit in result.audits if not audit.ok] == [], said
    assert done.returncode == 0, said
    assert {name for name, kind in result.faults.items() if kind.times} == set(BY_NAME)
    assert result.orders > 500
    assert result.unsettled == 0
    assert result.commands_audited > result.orders
