"""Who watches while a bench measures: told of each round, and of each comparison that is done.

Benches know nothing of bars and tables, and `compare` is called deep inside of them, in coroutines
too; so the watcher is in a context variable, which tasks inherit. Nobody watches unless `watched`
says so. What a watcher was told is all that is left of a bench that was interrupted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Protocol

from scripts.benches.comparison import Comparison


class Watcher(Protocol):
    """Whoever is told how a bench comes along."""

    def on_round(self, name: str, number: int, rounds: int) -> None:
        """Hear that a round of both begins.

        Args:
            name: What is compared.
            number: From 0, which is thrown away, to `rounds`.
            rounds: How many count.
        """

    def on_comparison(self, found: Comparison) -> None:
        """Hear what a comparison has found."""


class _Nobody:
    def on_round(self, name: str, number: int, rounds: int) -> None: ...

    def on_comparison(self, found: Comparison) -> None: ...


_NOBODY: Final[Watcher] = _Nobody()
_WATCHER: Final[ContextVar[Watcher]] = ContextVar("watcher", default=_NOBODY)


def watcher() -> Watcher:
    """Return who watches now."""
    return _WATCHER.get()


@contextmanager
def watched(by: Watcher) -> Iterator[None]:
    """Let somebody watch whatever is measured meanwhile."""
    token = _WATCHER.set(by)
    try:
        yield
    finally:
        _WATCHER.reset(token)
