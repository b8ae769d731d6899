"""Commands of every kind, applied: what a replay of a lively exchange would pass by."""

import random
from itertools import chain
from typing import NamedTuple

from matcher.replaying import JournaledCommand
from matcher.tools.catalog import Catalog
from matcher.tools.steps import Step
from proto.commands import Command
from tests.property.flow import Flow
from tests.property.pair import Pair
from tests.property.venue import definitions, deposits


class Past(NamedTuple):
    """Steps, and what their numbers mean."""

    steps: list[Step]
    catalog: Catalog


def lively_past(seed: int, commands: int) -> Past:
    """Trade at random, with every kind of order, for days."""
    pair, catalog = Pair(), Catalog()
    for definition in definitions():
        catalog.learn(definition)
    flow = Flow(random.Random(seed), pair.reference.state)
    steps = []
    funds: list[tuple[int, Command]] = [(0, deposit) for deposit in deposits()]
    for elapsed_ns, command in chain(funds, (flow.next() for _ in range(commands))):
        reply = pair.apply(command, elapsed_ns, keeps_bytes=False)
        journaled = JournaledCommand(pair.engine.sequence, pair.timestamp_ns, 1, command)
        steps.append(Step(journaled, reply, pair.events))
    return Past(steps, catalog)
