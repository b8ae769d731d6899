import signal

import pytest

from scripts.launcher.keeper import describe_status
from scripts.launcher.process import LineSplitter
from scripts.launcher.service import READY_LINE
from scripts.launcher.valkey import CHATTER


def test_lines_come_whole_however_the_bytes_arrive() -> None:
    text = "INFO one\nINFO zwölf\r\n\nlast"
    for size in (1, 2, 3, 100):
        data = text.encode()
        splitter = LineSplitter()
        lines = [
            line
            for start in range(0, len(data), size)
            for line in splitter.feed(data[start : start + size])
        ]
        assert [*lines, *splitter.finish()] == ["INFO one", "INFO zwölf", "", "last"]


def test_an_endless_line_comes_in_pieces_and_bad_bytes_are_shown() -> None:
    splitter = LineSplitter()
    pieces = [piece for _ in range(20) for piece in splitter.feed(b"x" * 1_000)]
    assert pieces
    assert sum(map(len, (*pieces, *splitter.finish()))) == 20_000
    assert splitter.feed(b"\xff\n") == ["\ufffd"]


@pytest.mark.parametrize(
    ("line", "ready"),
    [
        ("INFO ready http://127.0.0.1:8000", True),
        ("ready ws://127.0.0.1:9001", True),
        ("INFO not ready yet", False),
        ("INFO already there", False),
        ("ERROR readying failed", False),
    ],
)
def test_what_counts_as_a_ready_line(line: str, ready: bool) -> None:
    assert bool(READY_LINE.search(line)) is ready


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        ("12:M 01 Jan 2026 00:00:00.000 * Ready to accept connections tcp", True),
        ("12:M 01 Jan 2026 00:00:00.000 # WARNING Memory overcommit must be enabled!", True),
        ("12:M 01 Jan 2026 00:00:00.000 # Bad file format reading the append only file", False),
    ],
)
def test_which_lines_of_valkey_are_chatter(line: str, hidden: bool) -> None:
    assert bool(CHATTER.search(line)) is hidden


def test_how_an_end_is_described() -> None:
    assert describe_status(3) == "ended with status 3"
    assert describe_status(-signal.SIGKILL) == "was ended by SIGKILL"
