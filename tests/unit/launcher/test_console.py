import os

import pytest

from scripts.launcher.console import Console, wants_colour


def _written(*, coloured: bool) -> list[str]:
    read, write = os.pipe()
    console = Console(write, coloured=coloured)
    console.line("matcher", "INFO ready")
    console.line("feed-1", "WARNING slow")
    console.notice("stopped")
    console.close()
    os.close(write)
    with os.fdopen(read) as file:
        return file.read().splitlines()


def test_each_line_is_behind_the_name_of_who_says_it() -> None:
    assert _written(coloured=False) == [
        "matcher    INFO ready",
        "feed-1     WARNING slow",
        "up         stopped",
    ]


def test_colours_mark_names_and_levels_and_are_taken_back() -> None:
    for line in _written(coloured=True):
        assert line.startswith("\x1b[")
        assert line.count("\x1b[0m") == line.count("\x1b[") / 2


def test_a_terminal_that_is_paused_holds_nobody_up_and_what_was_dropped_is_counted() -> None:
    read, write = os.pipe()
    console = Console(write, coloured=False)
    for number in range(30_000):
        console.line("matcher", f"INFO {number} {'x' * 60}")
    # Here we are although nobody has read: now somebody does.
    with os.fdopen(read, "rb") as file:
        lines = [file.readline() for _ in range(5_000)]
        console.line("matcher", "INFO after")
        while lines[-1] and b"after" not in lines[-1]:
            lines.append(file.readline())
        os.close(write)
    text = b"".join(lines)
    assert b"lines were not shown" in text
    assert text.endswith(b"INFO after\n")


def test_a_reader_that_has_gone_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    console = Console(write, coloured=False)
    console.notice("into the void")
    console.close()
    os.close(write)


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colours_where_they_are_not_wanted(environment: dict[str, str]) -> None:
    leader, follower = os.openpty()
    try:
        assert wants_colour(follower, {"TERM": "xterm"})
        assert not wants_colour(follower, environment)
    finally:
        os.close(leader)
        os.close(follower)


def test_no_colours_into_a_pipe() -> None:
    read, write = os.pipe()
    assert not wants_colour(write, {"TERM": "xterm"})
    os.close(read)
    os.close(write)
