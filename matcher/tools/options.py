"""The command line of `python -m matcher`."""

import argparse
from pathlib import Path
from typing import Final

from msgspec import Struct

from proto.limits import INTEGER_MAX

_DESCRIPTION: Final = "Run a matcher (without a tool), or look at its journal."


class VerifyOptions(Struct, frozen=True):
    """What `verify` was asked to do.

    Attributes:
        data_dir: The data folder; None for that of the environment.
        from_beginning: Whether to replay everything, rather than from the newest snapshot.
        json: Whether the result goes to standard output as JSON.
    """

    data_dir: Path | None
    from_beginning: bool
    json: bool


class ShowOptions(Struct, frozen=True):
    """What `show` was asked to do.

    Attributes:
        data_dir: The data folder; None for that of the environment.
        first_sequence: Sequence of the first command to show.
        last_sequence: Sequence of the last one.
        events: Whether to replay, and to show what each command did.
        json: Whether to write JSON lines.
        follow: Whether to go on with what is written from now on.
    """

    data_dir: Path | None
    first_sequence: int
    last_sequence: int
    events: bool
    json: bool
    follow: bool


def parse_options(arguments: list[str]) -> VerifyOptions | ShowOptions | None:
    """Read the command line; a mistake ends the process with a sentence and status 2.

    Returns:
        What a tool is to do; None to run a matcher.
    """
    parser = _parser()
    namespace = parser.parse_args(arguments)
    if namespace.tool is None:
        return None
    if namespace.tool == "verify":
        return VerifyOptions(namespace.data_dir, namespace.from_beginning, namespace.json)
    if namespace.first > namespace.last:
        parser.error("--from must not lie behind --to")
    return ShowOptions(
        namespace.data_dir,
        namespace.first,
        namespace.last,
        namespace.events,
        namespace.json,
        namespace.follow,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m matcher", description=_DESCRIPTION)
    tools = parser.add_subparsers(dest="tool", title="tools", metavar="")
    verify = tools.add_parser(
        "verify",
        help="check the journal's chain, replay it, and sum up every balance",
        description="Check the chain of the whole journal, replay it from the newest snapshot, and "
        "sum up what comes out. Changes nothing, and works beside a running matcher. Ends with "
        "status 0 if all is good, 1 if not.",
    )
    verify.add_argument(
        "--from-beginning",
        action="store_true",
        help="replay everything, archive included, and compare with each snapshot on the way",
    )
    show = tools.add_parser(
        "show",
        help="write the journal as lines to read, or as JSON",
        description="Write the commands in the journal, one a line, oldest first. Changes nothing, "
        "and works beside a running matcher.",
    )
    show.add_argument("--from", dest="first", type=_sequence, default=1, metavar="N",
                      help="sequence of the first command (1)")  # fmt: skip
    show.add_argument("--to", dest="last", type=_sequence, default=INTEGER_MAX, metavar="N",
                      help="sequence of the last one (the end of the journal)")  # fmt: skip
    show.add_argument("--events", action="store_true",
                      help="replay, and show what each command did")  # fmt: skip
    show.add_argument("--follow", action="store_true",
                      help="go on with what is written from now on, until Ctrl-C")  # fmt: skip
    for tool in (verify, show):
        tool.add_argument("--json", action="store_true", help="write JSON to standard output")
        tool.add_argument("--data-dir", type=Path, default=None,
                          help="the data folder (TICKMESH_DATA_DIR, or ./data)")  # fmt: skip
    return parser


def _sequence(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= INTEGER_MAX):
        raise argparse.ArgumentTypeError("must be a sequence, a whole number from 1")
    return int(text)
