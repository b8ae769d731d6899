"""The command line of chaos."""

import argparse
import shlex
from pathlib import Path

from msgspec import Struct

from scripts.faults.kinds import BY_NAME, FAULTS, Fault
from scripts.load.options import RATE_MAX, operation_rate, whole_number


class Options(Struct, frozen=True):
    """What chaos was asked to do.

    Attributes:
        minutes: How long the load and the faults last.
        seed: Seed of the schedule and of the load.
        every_s: Mean time between two faults.
        faults: Kinds of faults; at least one.
        rate: Orders and cancels a second offered; None for as many as the connections carry.
        connections: Connections, each with one operation in flight.
        subscribers: WebSocket subscribers, besides one for each user.
        unrest_per_s: How often a second one of them cuts its connection or stops reading.
        data_dir: Where the exchange keeps its data; None for a temporary folder, which stays only
            after a failure.
        json: Whether the result goes to standard output as JSON.
    """

    minutes: float
    seed: int
    every_s: float
    faults: tuple[Fault, ...]
    rate: int | None
    connections: int
    subscribers: int
    unrest_per_s: float
    data_dir: Path | None
    json: bool

    @property
    def seconds(self) -> int:
        """Length of the load."""
        return round(self.minutes * 60)

    def command(self) -> str:
        """Return the command that does the same again."""
        names = [fault.name for fault in self.faults]
        chosen = ["--faults", ",".join(names)] if len(names) < len(FAULTS) else []
        return shlex.join(
            [
                *(".venv/bin/python", "scripts/chaos.py", "--minutes", f"{self.minutes:g}"),
                *("--seed", str(self.seed), "--every", f"{self.every_s:g}"),
                *("--rate", RATE_MAX if self.rate is None else str(self.rate)),
                *("--connections", str(self.connections), "--subscribers", str(self.subscribers)),
                *("--unrest", f"{self.unrest_per_s:g}", *chosen),
            ]
        )


def parse_options(arguments: list[str]) -> Options:
    """Read the command line; a mistake ends the process with a sentence and status 2."""
    parser = argparse.ArgumentParser(
        prog="scripts/chaos.py",
        description="Start an exchange of its own, load it, strike it with faults by a seeded "
        "schedule, let it recover, and audit that nothing was lost, doubled or made up.",
        epilog=f"Faults: {', '.join(BY_NAME)}.",
    )
    add = parser.add_argument
    add("--minutes", type=_positive(7 * 24 * 60), default=10.0, help="length (10)")
    add("--seed", type=whole_number(0, 2**32), default=1, help="seed (1)")
    add("--every", type=_positive(3_600), default=5.0, metavar="SECONDS",
        help="mean time between two faults (5)")  # fmt: skip
    add("--faults", type=_faults, default=FAULTS, metavar="NAMES",
        help="kinds of faults, with commas between (all)")  # fmt: skip
    add("--rate", type=operation_rate, default=1_000, metavar="N",
        help="orders and cancels a second offered (1000), or 'max': as many as the connections "
        "carry")  # fmt: skip
    add("--connections", type=whole_number(1, 4_096), default=64, help="connections (64)")
    add("--subscribers", type=whole_number(1, 1_000), default=2,
        help="WebSocket subscribers, besides one for each user (2)")  # fmt: skip
    add("--unrest", type=_positive(1_000, or_zero=True), default=1.0, metavar="N",
        help="how often a second one of them cuts its connection or stops reading (1)")  # fmt: skip
    add("--data-dir", type=Path, default=None,
        help="the exchange's folder (a temporary one, kept only after a failure)")  # fmt: skip
    add("--json", action="store_true", help="write the result to standard output as JSON")
    namespace = parser.parse_args(arguments)
    return Options(
        minutes=namespace.minutes,
        seed=namespace.seed,
        every_s=namespace.every,
        faults=namespace.faults,
        rate=namespace.rate,
        connections=namespace.connections,
        subscribers=namespace.subscribers,
        unrest_per_s=namespace.unrest,
        data_dir=namespace.data_dir,
        json=namespace.json,
    )


def _faults(text: str) -> tuple[Fault, ...]:
    names = text.split(",")
    unknown = [name for name in names if name not in BY_NAME]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"there is no fault {unknown[0]!r}; there are {', '.join(BY_NAME)}"
        )
    return tuple(BY_NAME[name] for name in dict.fromkeys(names))


class _positive:  # noqa: N801 - reads as a function where it is used
    """Reads a number above 0, or also 0."""

    def __init__(self, most: float, *, or_zero: bool = False) -> None:
        self._most = most
        self._or_zero = or_zero

    def __call__(self, text: str) -> float:
        number = float(text)
        if not 0 < number <= self._most and not (self._or_zero and number == 0):
            least = "0 or above" if self._or_zero else "above 0"
            raise argparse.ArgumentTypeError(f"must be a number {least}, at most {self._most:g}")
        return number
