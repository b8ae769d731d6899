"""Decides, from sequences alone, what of a batch is new, what is known and what is missing.

Theory of operation
-------------------
The position of a shard is the sequence of the last command whose events are in the database. A
batch may lie at or below it (delivered again: nothing of it is new), right above it (new), across
it (a matcher that was restarted cuts its batches elsewhere: the part above is new) or further up
(events are missing: they are asked for, and the batch waits until they are written).

The epoch of a matcher is one higher after each start. Events of an earlier epoch than the
position's, above the position, come from a matcher that was deposed: its successor has used those
sequences for other commands, so they are not history.
"""

from typing import Final, final

from proto.events import EventBatch
from proto.ordinals import EventT


class MissingEventsError(Exception):
    """The stream goes on above the position, and what lies between is not in it.

    Attributes:
        shard: Shard.
        first_sequence: First sequence that is missing.
        last_sequence: Last sequence that is missing.
    """

    def __init__(self, shard: int, first_sequence: int, last_sequence: int) -> None:
        super().__init__(f"shard {shard}: sequences {first_sequence} to {last_sequence}")
        self.shard: Final = shard
        self.first_sequence: Final = first_sequence
        self.last_sequence: Final = last_sequence


@final
class Position:
    """How far the history of a shard reaches.

    Attributes:
        shard: Shard.
        epoch: Epoch of the matcher that the last events are of.
        last_sequence: Sequence of the last command whose events are in the database.
    """

    __slots__ = ("epoch", "last_sequence", "shard")

    def __init__(self, shard: int, epoch: int, last_sequence: int) -> None:
        self.shard: Final = shard
        self.epoch: Final = epoch
        self.last_sequence: Final = last_sequence


@final
class Positions:
    """The positions of all shards, and how far a transaction that is being made moves them.

    A transaction begins where the one before it ends. Transactions are committed in order, so what
    is known here may be ahead of the database; where one fails, positions are loaded anew.
    """

    def __init__(self, reached: list[Position]) -> None:
        self._reached: Final = {position.shard: position for position in reached}
        self._moved: Final[dict[int, Position]] = {}

    def accept(self, batch: EventBatch) -> EventBatch | None:
        """Take a batch into the transaction.

        Returns:
            The part of it that is new, or None.

        Raises:
            MissingEventsError: If events before the batch are missing; nothing has changed.
        """
        position = self.of(batch.shard)
        if batch.last_sequence <= position.last_sequence or batch.epoch < position.epoch:
            return None
        expected = position.last_sequence + 1
        if batch.first_sequence > expected:
            raise MissingEventsError(batch.shard, expected, batch.first_sequence - 1)
        self._moved[batch.shard] = Position(batch.shard, batch.epoch, batch.last_sequence)
        return batch if batch.first_sequence == expected else _from(batch, expected)

    def of(self, shard: int) -> Position:
        """Return how far the history of a shard reaches, with what is accepted so far."""
        return self._moved.get(shard) or self._reached.get(shard) or Position(shard, 0, 0)

    def is_deposed(self, batch: EventBatch) -> bool:
        """Tell whether a batch that was not accepted holds other events than the history does."""
        position = self.of(batch.shard)
        return batch.epoch < position.epoch and batch.last_sequence > position.last_sequence

    def moves(self) -> list[tuple[Position, Position]]:
        """Return what the transaction has to move: positions before and after."""
        return [
            (self._reached.get(shard, Position(shard, 0, 0)), moved)
            for shard, moved in self._moved.items()
        ]

    def advance(self) -> None:
        """Begin another transaction, where the present one ends."""
        self._reached.update(self._moved)
        self._moved.clear()

    def summary(self) -> str:
        """Name the last sequence of each shard, for people."""
        positions = self._reached.values()
        return ", ".join(str(position.last_sequence) for position in positions) or "0"


def _from(batch: EventBatch, sequence: int) -> EventBatch:
    """Return the part of a batch from a sequence on.

    Definitions carry no sequence; to write one again changes nothing.
    """
    return EventBatch(
        batch.shard,
        batch.epoch,
        sequence,
        batch.last_sequence,
        batch.timestamp_ns,
        batch.assets,
        batch.markets,
        _events_from(batch.reports, sequence),
        _events_from(batch.trades, sequence),
        _events_from(batch.balance_changes, sequence),
        [],
        _events_from(batch.transfers, sequence),
        _events_from(batch.market_changes, sequence),
        _events_from(batch.account_changes, sequence),
        _events_from(batch.asset_changes, sequence),
    )


def _events_from(events: list[EventT], sequence: int) -> list[EventT]:
    return [event for event in events if event.sequence >= sequence]
