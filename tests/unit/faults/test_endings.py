import pytest

from scripts.faults.endings import audit_endings
from scripts.faults.kinds import BY_NAME
from scripts.faults.silence import Struck

KILLED = Struck(BY_NAME["kill-feed"], 1.0, 1.0)
FILLED = Struck(BY_NAME["fill-disk"], 2.0, 4.0)
LINES = [
    "up         feed-1 is ready after 0.82 s",
    "up         feed-1 was ended by SIGKILL",
    "up         postgres ended with status 1",
    "feed-1     INFO the connection ended with status 1",
    "up         matcher was ended by SIGKILL",
]


def test_what_faults_end_is_fine() -> None:
    audit = audit_endings(LINES, [KILLED])
    assert audit.ok
    assert audit.detail == "3 endings"


@pytest.mark.parametrize(
    "line",
    [
        "up         feed-2 ended with status 1",
        "up         feed-1 ended with status 0",
        "up         gateway-1 was ended by SIGSEGV",
        "up         persist ended with status 2",
    ],
)
def test_what_ends_by_itself_is_a_failure(line: str) -> None:
    audit = audit_endings([*LINES, line], [KILLED, FILLED])
    assert audit.findings == (" ".join(line.split()[1:]),)


def test_a_matcher_stops_by_itself_only_where_its_disk_is_full() -> None:
    stopped = [*LINES, "up         matcher ended with status 1"]
    assert audit_endings(stopped, [KILLED, FILLED]).ok
    assert not audit_endings(stopped, [KILLED]).ok
