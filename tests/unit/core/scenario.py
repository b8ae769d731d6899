"""Runs scenarios that a trader can read against the engine.

A scenario is text, one step a line. After `->` stands what must come back; a step without it is a
view, and must be what is seen; after ` # ` stands a remark:

    deposit 1 1000.00 INR                      -> ok
    1 buy 10 @ 100 id=a                        -> new
    2 sell 4 @ 99 ioc                          -> filled 4@100
    2 sell 9 market                            -> expired 6@100
    1 cancel id=a                              -> ORDER_NOT_OPEN
    book 10@100 5@99 | 3@101
    balance 1 INR 600.00 held 100.00           # 10 x 10.00, and nothing else

What can be said is in tests/scenarios: the commands in language.py and orders.py, the views in
views.py, the market in names.py. Invariants are checked after each step.

Each command comes a millisecond after the last. Before a command may stand

    after 5s: 1 buy ...       so long after the last command
    late: 1 buy ...           with a deadline that passed a nanosecond before
    just in time: 1 buy ...   with a deadline that is this very nanosecond
    300 times: 1 buy ...      again and again

and `wait 5s`, or `wait until midnight`, is a step of its own: nothing but time passes.
"""

import re
from collections.abc import Iterator
from typing import Final

from matcher.core.engine import Engine
from matcher.core.events import Events
from proto.commands import AdvanceTime, Command, DefineAsset, DefineMarket
from proto.definitions import MarketDefinition
from proto.events import BalanceChange, ExecutionReport, Trade
from proto.intervals import DAY_NS
from proto.queries import StateQuery
from proto.replies import Rejected, Reply
from tests.applying import answer_of, apply_to, batch_of
from tests.scenarios.language import Language, with_deadline
from tests.scenarios.names import GOLD, GOLD_INR, INR, Names
from tests.scenarios.views import view
from tests.scenarios.wording import outcome
from tests.scenarios.words import MS_NS, Words, duration_ns

__all__ = ["GOLD", "GOLD_INR", "INR", "START_NS", "Scenario"]

# 14 November 2023, 22:13:20 UTC.
START_NS: Final = 1_700_000_000_000_000_000
_TIMES: Final = re.compile(r"(\d+) times: ")
_PREFIXES: Final = re.compile(
    r"(?:after (?P<elapsed>\w+): )?(?:(?P<deadline>late|just in time): )?"
)


def steps_of(text: str) -> Iterator[tuple[str, str, str]]:
    """Cut text into steps: the line, the step in it, and what must come back ("" for a view)."""
    for line in text.splitlines():
        written = line.partition(" # ")[0].strip()
        if written:
            step, _, expected = (" ".join(part.split()) for part in written.partition("->"))
            yield line.strip(), step, expected


class Scenario:
    """An engine, and the events of the last command in it."""

    def __init__(self, market: MarketDefinition = GOLD_INR) -> None:
        self.engine = Engine(0)
        self.events = batch_of(Events(0, 1, 1))
        self.timestamp_ns = START_NS
        self.names = Names()
        self.language = Language(self.names)
        for command in (DefineAsset(0, INR), DefineAsset(0, GOLD), DefineMarket(0, market)):
            self.apply(command)

    @property
    def reports(self) -> list[ExecutionReport]:
        """Execution reports of the last command."""
        return self.events.reports

    @property
    def trades(self) -> list[Trade]:
        """Trades of the last command."""
        return self.events.trades

    @property
    def balance_changes(self) -> list[BalanceChange]:
        """Balance changes of the last command."""
        return self.events.balance_changes

    def apply(self, command: Command, elapsed_ns: int = MS_NS) -> Reply:
        """Apply one command, so long after the last."""
        self.timestamp_ns += elapsed_ns
        reply = self._apply(command)
        if isinstance(command, DefineAsset | DefineMarket) and not isinstance(reply, Rejected):
            self.names.define(command)
        return reply

    def answer(self, query: StateQuery) -> Reply:
        """Answer a query at the time of the last command."""
        return answer_of(self.engine, query, self.timestamp_ns)

    def run(self, text: str) -> "Scenario":
        """Run every line; the first that goes wrong is in the message."""
        for line, step, expected in steps_of(text):
            if expected:
                seen = self._command(step)
                assert seen == expected, f"{line}\nbut it was: {seen}"
            elif step.startswith("wait "):
                self._wait(Words(step))
            else:
                seen = view(self, step)
                assert seen == step, f"{line}\nbut it was: {seen}"
        return self

    def _apply(self, command: Command) -> Reply:
        reply, self.events = apply_to(self.engine, self.timestamp_ns, command)
        self.engine.check_invariants()
        return reply

    def _command(self, step: str) -> str:
        if match := _TIMES.match(step):
            outcomes = {self._command(step[match.end() :]) for _ in range(int(match[1]))}
            return " or ".join(sorted(outcomes))
        match = _PREFIXES.match(step)
        assert match is not None
        elapsed_ns = MS_NS
        if match["elapsed"]:
            elapsed_ns = duration_ns(match["elapsed"]) or 0
        now_ns = self.timestamp_ns + elapsed_ns
        command = self.language.command(step[match.end() :], now_ns)
        if match["deadline"]:
            deadline_ns = now_ns - 1 if match["deadline"] == "late" else now_ns
            command = with_deadline(command, deadline_ns)
        return outcome(command, self.apply(command, elapsed_ns))

    def _wait(self, words: Words) -> None:
        words.expect("wait")
        if words.take_if("until", "midnight"):
            elapsed_ns = DAY_NS - self.timestamp_ns % DAY_NS
        else:
            elapsed_ns = words.duration_ns()
        words.end()
        self.apply(AdvanceTime(0), elapsed_ns)
