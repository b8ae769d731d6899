"""What came of many blocks."""

from collections.abc import Iterator

from msgspec import Struct

from proto import codes
from proto.commands import Command
from tests.property.block import Met


class Failure(Struct, frozen=True):
    """The first difference that was found.

    Attributes:
        seed: Seed of the block.
        number: Number of the command in the block, from 1.
        what: What differs.
        commands: The last ones of as few commands as were found to show it.
    """

    seed: int
    number: int
    what: str
    commands: list[str] = []


class Tally(Struct):
    """Sums over blocks; the keys of `--json`.

    Attributes:
        commands: Commands that both were given, by kind.
        rejects: Refused ones by reason.
        reports: Execution reports by what they tell, and why.
        fills: Trades.
        auctions: Uncrossings that traded.
        halts: Auctions that a trade too far away has opened.
        cascades: Commands that let in as many fired orders as one may.
        restarts: Engines made of another one's parts.
        failure: The first difference.
        elapsed_s: How long it took.
        stopped: Whether somebody stopped it before its end.
    """

    commands: dict[str, int] = {}
    rejects: dict[str, int] = {}
    reports: dict[str, int] = {}
    fills: int = 0
    auctions: int = 0
    halts: int = 0
    cascades: int = 0
    restarts: int = 0
    failure: Failure | None = None
    elapsed_s: float = 0.0
    stopped: bool = False

    @property
    def total(self) -> int:
        """How many commands both were given."""
        return sum(self.commands.values())

    @property
    def ok(self) -> bool:
        """Whether all that was asked for was run, and agreed."""
        return self.failure is None and not self.stopped

    def add(self, met: Met) -> None:
        """Add what a block has met."""
        for mine, theirs in (
            (self.commands, met.commands),
            (self.rejects, met.rejects),
            (self.reports, met.reports),
        ):
            for name, count in theirs.items():
                mine[name] = mine.get(name, 0) + count
        self.fills += met.fills
        self.auctions += met.auctions
        self.halts += met.halts
        self.cascades += met.cascades
        self.restarts += met.restarts

    def never_met(self) -> Iterator[str]:
        """Yield every kind of command, reason and report that was not met."""
        yield from sorted({kind.__name__ for kind in Command.__args__} - self.commands.keys())
        yield from sorted(set(codes.REASON_NAMES.values()) - self.rejects.keys() - {"OK"})
        words = {word for what in self.reports for word in what.split()}
        told = {*codes.CAUSE_NAMES.values(), *codes.REPORT_NAMES.values()}
        yield from sorted(told - words)
