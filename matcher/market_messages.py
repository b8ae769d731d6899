"""Turns batches of events into the messages of the pub/sub channels. Pure.

One message a channel, however much happened: a market's last status, changes of one price in one
batch as its last quantity, all trades of a market together, and a user hears of everything at once.
Only where that is more than USER_EVENTS_MAX it takes several messages, so that nobody who reads
them is busy with one for long.

The events are packed (`matcher/core/events.py`); what goes to a user or a market is cut out of them
by their indexes.
"""

from collections.abc import Mapping, Sequence
from typing import Final, final

from librt.strings import BytesWriter, read_i64_le

from matcher.core.events import LEVEL_CHANGE, NUMBER, ROW, Events, Rows
from proto.codec import encode
from proto.codes import BUY
from proto.market_data import DEPTH_CHANNEL, MARKET_CHANNEL, TRADES_CHANNEL, USER_CHANNEL
from proto.packing import put_array, put_int

# Events in one message of a user: some milliseconds to read. Not `Final`: see `proto/limits.py`.
USER_EVENTS_MAX: int = 2_000

_ARRAY_2: Final = 0x92
_ARRAY_3: Final = 0x93
_ARRAY_5: Final = 0x95


@final
class _Depth:
    """Changes of one book.

    Attributes:
        first_sequence: Book sequence of the first.
        last_sequence: Book sequence of the last.
        bids: What rests at a price now.
        asks: The same of the other side.
    """

    __slots__ = ("asks", "bids", "first_sequence", "last_sequence")

    def __init__(self, first_sequence: int) -> None:
        self.first_sequence: Final = first_sequence
        self.last_sequence: int = first_sequence
        self.bids: Final[dict[int, int]] = {}
        self.asks: Final[dict[int, int]] = {}

    def message(self, timestamp_ns: int) -> bytes:
        """Encode a `DepthMessage`."""
        writer = BytesWriter()
        writer.append(_ARRAY_5)
        put_int(writer, self.first_sequence)
        put_int(writer, self.last_sequence)
        put_int(writer, timestamp_ns)
        _put_levels(writer, self.bids)
        _put_levels(writer, self.asks)
        return writer.getvalue()


@final
class _Part:
    """Events of one message, one behind the other.

    Attributes:
        count: How many.
        writer: Their bytes.
    """

    __slots__ = ("count", "writer")

    def __init__(self) -> None:
        self.count = 0
        self.writer: Final = BytesWriter()

    def put(self, writer: BytesWriter) -> None:
        """Write them as an array."""
        put_array(writer, self.count)
        writer.write(self.writer.getvalue())


@final
class _Trades:
    """Trades of one market.

    Attributes:
        first_number: Number of the first.
        trades: All of them, packed.
    """

    __slots__ = ("first_number", "trades")

    def __init__(self, first_number: int) -> None:
        self.first_number: Final = first_number
        self.trades: Final = _Part()

    def message(self) -> bytes:
        """Encode a `TradesMessage`."""
        writer = BytesWriter()
        writer.append(_ARRAY_2)
        put_int(writer, self.first_number)
        self.trades.put(writer)
        return writer.getvalue()


@final
class _Numbered:
    """Events of one kind and user, each with its ordinal before it.

    Attributes:
        parts: At least one, none of which has more than USER_EVENTS_MAX.
    """

    __slots__ = ("parts",)

    def __init__(self) -> None:
        self.parts: Final = [_Part()]

    def add(self, ordinal: int, event: bytes) -> None:
        """Add an event."""
        part = self.parts[-1]
        if part.count == USER_EVENTS_MAX:
            part = _Part()
            self.parts.append(part)
        part.count += 1
        writer = part.writer
        writer.append(_ARRAY_2)
        put_int(writer, ordinal)
        writer.write(event)


@final
class _User:
    """What happened to one user."""

    __slots__ = ("changes", "reports")

    def __init__(self) -> None:
        self.reports: Final = _Numbered()
        self.changes: Final = _Numbered()

    def messages(self, losses: int) -> list[bytes]:
        """Encode `UserMessage`s."""
        reports, changes = self.reports.parts, self.changes.parts
        if len(reports) == len(changes) == 1 and (
            reports[0].count + changes[0].count <= USER_EVENTS_MAX
        ):
            return [_user_message(losses, reports[0], changes[0])]
        # A stream of a user tells of either kind, so their order among each other is nobody's
        # concern.
        nothing = _Part()
        return [_user_message(losses, part, nothing) for part in reports if part.count] + [
            _user_message(losses, nothing, part) for part in changes if part.count
        ]


def market_messages(
    batches: Sequence[Events], names: Mapping[int, str], losses: int
) -> list[tuple[str, bytes]]:
    """Make the messages of batches.

    Args:
        batches: Events of consecutive commands; at least one batch.
        names: Name of each market.
        losses: As in `ClockMessage`.

    Returns:
        Channels and encoded messages: statuses, then depth, then trades, then users.
    """
    timestamp_ns = batches[-1].timestamp_ns
    depths: dict[int, _Depth] = {}
    trades: dict[int, _Trades] = {}
    users: dict[int, _User] = {}
    statuses = {}
    for batch in batches:
        for change in batch.market_changes:
            statuses[change.status.market_id] = change
        _add_level_changes(depths, batch)
        _add_trades(trades, batch.public_trades)
        _add_reports(users, batch.reports)
    for batch in batches:
        _add_balance_changes(users, batch.balance_changes)
    messages: list[tuple[str, bytes]] = [
        (MARKET_CHANNEL + names[market_id], encode(change))
        for market_id, change in statuses.items()
    ]
    for market_id, depth in depths.items():
        messages.append((DEPTH_CHANNEL + names[market_id], depth.message(timestamp_ns)))
    for market_id, traded in trades.items():
        messages.append((TRADES_CHANNEL + names[market_id], traded.message()))
    for user_id, user in users.items():
        channel = USER_CHANNEL + str(user_id)
        for message in user.messages(losses):
            messages.append((channel, message))
    return messages


def _add_level_changes(depths: dict[int, _Depth], batch: Events) -> None:
    changes = batch.level_changes.getvalue()
    for start in range(0, len(changes), LEVEL_CHANGE):
        market_id: int = read_i64_le(changes, start)
        sequence: int = read_i64_le(changes, start + NUMBER)
        depth = depths.get(market_id)
        if depth is None:
            depth = depths[market_id] = _Depth(sequence)
        depth.last_sequence = sequence
        side: int = read_i64_le(changes, start + 2 * NUMBER)
        price_ticks: int = read_i64_le(changes, start + 3 * NUMBER)
        levels = depth.bids if side == BUY else depth.asks
        levels[price_ticks] = read_i64_le(changes, start + 4 * NUMBER)


def _add_trades(trades: dict[int, _Trades], rows: Rows) -> None:
    index, data = rows.index.getvalue(), rows.writer.getvalue()
    begin = 0
    for start in range(0, len(index), ROW):
        market_id: int = read_i64_le(index, start)
        end: int = read_i64_le(index, start + 2 * NUMBER)
        traded = trades.get(market_id)
        if traded is None:
            traded = trades[market_id] = _Trades(read_i64_le(index, start + NUMBER))
        traded.trades.count += 1
        traded.trades.writer.write(data[begin:end])
        begin = end


def _add_reports(users: dict[int, _User], rows: Rows) -> None:
    index, data = rows.index.getvalue(), rows.writer.getvalue()
    begin = 0
    for start in range(0, len(index), ROW):
        end: int = read_i64_le(index, start + 2 * NUMBER)
        reports = _user(users, read_i64_le(index, start)).reports
        reports.add(read_i64_le(index, start + NUMBER), data[begin:end])
        begin = end


def _add_balance_changes(users: dict[int, _User], rows: Rows) -> None:
    index, data = rows.index.getvalue(), rows.writer.getvalue()
    begin = 0
    for start in range(0, len(index), ROW):
        end: int = read_i64_le(index, start + 2 * NUMBER)
        changes = _user(users, read_i64_le(index, start)).changes
        changes.add(read_i64_le(index, start + NUMBER), data[begin:end])
        begin = end


def _user(users: dict[int, _User], user_id: int) -> _User:
    user = users.get(user_id)
    if user is None:
        user = users[user_id] = _User()
    return user


def _user_message(losses: int, reports: _Part, changes: _Part) -> bytes:
    writer = BytesWriter()
    writer.append(_ARRAY_3)
    put_int(writer, losses)
    reports.put(writer)
    changes.put(writer)
    return writer.getvalue()


def _put_levels(writer: BytesWriter, levels: dict[int, int]) -> None:
    put_array(writer, len(levels))
    for price_ticks, quantity_lots in levels.items():
        writer.append(_ARRAY_2)
        put_int(writer, price_ticks)
        put_int(writer, quantity_lots)
