"""An engine made of another one's parts: the same future, or a refusal where the parts are bad."""

import random
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.core.engine import Engine
from matcher.core.parts import PART_KINDS, Part, SnapshotError
from proto.codec import encode
from proto.codes import CONTINUOUS
from proto.commands import AdvanceTime, CancelAll, Command, SetMarketState
from tests.applying import apply_to
from tests.property.bounds import bounded
from tests.property.flow import Flow
from tests.property.pair import restored_from
from tests.property.venue import MARKET_IDS, START_NS, definitions, deposits
from tests.reference.exchange import ReferenceExchange
from tests.reference.state import Bounds

DAY_NS: Final = 86_400 * 10**9


class Stamped(NamedTuple):
    elapsed_ns: int
    command: Command


def a_flow(seed: int, bounds: Bounds) -> Iterator[Stamped]:
    """Yield random commands without end, after those that make the exchange."""
    reference = ReferenceExchange(bounds=bounds)
    flow = Flow(random.Random(seed), reference.state)
    founding = iter([Stamped(0, command) for command in (*definitions(), *deposits())])
    timestamp_ns = START_NS
    while True:
        stamped = next(founding, None) or Stamped(*flow.next())
        timestamp_ns += stamped.elapsed_ns
        reference.apply(stamped.command, timestamp_ns)
        yield stamped


def small_bounds(dice: random.Random) -> Bounds:
    """So few orders are remembered that most leave the queue, and open ones go round."""
    return Bounds(dice.randint(1, 30), fired_per_command=2, cancelled_per_command=4)


@pytest.mark.parametrize("seed", range(20))
def test_both_go_on_alike_while_old_orders_are_forgotten(seed: int) -> None:
    dice = random.Random(seed)
    bounds = small_bounds(dice)
    with bounded(bounds):
        engine, twin = Engine(0), Engine(0)
        timestamp_ns = START_NS
        commands = a_flow(seed, bounds)
        for _ in range(500):
            stamped = next(commands)
            timestamp_ns += stamped.elapsed_ns
            reply, events = apply_to(engine, timestamp_ns, stamped.command)
            twin_reply, twin_events = apply_to(twin, timestamp_ns, stamped.command)
            assert twin_reply == reply
            assert encode(twin_events) == encode(events)
            assert twin.next_due_ns() == engine.next_due_ns()
            if dice.random() < 0.05:
                assert twin.state_hash() == engine.state_hash()
                twin = restored_from(twin)
                twin.check_invariants()
        assert twin.state_hash() == engine.state_hash()


class Day(NamedTuple):
    """Parts of an engine, and commands that come next."""

    bounds: Bounds
    parts: list[Part]
    following: list[Stamped]


def a_day(seed: int) -> Day:
    """Some hundred commands; what is in the state then depends on the seed."""
    bounds = Bounds(recent_orders=20, fired_per_command=1, cancelled_per_command=4)
    commands = a_flow(seed, bounds)
    with bounded(bounds):
        engine, timestamp_ns = Engine(0), START_NS
        for _ in range(140):
            stamped = next(commands)
            timestamp_ns += stamped.elapsed_ns
            apply_to(engine, timestamp_ns, stamped.command)
        return Day(bounds, list(engine.parts()), [next(commands) for _ in range(20)])


DAYS: Final = [a_day(seed) for seed in (1, 12, 33, 99, 112)]
# What makes everything move that has not moved yet.
LAST: Final = [
    *(Stamped(0, SetMarketState(1, market_id, CONTINUOUS, 0)) for market_id in MARKET_IDS),
    *(Stamped(0, AdvanceTime(1)) for _ in range(5)),
    Stamped(2 * DAY_NS, AdvanceTime(1)),
    *(Stamped(0, CancelAll(1, 0, 0, market_id, 0)) for market_id in MARKET_IDS),
]
Place = tuple[list[object], int]


def test_the_days_have_everything() -> None:
    """What the next test relies on."""
    kinds = {type(part) for day in DAYS for part in day.parts}
    assert kinds == set(PART_KINDS)


def values_of(tree: list[object]) -> Iterator[Place]:
    """Where each value is that is no list itself; tags too."""
    for index, value in enumerate(tree):
        if isinstance(value, list):
            yield from values_of(value)
        else:
            yield tree, index


def lists_of(tree: list[object]) -> Iterator[list[object]]:
    yield tree
    for value in tree:
        if isinstance(value, list):
            yield from lists_of(value)


def change_a_value(dice: random.Random, tree: list[object]) -> None:
    places = list(values_of(tree))
    if not places:
        return
    numbers = [v for place, at in places if type(v := place[at]) is int] or [0]
    place, at = dice.choice(places)
    old = place[at]
    if isinstance(old, bool):
        place[at] = not old
    elif isinstance(old, int):
        far = (dice.choice(numbers), dice.choice(numbers), 0, 1, -1, 2**62 - 1, 2**62)
        place[at] = dice.choice((*far, old - 1, old + 1, old - 1, old + 1))
    else:
        place[at] = dice.choice(("", "1m", "1d", "n1", True, [0, 0, 0, 0, False, 0, 0, 0, 0]))


def change_a_list(dice: random.Random, tree: list[object]) -> None:
    rows = dice.choice([found for found in lists_of(tree) if found])
    at = dice.randrange(len(rows))
    if dice.random() < 0.5:
        del rows[at]
    else:
        rows.insert(dice.randint(0, len(rows)), rows[at])


def try_bad_parts(seed: int) -> bool:
    """Change a few values or rows, as an attacker would who can compute checksums.

    Returns whether they made an engine.
    """
    dice = random.Random(seed)
    day = dice.choice(DAYS)
    tree = msgspec.to_builtins(day.parts)
    for _ in range(dice.randint(1, 3)):
        change = change_a_value if dice.random() < 0.7 else change_a_list
        # In any part alike, or any value alike: most of them are of a market.
        change(dice, tree if dice.random() < 0.3 else dice.choice(tree))
    with bounded(day.bounds):
        try:
            engine = Engine.restored(0, msgspec.convert(tree, list[Part]))
        except (msgspec.ValidationError, SnapshotError):
            return False
        engine.check_invariants()
        assert restored_from(engine).state_hash() == engine.state_hash()
        timestamp_ns = engine.timestamp_ns
        for elapsed_ns, command in (*day.following, *LAST):
            timestamp_ns += elapsed_ns
            encode(apply_to(engine, timestamp_ns, command)[1])
            engine.next_due_ns()
        engine.check_invariants()
    return True


@settings(max_examples=1_500, deadline=None)
@given(seed=st.integers(0, 2**64))
def test_bad_parts_are_refused_or_make_a_sound_engine(seed: int) -> None:
    try_bad_parts(seed)


def test_some_bad_parts_are_refused_and_some_are_not() -> None:
    """The test before would see nothing if all of them were one or the other."""
    made = sum(try_bad_parts(seed) for seed in range(60))
    assert 10 < made < 50
