"""An engine of another shard does the same, with its shard in every identifier."""

import random
from typing import Final

import pytest
from msgspec import Struct
from msgspec.structs import asdict, replace

from matcher.core.engine import Engine
from proto.commands import AmendOrder, CancelOrder, Command, ReplaceOrder
from proto.events import EventBatch
from proto.ids import SHARD_SHIFT
from tests.applying import apply_to
from tests.property.bounds import SMALL, bounded
from tests.property.flow import Flow
from tests.property.pair import Pair, restored_from
from tests.property.venue import deposits

SHARD: Final = 7
COMMANDS: Final = 1_000
# Fields that hold an identifier which a shard has given.
NAMED: Final = {"order_id", "trade_id", "list_id", "taker_order_id", "maker_order_id"}


def on_shard(command: Command) -> Command:
    """Name the orders of a command as the other shard does."""
    if isinstance(command, AmendOrder | CancelOrder | ReplaceOrder) and command.order_id:
        return replace(command, order_id=command.order_id | SHARD << SHARD_SHIFT)
    return command


def without_shard(value: object, name: str = "") -> object:
    """Take the shard out of every identifier, and what tells one shard from another."""
    if isinstance(value, Struct):
        parts = asdict(value).items()
        return [without_shard(part, key) for key, part in parts if key not in ("shard", "epoch")]
    if isinstance(value, list):
        return [without_shard(part) for part in value]
    if name in NAMED and isinstance(value, int) and value:
        assert value >> SHARD_SHIFT in (0, SHARD)
        return value & ((1 << SHARD_SHIFT) - 1)
    return value


def in_shard(value: object, name: str = "") -> bool:
    """Say whether every identifier in something is one of the other shard."""
    if isinstance(value, Struct):
        return all(in_shard(part, key) for key, part in asdict(value).items())
    if isinstance(value, list):
        return all(in_shard(part) for part in value)
    return name not in NAMED or not value or (isinstance(value, int) and value >> 52 == SHARD)


@pytest.mark.parametrize("seed", range(3))
def test_a_shard_does_what_another_does(seed: int) -> None:
    with bounded(SMALL):
        pair = Pair(SMALL)
        flow = Flow(random.Random(seed), pair.reference.state)
        for deposit in deposits():
            pair.apply(deposit)
        outcomes: list[tuple[object, EventBatch]] = []
        for _ in range(COMMANDS):
            elapsed_ns, command = flow.next()
            outcomes.append((pair.apply(command, elapsed_ns), pair.events))
        other = Engine(SHARD)
        began = len(pair.journal) - COMMANDS
        for number, (timestamp_ns, command) in enumerate(pair.journal):
            reply, events = apply_to(other, timestamp_ns, on_shard(command))
            if number >= began:
                wanted, told = outcomes[number - began]
                assert in_shard(reply)
                assert in_shard(events)
                assert without_shard(reply) == without_shard(wanted)
                assert without_shard(events) == without_shard(told)
            if number % 50 == 0:
                other.check_invariants()
                other = restored_from(other)
    assert any(events.trades for _, events in outcomes)
