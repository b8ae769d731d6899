"""What the engine packs of random commands: each event by itself, and what is sent of it.

The messages of the channels are held against a slow way to make them, which looks at events as
messages. Replies and the history's entries are held against the codec wherever an engine is asked
(`tests/applying.py`).
"""

import random
from collections.abc import Iterator
from typing import Final

import pytest

from matcher.core.engine import Engine
from matcher.core.events import Events
from matcher.event_batch import event_batch
from matcher.history_entry import history_entry
from matcher.market_messages import USER_EVENTS_MAX, market_messages
from proto.codec import (
    decode_depth,
    decode_event_batch,
    decode_market_change,
    decode_trades,
    decode_user,
)
from proto.codes import REPORT_NAMES
from proto.events import EventBatch
from proto.ordinals import numbered
from tests.applying import apply_behind, assert_packed, batch_of
from tests.property.bounds import SMALL, bounded
from tests.property.flow import Flow
from tests.property.packed_pieces import Piece, pieces_of
from tests.property.plain_messages import plain_messages
from tests.property.venue import MARKET_IDS, START_NS, definitions, deposits
from tests.public_trades import public_trade
from tests.reference.exchange import ReferenceExchange

COMMANDS: Final = 1_500
NAMES: Final = {market_id: f"M{market_id}" for market_id in MARKET_IDS}
DECODERS: Final = {
    "market": decode_market_change,
    "depth": decode_depth,
    "trades": decode_trades,
    "user": decode_user,
}


def flights(seed: int) -> Iterator[list[Events]]:
    """Yield what one flow of commands makes: some batches of a few commands at a time."""
    dice = random.Random(seed)
    reference = ReferenceExchange(bounds=SMALL)
    flow = Flow(dice, reference.state)
    founding = [(0, command) for command in (*definitions(), *deposits())]
    engine, timestamp_ns = Engine(3), START_NS
    while engine.sequence < COMMANDS:
        flight: list[Events] = []
        for _ in range(dice.randint(1, 4)):
            events = Events(3, 1, engine.sequence + 1)
            for _ in range(dice.choice((1, 3, 30))):
                elapsed_ns, command = founding.pop(0) if founding else flow.next()
                timestamp_ns += elapsed_ns
                reference.apply(command, timestamp_ns)
                apply_behind(engine, timestamp_ns, command, events)
            flight.append(events)
        yield flight


@pytest.mark.parametrize("seed", range(6))
def test_each_event_is_found_by_its_index(seed: int) -> None:
    kinds: set[int] = set()
    with bounded(SMALL):
        for flight in flights(seed):
            for events in flight:
                batch = event_batch(events)
                check_pieces(events, batch)
                kinds.update(report.report for report in batch.reports)
    # Few are rare; without the others the flow would prove nothing.
    assert len(kinds) >= len(REPORT_NAMES) - 1


def check_pieces(events: Events, batch: EventBatch) -> None:
    assert (events.first_sequence, events.last_sequence, events.timestamp_ns) == (
        batch.first_sequence, batch.last_sequence, batch.timestamp_ns,
    )  # fmt: skip
    assert events.commands() == batch.last_sequence - batch.first_sequence + 1
    assert events.count() == len(batch.reports) + len(batch.trades) + len(batch.balance_changes)
    reports = list(pieces_of(events.reports))
    assert marks(reports) == [
        (report.order.user_id, ordinal) for ordinal, report in numbered(batch.reports)
    ]
    changes = list(pieces_of(events.balance_changes))
    assert marks(changes) == [
        (change.user_id, ordinal) for ordinal, change in numbered(batch.balance_changes)
    ]
    trades = list(pieces_of(events.public_trades))
    assert marks(trades) == [(trade.market_id, trade.number) for trade in batch.trades]
    for rows in (events.reports, events.balance_changes, events.public_trades):
        assert rows.count == len(list(pieces_of(rows)))
    for piece, message in (
        *zip(reports, batch.reports, strict=True),
        *zip(changes, batch.balance_changes, strict=True),
        *zip(trades, map(public_trade, batch.trades), strict=True),
    ):
        assert_packed(piece.data, message)


def marks(pieces: list[Piece]) -> list[tuple[int, int]]:
    return [(piece.owner_id, piece.number) for piece in pieces]


@pytest.mark.parametrize("seed", range(6))
def test_an_entry_of_the_history_is_its_batches_one_after_the_other(seed: int) -> None:
    with bounded(SMALL):
        for flight in flights(seed):
            entry = history_entry(flight)
            batch = decode_event_batch(entry)
            assert_packed(entry, batch)
            assert batch == joined(flight, with_books=False)


@pytest.mark.parametrize("seed", range(6))
def test_messages_are_those_that_are_made_the_slow_way(seed: int) -> None:
    channels: set[str] = set()
    with bounded(SMALL):
        for flight in flights(seed):
            channels.update(check_messages(flight, losses=seed))
    assert {channel.partition(".")[0] for channel in channels} == DECODERS.keys()


def test_so_are_those_of_more_than_a_message_holds() -> None:
    with bounded(SMALL):
        # Again and again: it makes no difference here, and random commands take longer.
        much = [events for flight in flights(1) for events in flight] * 8
    channels = check_messages(much, losses=1)
    assert len(channels) > len(set(channels)) + 3


def check_messages(flight: list[Events], losses: int) -> list[str]:
    """Hold the messages of batches against the slow way; return their channels."""
    messages = market_messages(flight, NAMES, losses)
    batch = joined(flight, with_books=True)
    expected = plain_messages(batch, NAMES, losses, USER_EVENTS_MAX)
    channels = [channel for channel, _ in messages]
    assert channels == [channel for channel, _ in expected]
    for (channel, data), (_, wanted) in zip(messages, expected, strict=True):
        message: object = DECODERS[channel.partition(".")[0]](data)
        assert message == wanted
        assert_packed(data, wanted)
    return channels


def joined(flight: list[Events], *, with_books: bool) -> EventBatch:
    """Return the events of batches as those of one."""
    whole = batch_of(flight[0])
    for events in flight[1:]:
        batch = batch_of(events)
        whole.last_sequence, whole.timestamp_ns = batch.last_sequence, batch.timestamp_ns
        for name in EventBatch.__struct_fields__:
            if isinstance(getattr(whole, name), list):
                getattr(whole, name).extend(getattr(batch, name))
    if not with_books:
        whole.level_changes = []
    return whole
