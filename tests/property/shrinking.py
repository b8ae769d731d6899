"""Makes a journal that fails shorter, for as long as it still fails.

Where a command is left out, the orders that come later get other ids. So a command that names an
order by its id is told, when it is applied, which id that order has now.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from msgspec.structs import replace

from proto import codes
from proto.commands import AmendOrder, CancelOrder, Command, ReplaceOrder
from tests.property.block import COMPARE_EVERY
from tests.property.bounds import SMALL, bounded
from tests.property.pair import Pair, Stamped
from tests.property.venue import START_NS, definitions

TRIES_MAX: Final = 800
# Which command of the whole journal has placed an order, and as which of its orders.
Origin = tuple[int, int]


@dataclass(frozen=True)
class Step:
    """A command, and its place in the whole journal."""

    place: int
    stamped: Stamped


@dataclass
class Replay:
    """What came of some steps.

    Attributes:
        failure: What went wrong; "" where nothing did.
        journal: The commands as they were applied.
        ids: Id of each order that was accepted, by its origin.
    """

    failure: str
    journal: list[Stamped]
    ids: dict[Origin, int]


def shrunk(journal: list[Stamped], on_try: Callable[[int], None]) -> list[Stamped]:
    """Return part of a journal that fails, which fails too; all of it where it does not fail.

    Args:
        journal: Of a pair, from its definitions on.
        on_try: Called with the number of commands that are left, for each try.
    """
    commands = journal[len(definitions()) :]
    steps = [Step(place, stamped) for place, stamped in enumerate(commands)]
    best = _replay(steps, {})
    if not best.failure:
        return commands
    origins = {order_id: origin for origin, order_id in best.ids.items()}
    tries = 0
    size = len(steps) // 2
    while size:
        start = 0
        while start < len(steps) and tries < TRIES_MAX:
            candidate = steps[:start] + steps[start + size :]
            on_try(len(candidate))
            tries += 1
            replay = _replay(candidate, origins)
            if replay.failure:
                steps, best = candidate, replay
            else:
                start += size
        size //= 2
    return best.journal


def listing(journal: list[Stamped]) -> list[str]:
    """Write the commands of a journal as lines, with the time since the one before."""
    stamps = [START_NS, *(stamped.timestamp_ns for stamped in journal)]
    elapsed = [after - before for before, after in pairwise(stamps)]
    return [f"+{ns} ns  {one.command}" for ns, one in zip(elapsed, journal, strict=True)]


def _replay(steps: list[Step], origins: dict[int, Origin]) -> Replay:
    replay = Replay("", [], {})
    with bounded(SMALL):
        try:
            pair = Pair(SMALL)
            for number, step in enumerate(steps, 1):
                _apply(pair, step, origins, replay)
                if number % COMPARE_EVERY == 0:
                    pair.compare()
            pair.compare()
        # Whatever the engine raises is what is looked for.
        except Exception as error:
            replay.failure = f"{type(error).__name__}: {error}"
    return replay


def _apply(pair: Pair, step: Step, origins: dict[int, Origin], replay: Replay) -> None:
    timestamp_ns, command = step.stamped
    command = _renamed(command, origins, replay.ids)
    replay.journal.append(Stamped(timestamp_ns, command))
    pair.apply(command, timestamp_ns - pair.timestamp_ns, keeps_bytes=False)
    accepted = [one for one in pair.events.reports if one.report == codes.REPORT_ACCEPTED]
    for index, report in enumerate(accepted):
        replay.ids[step.place, index] = report.order.order_id


def _renamed(command: Command, origins: dict[int, Origin], ids: dict[Origin, int]) -> Command:
    if not isinstance(command, CancelOrder | AmendOrder | ReplaceOrder):
        return command
    origin = origins.get(command.order_id)
    # Nobody's order stays nobody's: no order has so high an id.
    return command if origin is None else replace(command, order_id=ids.get(origin, 2**40))
