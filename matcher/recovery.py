"""Brings an engine to where the journal ends, and publishes what Redis has not had.

State is a function of the journal: the same frames with the same stamps make the same books,
balances and events, byte for byte. So what was durable but not yet published when a matcher died
is published by its successor, from the replay.
"""

from matcher.core.engine import Engine
from matcher.journal.format import Entry, JournalError, Record
from matcher.journal.reader import JournalReader
from matcher.publisher import Publisher
from matcher.sequencer import new_batch
from proto.codec import DecodeError, decode_command_frame
from proto.events import EventBatch


async def recover(
    engine: Engine, reader: JournalReader, publisher: Publisher, published_sequence: int
) -> None:
    """Replay a journal from its first record.

    Args:
        engine: Without state.
        reader: At the first record; at the end of the journal afterwards.
        publisher: Takes the batches that Redis has not had, and bounds how far it lags.
        published_sequence: Sequence up to which Redis has had everything.

    Raises:
        JournalError: If the journal is damaged.
    """
    for record in reader.records():
        batch = replay(engine, record)
        publisher.learn(batch.markets)
        if batch.last_sequence > published_sequence:
            publisher.publish(batch)
            await publisher.wait_for_room()


def replay(engine: Engine, record: Record) -> EventBatch:
    """Apply one record.

    Returns:
        The events that it made when it was first applied.

    Raises:
        JournalError: If a frame in it is not one of commands, or their number is not the
            record's.
    """
    batch = new_batch(engine.shard, record.epoch, record.first_sequence)
    for entry in record.entries:
        _replay_entry(engine, entry, batch)
    if batch.last_sequence - batch.first_sequence + 1 != record.commands:
        raise JournalError(
            f"the record at sequence {record.first_sequence} claims {record.commands} commands "
            f"and holds {batch.last_sequence - batch.first_sequence + 1}"
        )
    return batch


def _replay_entry(engine: Engine, entry: Entry, batch: EventBatch) -> None:
    try:
        frame = decode_command_frame(entry.frame)
    except DecodeError as error:
        raise JournalError(
            f"a frame near sequence {batch.last_sequence + 1} does not decode: {error}. Was the "
            "journal written by a newer version?"
        ) from error
    for command in frame.commands:
        batch.last_sequence += 1
        engine.apply(command, batch.last_sequence, entry.timestamp_ns, batch)
    batch.timestamp_ns = entry.timestamp_ns
