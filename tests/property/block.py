"""A block: so many random commands of one seed, given to the engine and to the reference.

A block begins with a new exchange, so blocks share nothing and none has a long past. What it meets
is counted, to tell whether there is anything that no command has ever tried.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from proto import codes
from proto.commands import Command
from proto.replies import Rejected, Reply
from tests.property.bounds import SMALL, bounded
from tests.property.flow import Flow
from tests.property.pair import Pair, Stamped
from tests.property.venue import deposits

# A full comparison costs as much as a dozen commands, a restart as much as a hundred.
COMPARE_EVERY: Final = 20
RESTART_EVERY: Final = 300
WORDS: Final = {**codes.REASON_NAMES, **codes.CAUSE_NAMES}


@dataclass
class Met:
    """What random commands have met.

    Attributes:
        commands: Commands by their kind.
        rejects: Refused commands by reason.
        reports: Execution reports by what they tell, and why.
        fills: Trades.
        auctions: Uncrossings that traded.
        halts: Auctions that a trade too far away has opened.
        cascades: Commands that let in as many fired orders as one may.
        restarts: Engines made of another one's parts.
    """

    commands: Counter[str] = field(default_factory=Counter)
    rejects: Counter[str] = field(default_factory=Counter)
    reports: Counter[str] = field(default_factory=Counter)
    fills: int = 0
    auctions: int = 0
    halts: int = 0
    cascades: int = 0
    restarts: int = 0

    def add(self, other: "Met") -> None:
        """Add what another block has met."""
        self.commands += other.commands
        self.rejects += other.rejects
        self.reports += other.reports
        for name in ("fills", "auctions", "halts", "cascades", "restarts"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def note(self, pair: Pair, command: Command, reply: Reply) -> None:
        """Count a command, and what it did."""
        self.commands[type(command).__name__] += 1
        if isinstance(reply, Rejected):
            self.rejects[codes.REASON_NAMES[reply.reason]] += 1
        fired = 0
        for report in pair.events.reports:
            what = codes.REPORT_NAMES[report.report]
            self.reports[f"{what} {WORDS[report.reason]}" if report.reason else what] += 1
            fired += report.report == codes.REPORT_TRIGGERED
        self.cascades += fired >= SMALL.fired_per_command
        self.fills += len(pair.events.trades)

    def finish(self, pair: Pair) -> None:
        """Count what a block met as a whole."""
        state = pair.reference.state
        self.auctions += state.auctions
        self.halts += state.halts


class BlockError(Exception):
    """The two do not agree, or the engine has failed.

    Attributes:
        seed: Seed of the block.
        number: Number of the command among those of the flow, from 1.
        journal: All commands up to that one.
        what: What was found.
    """

    def __init__(self, seed: int, number: int, journal: list[Stamped], what: str) -> None:
        super().__init__(f"seed {seed}, command {number}: {what}")
        self.seed: Final = seed
        self.number: Final = number
        self.journal: Final = journal
        self.what: Final = what


def run_block(seed: int, commands: int) -> Met:
    """Run a block.

    Raises:
        BlockError: At the first difference, or whatever else goes wrong.
    """
    met = Met()
    with bounded(SMALL):
        pair = Pair(SMALL)
        flow = Flow(random.Random(seed), pair.reference.state)
        number = 0
        try:
            for deposit in deposits():
                pair.apply(deposit)
            for number in range(1, commands + 1):
                _step(pair, flow, number, met)
            pair.compare()
            pair.check_replay()
        # Whatever the engine raises is what the block looks for.
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            raise BlockError(seed, number, list(pair.journal), what) from error
    met.finish(pair)
    return met


def _step(pair: Pair, flow: Flow, number: int, met: Met) -> None:
    elapsed_ns, command = flow.next()
    met.note(pair, command, pair.apply(command, elapsed_ns))
    if number % COMPARE_EVERY == 0:
        pair.compare()
    if number % RESTART_EVERY == 0:
        pair.restart()
        met.restarts += 1
