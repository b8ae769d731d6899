"""Processes found by what the kernel tells of them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from scripts.faults.processes import children, family, is_alive, service_pids
from tests.waiting import block_until

# A launcher of two services of one kind, one of which has a child of its own.
LAUNCHER = """
import subprocess, sys, time
sleep = "import subprocess, sys, time; time.sleep(600)"
parent = sleep.replace("time.", f"subprocess.Popen([sys.executable, '-c', {sleep!r}]); time.", 1)
for source in (sleep, parent):
    subprocess.Popen([sys.executable, "-c", source, "-m", "gateway"])
time.sleep(600)
"""


@contextmanager
def launched() -> "Iterator[subprocess.Popen[bytes]]":
    launcher = subprocess.Popen([sys.executable, "-c", LAUNCHER], start_new_session=True)
    try:
        yield launcher
    finally:
        os.killpg(launcher.pid, signal.SIGKILL)
        launcher.wait()


def test_services_are_found_by_name_and_go_with_their_end() -> None:
    with launched() as launcher:
        block_until(lambda: len(service_pids(launcher.pid).get("gateway", [])) == 2)
        first, second = service_pids(launcher.pid)["gateway"]
        assert list(children(launcher.pid)) == [first, second]
        block_until(lambda: len(family(launcher.pid)) == 4)
        assert family(launcher.pid)[0] == launcher.pid
        grandchild = block_until(lambda: [*family(first), *family(second)])
        assert {first, second} < set(grandchild)
        os.kill(first, signal.SIGKILL)
        block_until(lambda: not is_alive(first))
        # It waits for its parent's question, and is no service any more.
        assert service_pids(launcher.pid) == {"gateway": [second]}
        os.kill(second, signal.SIGSTOP)
        assert is_alive(second)
        assert service_pids(launcher.pid) == {"gateway": [second]}


def test_nobody_is_below_a_process_that_has_ended() -> None:
    with launched() as launcher:
        pid = launcher.pid
    assert not is_alive(pid)
    assert service_pids(pid) == {}
    assert family(pid) == [pid]
