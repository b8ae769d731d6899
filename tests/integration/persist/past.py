"""The past of a test's exchange, as a matcher tells it; away for as long as a test wants."""

import random
from collections.abc import Sequence
from typing import Final

from persist.matcher import EventsUnavailableError
from proto.codec import encode
from proto.events import EventBatch
from proto.replies import HistoryEndReply


def part(batch: EventBatch, first_sequence: int, last_sequence: int) -> EventBatch:
    """Return the events of some of a batch's commands; what it defines goes with the first."""
    defines = first_sequence == batch.first_sequence
    return EventBatch(
        batch.shard,
        batch.epoch,
        first_sequence,
        last_sequence,
        batch.timestamp_ns,
        batch.assets if defines else [],
        batch.markets if defines else [],
        [r for r in batch.reports if first_sequence <= r.sequence <= last_sequence],
        [t for t in batch.trades if first_sequence <= t.sequence <= last_sequence],
        [c for c in batch.balance_changes if first_sequence <= c.sequence <= last_sequence],
        [],
    )


def joined(batches: Sequence[EventBatch]) -> EventBatch:
    """Return consecutive batches as one, as a matcher that was restarted cuts them."""
    first, last = batches[0], batches[-1]
    return EventBatch(
        first.shard,
        first.epoch,
        first.first_sequence,
        last.last_sequence,
        last.timestamp_ns,
        [asset for batch in batches for asset in batch.assets],
        [market for batch in batches for market in batch.markets],
        [report for batch in batches for report in batch.reports],
        [trade for batch in batches for trade in batch.trades],
        [change for batch in batches for change in batch.balance_changes],
        [],
    )


class Past:
    """Gives events of batches again, cut anywhere.

    Attributes:
        is_away: Whether nobody answers.
        asked: First and last sequence of each question.
    """

    def __init__(self, batches: Sequence[EventBatch] = (), seed: int = 1) -> None:
        self.shard: Final = 0
        self.is_away = not batches
        self.asked: list[tuple[int, int]] = []
        # The list itself: an exchange goes on.
        self._batches = batches
        self._random = random.Random(seed)

    async def end(self) -> HistoryEndReply:
        if self.is_away:
            raise EventsUnavailableError("the matcher is away")
        last = self._batches[-1]
        return HistoryEndReply(0, last.epoch, last.last_sequence)

    async def events(self, first_sequence: int, last_sequence: int) -> bytes:
        end = await self.end()
        self.asked.append((first_sequence, last_sequence))
        assert 1 <= first_sequence <= last_sequence <= end.last_sequence
        batch = next(b for b in self._batches if b.last_sequence >= first_sequence)
        most = min(batch.last_sequence, last_sequence)
        return encode(part(batch, first_sequence, self._random.randint(first_sequence, most)))
