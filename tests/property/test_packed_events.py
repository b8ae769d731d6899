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
from matcher.market_messages import market_messages
from proto.codec import (
    decode_depth,
    decode_event_batch,
    decode_market_change,
    decode_trades,
    decode_user,
)
from proto.codes import REPORT_NAMES
from proto.events import EventBatch
from proto.market_data import (
    PublicTrade,
)
from proto.ordinals import numbered
from tests.applying import apply_behind, assert_packed, batch_of
from tests.property.bounds import SMALL, bounded
from tests.property.flow import Flow
from tests.property.packed_pieces import Piece, pieces_of
from tests.property.plain_messages import plain_messages
from tests.property.venue import MARKET_IDS, START_NS, definitions, deposits
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
        *zip(trades, map(PublicTrade.of, batch.trades), strict=True),
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
def test_messages_are_those_that_are_made_the_slow_way(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 7 if seed % 2 else 2_000
    monkeypatch.setattr("matcher.market_messages.USER_EVENTS_MAX", most)
    seen = set()
    with bounded(SMALL):
        for flight in flights(seed):
            messages = market_messages(flight, NAMES, losses=seed)
            expected = plain_messages(joined(flight, with_books=True), NAMES, seed, most)
            assert [channel for channel, _ in messages] == [channel for channel, _ in expected]
            for (channel, data), (_, wanted) in zip(messages, expected, strict=True):
                kind = channel.partition(".")[0]
                message: object = DECODERS[kind](data)
                assert message == wanted
                assert_packed(data, wanted)
                seen.add(kind)
    assert seen == DECODERS.keys()


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
