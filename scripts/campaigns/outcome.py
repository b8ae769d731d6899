"""How a run ends: its status, and its result as JSON."""

import os
import sys
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

PASSED = 0
FAILED = 1

CatchT = TypeVar("CatchT", bound=msgspec.Struct)


def guarded(run: Callable[[], int]) -> int:
    """Run something, and return its exit status, also where somebody ends it early."""
    try:
        return run()
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # Whoever read has seen enough; the interpreter need not try again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def tell_catches(
    catches: Iterable[CatchT],
    describe: Callable[[CatchT], str],
    is_noticed: Callable[[CatchT], bool],
    *,
    as_json: bool,
) -> int:
    """Tell of each sabotage whether it was noticed, as soon as that is known.

    Returns:
        PASSED where all were.
    """
    found: list[CatchT] = []
    for catch in catches:
        found.append(catch)
        if not as_json:
            print(describe(catch), flush=True)
    if as_json:
        write_json(found)
    return PASSED if all(map(is_noticed, found)) else FAILED


def write_json(result: object) -> None:
    """Write a result on standard output."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(result)).decode() + "\n")
