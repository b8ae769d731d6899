"""An engine made of another one's parts: the same future, or a refusal where the parts are bad."""

import random
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import matcher.core.state
from matcher.core.engine import Engine
from matcher.core.parts import Part, SnapshotError
from proto.codec import encode
from proto.commands import Deposit
from tests.property.pair import USERS, Pair, apply_to, restored_from
from tests.property.test_engine import ELAPSED_NS, random_command


def funded_pair() -> Pair:
    pair = Pair()
    for user_id in USERS:
        for asset_id in (1, 2, 3):
            pair.apply(Deposit(0, user_id, asset_id, 10**6, f"{user_id}-{asset_id}"))
    return pair


@pytest.mark.parametrize("seed", range(20))
def test_both_go_on_alike_while_old_orders_are_forgotten(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = funded_pair()
    dice = random.Random(seed)
    # So few that most leave the queue, and open ones go round. The reference forgets nothing, so
    # it takes no part from here on.
    monkeypatch.setattr(matcher.core.state, "RECENT_ORDERS", dice.randint(1, 20))
    engine = Engine(0)
    for timestamp_ns, command in pair.journal:
        apply_to(engine, timestamp_ns, command)
    twin = restored_from(engine)
    timestamp_ns = engine.timestamp_ns
    for _ in range(400):
        timestamp_ns += dice.choice(ELAPSED_NS)
        command = random_command(dice, pair)
        reply, events = apply_to(engine, timestamp_ns, command)
        twin_reply, twin_events = apply_to(twin, timestamp_ns, command)
        assert twin_reply == reply
        assert encode(twin_events) == encode(events)
        pair.accepted.update((report.order.order_id, report.order) for report in events.reports)
        if dice.random() < 0.05:
            assert twin.state_hash() == engine.state_hash()
            twin = restored_from(twin)
            twin.check_invariants()
    assert twin.state_hash() == engine.state_hash()


def a_day(seed: int) -> Pair:
    pair = funded_pair()
    dice = random.Random(seed)
    for _ in range(60):
        pair.apply(random_command(dice, pair), dice.choice(ELAPSED_NS[:3]))
    return pair


DAYS = [a_day(seed) for seed in range(3)]
Place = tuple[list[object], int]


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


@settings(max_examples=1_500, deadline=None)
@given(data=st.data())
def test_bad_parts_are_refused_or_make_a_sound_engine(data: st.DataObject) -> None:
    """Change a few values or rows, as an attacker would who can compute checksums."""
    day = data.draw(st.sampled_from(DAYS))
    tree = msgspec.to_builtins(list(day.engine.parts()))
    values = list(values_of(tree))
    numbers = sorted({v for place, at in values if isinstance(v := place[at], int)})
    for _ in range(data.draw(st.integers(1, 3))):
        if data.draw(st.booleans()):
            # Anew each time: the change before may have taken rows away.
            place, at = data.draw(st.sampled_from(list(values_of(tree))))
            near = st.sampled_from((*numbers, 0, -1, 2**62 - 1, 2**62))
            old = place[at]
            place[at] = (
                data.draw(st.one_of(near, st.sampled_from((old - 1, old + 1))))
                if isinstance(old, int)
                else data.draw(st.sampled_from(("", "1m", "1d", "n1", True)))
            )
        else:
            rows = data.draw(st.sampled_from([found for found in lists_of(tree) if found]))
            at = data.draw(st.integers(0, len(rows) - 1))
            if data.draw(st.booleans()):
                del rows[at]
            else:
                rows.insert(data.draw(st.integers(0, len(rows))), rows[at])
    try:
        engine = Engine.restored(0, msgspec.convert(tree, list[Part]))
    except (msgspec.ValidationError, SnapshotError):
        return
    engine.check_invariants()
    restored_from(engine)
    dice = random.Random(1)
    timestamp_ns = engine.timestamp_ns
    for _ in range(10):
        encode(apply_to(engine, timestamp_ns, random_command(dice, day))[1])
    engine.check_invariants()
