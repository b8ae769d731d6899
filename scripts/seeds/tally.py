"""What came of many seeds."""

from collections import Counter

from msgspec import Struct

from tests.simulation.seed import Outcome


class Failure(Struct, frozen=True):
    """A seed that failed.

    Attributes:
        seed: The seed.
        check: The check that objected.
        what: What it said.
    """

    seed: int
    check: str
    what: str


class Tally(Struct):
    """Sums over seeds; the keys of `--json`.

    Attributes:
        seeds: Seeds that were run.
        failures: Those that failed.
        counts: What happened in all of them, by kind.
        elapsed_s: How long they took.
        stopped: Whether somebody stopped it before its end.
    """

    seeds: int = 0
    failures: list[Failure] = []
    counts: dict[str, int] = {}
    elapsed_s: float = 0.0
    stopped: bool = False

    @property
    def ok(self) -> bool:
        """Whether all that was asked for was run, and passed."""
        return not self.failures and not self.stopped

    def add(self, outcome: Outcome) -> None:
        """Count one seed."""
        self.seeds += 1
        if outcome.check:
            self.failures.append(Failure(outcome.seed, outcome.check, outcome.failure))
        self._count(outcome.counts)

    def merge(self, other: "Tally") -> None:
        """Add what others have counted."""
        self.seeds += other.seeds
        self.failures += other.failures
        self._count(other.counts)

    def _count(self, counts: dict[str, int]) -> None:
        self.counts = dict(Counter(self.counts) + Counter(counts))


def replay_command(seed: int) -> str:
    """Return the command that shows a seed again."""
    return f".venv/bin/python scripts/simulate.py --seed {seed}"
