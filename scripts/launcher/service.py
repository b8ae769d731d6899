"""What the launcher knows of a program that it runs: a `Service`, a value.

How it works: everything that `up` starts, an embedded server as well as one of the exchange's own
processes, is described by the same few facts: how to start it, how to tell from its output that it
is ready, and how to ask it to stop. The supervisor and the tests then need to know nothing of
PostgreSQL, Valkey or the matcher.
"""

import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HISTORY_NICENESS: Final = 10
"""Of what keeps the history: it may be late, and orders may not."""

READY_LINE: Final = re.compile(r"^(?:[A-Z]+ )?ready\b")
"""The exchange's own processes log one line whose message begins with "ready"."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The user that a service runs as, where that is not the launcher's own."""

    user_id: int
    group_id: int


@dataclass(frozen=True, slots=True)
class Service:
    """A program to run and keep running.

    Attributes:
        name: Shown before each of its lines; unique.
        command: The program and its arguments.
        directory: Where it runs. Entered before the change of user.
        environment: Its whole environment.
        ready_pattern: A line of its output that matches says that it serves.
        chatter_pattern: Lines that match are shown only if it dies; None to show all.
        identity: The user to run it as; None for the launcher's own.
        stop_signal: Asks it to stop in good order.
        orphan_signal: What the kernel sends it if the launcher dies without a word.
        niceness: How far it stands back where others want the processor too; 0..19.
        ready_timeout_s: How long it may take from start to ready.
        stop_timeout_s: How long it may take from `stop_signal` to its end; then SIGKILL.
    """

    name: str
    command: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str]
    ready_pattern: re.Pattern[str] = READY_LINE
    chatter_pattern: re.Pattern[str] | None = None
    identity: Identity | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    niceness: int = 0
    ready_timeout_s: float = 30.0
    stop_timeout_s: float = 10.0
