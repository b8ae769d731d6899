"""What goes into one transaction: rows, the positions that they reach, the entries they are of."""

import logging
from typing import Final, final

from persist.catalog import Catalog
from persist.continuity import MissingEventsError, Position, Positions
from persist.matcher import EventsUnavailableError
from persist.rows import HistoryRows
from proto.codec import DecodeError, decode_event_batch
from proto.events import EventBatch

_LOG: Final = logging.getLogger("persist")

EVENTS_MAX: Final = 20_000
ENTRIES_MAX: Final = 512


@final
class Portion:
    """A transaction in the making.

    Attributes:
        rows: What it writes.
        events: How many events that is.
        entry_ids: Stream entries that are done with when it is committed.
    """

    __slots__ = ("_positions", "entry_ids", "events", "rows")

    def __init__(self, positions: Positions, catalog: Catalog) -> None:
        self._positions: Final = positions
        self.events = 0
        self.rows: Final = HistoryRows(catalog)
        self.entry_ids: Final[list[bytes]] = []

    @property
    def is_full(self) -> bool:
        """Whether it is to be written before more is read."""
        return self.events >= EVENTS_MAX or len(self.entry_ids) >= ENTRIES_MAX

    def moves(self) -> list[tuple[Position, Position]]:
        """Return the positions before and after it, of each shard that moves."""
        return self._positions.moves()

    def add(self, entry_id: bytes, data: bytes) -> None:
        """Add an entry, or what of it is new.

        Raises:
            DecodeError: If it is no batch; nothing was added.
            MissingEventsError: If events before it are missing; nothing was added.
            KeyError: If it defines a market of assets that nobody has; the portion is spoilt.
        """
        batch = decode_event_batch(data)
        fresh = self._positions.accept(batch)
        if fresh is not None:
            self._add(fresh)
        elif self._positions.is_deposed(batch):
            _LOG.error(
                "shard %d: left out sequences %d to %d of epoch %d: a matcher with a later epoch "
                "has written since. If this is a new exchange, give it an empty database.",
                batch.shard,
                batch.first_sequence,
                batch.last_sequence,
                batch.epoch,
            )
        self.entry_ids.append(entry_id)

    def add_made_again(self, data: bytes) -> None:
        """Add events that the matcher was asked for: those that follow the position.

        Raises:
            EventsUnavailableError: If they are not those; nothing was added.
            KeyError: If they define a market of assets that nobody has; the portion is spoilt.
        """
        try:
            batch = decode_event_batch(data)
            fresh = self._positions.accept(batch)
        except (DecodeError, MissingEventsError) as error:
            raise EventsUnavailableError(
                f"the matcher answered with something else: {error}"
            ) from error
        if fresh is None:
            raise EventsUnavailableError(
                f"the matcher answered with sequences {batch.first_sequence} to "
                f"{batch.last_sequence} of epoch {batch.epoch}, which do not follow"
            )
        self._add(fresh)

    def _add(self, batch: EventBatch) -> None:
        self.rows.add(batch)
        self.events += _events(batch)


def _events(batch: EventBatch) -> int:
    control = len(batch.market_changes) + len(batch.account_changes) + len(batch.asset_changes)
    money = len(batch.balance_changes) + len(batch.transfers)
    return len(batch.reports) + len(batch.trades) + money + control
