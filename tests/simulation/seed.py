"""One seed from beginning to end.

Theory of operation
-------------------
Clients, faults and time run until the clients are done or have had their time. Then the faults
stop, and everybody must come to an end by a deadline: a client with an answer to each question, the
history with every event. Then nobody does anything for a while, and what is due in it must happen
all the same. In the end the power fails once more, and what the matcher then recovers
is compared with everything that was ever told.

The limits that a seed makes smaller than they are belong to modules, and are put back.
"""

import random
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, final
from unittest import mock

import matcher.core.state
import matcher.sequencer
from matcher.alarm import LOOKS_AGAIN_S
from tests.simulation.client import Client
from tests.simulation.final import FinalChecks
from tests.simulation.matcher import Matcher
from tests.simulation.nemesis import Nemesis
from tests.simulation.persist import Persist
from tests.simulation.profile import Profile
from tests.simulation.schedule import SECOND_NS
from tests.simulation.trace import Show
from tests.simulation.truth import SHARD, ViolationError, demand
from tests.simulation.world import World

_TROUBLE_NS: Final = 10 * SECOND_NS
_RECOVERY_NS: Final = 60 * SECOND_NS
# Longer than an alarm may be late because the clock was set.
_QUIET_NS: Final = int(LOOKS_AGAIN_S + 10) * SECOND_NS
_LATE_NS: Final = SECOND_NS


@final
class Outcome:
    """What came of a seed.

    Attributes:
        seed: The seed.
        check: The check that failed; "" if none did.
        failure: What it says.
        checksum: Of everything that happened: the same seed has the same.
        counts: What happened, by kind.
    """

    __slots__ = ("check", "checksum", "counts", "failure", "seed")

    def __init__(
        self, seed: int, check: str, failure: str, checksum: int, counts: Counter[str]
    ) -> None:
        self.seed: Final = seed
        self.check: Final = check
        self.failure: Final = failure
        self.checksum: Final = checksum
        self.counts: Final = counts


def run_seed(seed: int, show: Show | None = None) -> Outcome:
    """Run a seed; what goes wrong in it is the outcome.

    Args:
        seed: Decides everything.
        show: Takes a line for each thing that happens.
    """
    check, failure = "", ""
    # The world draws the same profile again, and makes engines while it is made.
    with _small_limits(Profile(random.Random(seed))):
        world = World(seed, show)
        run = _Run(world)
        try:
            run.run()
        except ViolationError as violation:
            check, failure = violation.check, str(violation)
        except Exception as error:
            # A bug in the exchange, or in here; the seed shows which.
            check, failure = f"{type(error).__name__} raised", traceback.format_exc()
    return Outcome(seed, check, failure, world.trace.checksum, run.counts())


@contextmanager
def _small_limits(profile: Profile) -> Iterator[None]:
    with (
        mock.patch.object(matcher.core.state, "RECENT_ORDERS", profile.recent_orders),
        mock.patch.object(matcher.sequencer, "BATCH_COMMANDS_MAX", profile.batch_commands),
    ):
        yield


@final
class _Run:
    """The processes of one world."""

    def __init__(self, world: World) -> None:
        profile = world.profile
        self._world: Final = world
        self._matcher: Final = Matcher(world)
        self._persist: Final = Persist(world, self._matcher)
        self._clients: Final = [
            Client(world, self._matcher, number, 1 + number % profile.users)
            for number in range(1, profile.clients + 1)
        ]
        self._nemesis: Final = Nemesis(world, self._matcher, self._persist)

    def run(self) -> None:
        world, schedule = self._world, self._world.schedule
        self._matcher.start()
        self._persist.start()
        for client in self._clients:
            client.start()
        self._nemesis.start()
        schedule.run(self._clients_are_done, _TROUBLE_NS)
        self._nemesis.stop()
        self._come_to_an_end()
        self._be_quiet()
        self._come_to_an_end()
        self._matcher.kill(with_power=True)
        if not schedule.run(lambda: self._matcher.is_ready, schedule.now_ns + SECOND_NS):
            raise ViolationError("no end", "the matcher does not start any more")
        FinalChecks(world, [o for client in self._clients for o in client.operations]).run()

    def _come_to_an_end(self) -> None:
        schedule = self._world.schedule
        if not schedule.run(self._all_is_done, schedule.now_ns + _RECOVERY_NS):
            raise ViolationError("no end", self._what_is_left())

    def _be_quiet(self) -> None:
        """Let only time pass; what is due has happened by then, but for what is due just now."""
        schedule = self._world.schedule
        end_ns = schedule.now_ns + _QUIET_NS
        schedule.after(_QUIET_NS, lambda: None)
        schedule.run(lambda: schedule.now_ns >= end_ns, end_ns)
        due_ns = self._world.judge.truth.twin.next_due_ns()
        late_ns = self._matcher.now_ns() - due_ns
        demand(late_ns < _LATE_NS, "nothing happens when it is due", f"{late_ns} ns late")

    def counts(self) -> Counter[str]:
        """Count what happened."""
        truth = self._world.judge.truth
        return (
            self._world.counts
            + self._nemesis.made
            + Counter(
                {
                    "commands": truth.sequence,
                    "commands of its own": truth.advances,
                    "records": len(truth.records),
                    "replies": self._world.judge.replies,
                    "trades": truth.reference.state.trades,
                    "retries": sum(client.retries for client in self._clients),
                    "starts": self._matcher.lives,
                    "disk refusals": self._matcher.refusals,
                    "virtual ms": self._world.schedule.now_ns // 1_000_000,
                }
            )
        )

    def _clients_are_done(self) -> bool:
        return all(client.is_done for client in self._clients)

    def _all_is_done(self) -> bool:
        return (
            self._matcher.is_ready
            and self._clients_are_done()
            and self._world.database.last_sequence(SHARD) == self._world.judge.truth.sequence
        )

    def _what_is_left(self) -> str:
        open_operations = sum(
            not operation.is_over for client in self._clients for operation in client.operations
        )
        return (
            f"{open_operations} operations are open; the database is at "
            f"{self._world.database.last_sequence(SHARD)} of {self._world.judge.truth.sequence}; "
            f"the matcher is {'ready' if self._matcher.is_ready else 'away'}"
        )
