"""Makes a journal that fails shorter, for as long as it still fails.

A command that is left out is first put in the place of by an AdvanceTime, so that all that comes
later keeps its sequence, and so most orders their ids. When nothing more can be replaced, the
replacements are left out where that changes nothing.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Final

from proto.commands import AdvanceTime
from tests.property.block import COMPARE_EVERY
from tests.property.bounds import SMALL, bounded
from tests.property.pair import Pair, Stamped
from tests.property.venue import definitions

TRIES_MAX: Final = 600
Journal = list[Stamped]


def failure_of(journal: Journal) -> str:
    """Apply a journal to a new pair, and return what goes wrong; "" where nothing does."""
    with bounded(SMALL):
        try:
            pair = Pair(SMALL)
            for number, stamped in enumerate(journal[len(definitions()) :], 1):
                elapsed_ns = stamped.timestamp_ns - pair.timestamp_ns
                pair.apply(stamped.command, elapsed_ns, keeps_bytes=False)
                if number % COMPARE_EVERY == 0:
                    pair.compare()
            pair.compare()
        # Whatever the engine raises is what is looked for.
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return ""


def shrunk(journal: Journal, on_try: Callable[[int], None]) -> Journal:
    """Return a part of a journal that fails, which fails too.

    Args:
        journal: One that fails.
        on_try: Called with the number of commands that are still in it, for each try.
    """
    tries = 0

    def still_fails(candidate: Journal) -> bool:
        nonlocal tries
        tries += 1
        on_try(sum(not _is_blank(stamped) for stamped in candidate))
        return tries <= TRIES_MAX and failure_of(candidate) != ""

    kept = len(definitions())
    for change in (_blanked, _without):
        size = max(1, (len(journal) - kept) // 2)
        while size:
            start = kept
            while start < len(journal):
                candidate = change(journal, start, start + size)
                if candidate != journal and still_fails(candidate):
                    journal = candidate
                # What was taken out has made room for what comes next.
                if change is _blanked or candidate is not journal:
                    start += size
            size //= 2
    return journal


def listing(journal: Journal) -> list[str]:
    """Write the commands of a journal as lines, with the time since the one before."""
    shown = journal[len(definitions()) - 1 :]
    return [
        f"+{after.timestamp_ns - before.timestamp_ns} ns  {after.command}"
        for before, after in pairwise(shown)
    ]


def _is_blank(stamped: Stamped) -> bool:
    return isinstance(stamped.command, AdvanceTime)


def _blanked(journal: Journal, start: int, end: int) -> Journal:
    blanks = [Stamped(one.timestamp_ns, AdvanceTime(0)) for one in journal[start:end]]
    return [*journal[:start], *blanks, *journal[end:]]


def _without(journal: Journal, start: int, end: int) -> Journal:
    rest = [stamped for stamped in journal[start:end] if not _is_blank(stamped)]
    return [*journal[:start], *rest, *journal[end:]]
