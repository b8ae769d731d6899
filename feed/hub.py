"""Who reads which stream, how far each of them is, and what becomes of those who read too slowly.

Theory of operation
-------------------
A channel is a stream with its source (`feed/source.py`) and its readers. Nearly all readers are
*live*: they have the channel's mark. When the source has moved, `advance` asks it once what came
after that mark, and writes the answer, encoded once, to all of them.

Everybody else is *behind*, with a mark of their own: whoever has just joined, whoever was away and
said where, and whoever reads too slowly. Each of them *climbs*: the source is asked what comes
after their mark, until that is the channel's, and they are live.

    join(NOTHING or a mark) --> BEHIND --climb: has the channel's mark--> LIVE
                                  ^                                         |
                                  +---------- the reader is full -----------+

A reader is full when more waits in its connection than its bound (the transport says so, and says
when there is room again). Nothing is written to a full reader. It falls behind in all its
channels, keeps its marks, and climbs when it has room: a book then gives it one delta for all that
it missed, or a snapshot; a state its latest value; a history goes on where it stood. So a slow
reader costs its bound, a mark for each stream, and the others nothing.

A full reader that takes nothing for STALL_NS is dismissed. One that takes a little now and then is
not: it has a slow line, and its state costs no more than anybody's.

A climber that has more than the live readers waits until the channel advances: so it is with a book
that is told once a second, whose newcomers get it as it is now.
"""

from collections.abc import Callable
from functools import partial
from typing import Final, Generic, Protocol, TypeVar, final

from feed.message import Message
from feed.source import NOTHING, Portion, Source
from proto.api.streams.failures import SLOW_READER
from proto.intervals import SECOND_NS

STALL_NS: Final = 10 * SECOND_NS
# A page that was fetched for a reader is written even if it has become full meanwhile: it may
# always be full when one comes. Where so much waits already, it is asked for again when there is
# room; or the pages of many streams would pile up for somebody who reads none.
OVERFULL_BYTES: Final = 256 * 1024


class Reader(Protocol):
    """A connection, as far as the hub knows it."""

    def write(self, message: Message) -> None:
        """Write a message; never waits. One that has gone is skipped."""
        ...

    def buffered_bytes(self) -> int:
        """Return how much was written and is not taken yet."""
        ...

    def dismiss(self, reason: str) -> None:
        """Close it; never waits."""
        ...


ReaderT = TypeVar("ReaderT", bound=Reader)


@final
class _Channel(Generic[ReaderT]):
    """A stream that somebody reads.

    Attributes:
        source: What it is made from.
        mark: Where its live readers are.
        live: Those who have all that was written. A dict keeps the order in which they came.
        behind: The others, with their marks.
        waiting: Those of them who wait for the channel to advance.
        fetching: Those for whom something is fetched, with the mark that it was asked for.
    """

    __slots__ = ("behind", "fetching", "live", "mark", "source", "waiting")

    def __init__(self, source: Source) -> None:
        self.source: Final = source
        self.mark = source.mark()
        self.live: Final[dict[ReaderT, None]] = {}
        self.behind: Final[dict[ReaderT, int]] = {}
        self.waiting: Final[dict[ReaderT, None]] = {}
        self.fetching: Final[dict[ReaderT, int]] = {}


@final
class _Fullness:
    """Since when a reader is full, and how much it had to take when that was looked at."""

    __slots__ = ("buffered_bytes", "since_ns")

    def __init__(self, since_ns: int, buffered_bytes: int) -> None:
        self.since_ns = since_ns
        self.buffered_bytes = buffered_bytes


@final
class Hub(Generic[ReaderT]):
    """The channels, by key, and their readers.

    Attributes:
        dismissed: Readers dismissed because they took nothing.
        conflated: How often a full reader fell behind.
        messages: Messages written to the live readers of a channel.
    """

    def __init__(
        self, later: Callable[[Callable[[], None]], object], monotonic_ns: Callable[[], int]
    ) -> None:
        """Begin without readers.

        Args:
            later: Calls a function when this turn of the event loop is over.
            monotonic_ns: Monotonic clock.
        """
        self.dismissed = 0
        self.conflated = 0
        self.messages = 0
        self._later: Final = later
        self._monotonic_ns: Final = monotonic_ns
        self._channels: Final[dict[str, _Channel[ReaderT]]] = {}
        # The keys of each reader's channels, in the order in which they climb when it has room.
        self._keys: Final[dict[ReaderT, dict[str, None]]] = {}
        self._full: Final[dict[ReaderT, _Fullness]] = {}
        # Those of the full that are still among the live.
        self._filled: Final[list[ReaderT]] = []

    @property
    def readers(self) -> int:
        """How many readers there are."""
        return len(self._keys)

    def enter(self, reader: ReaderT) -> None:
        """Take a reader in, until it leaves."""
        self._keys[reader] = {}

    def leave(self, reader: ReaderT) -> None:
        """Forget a reader, if that has not been done. O(its channels)."""
        for key in list(self._keys.get(reader, ())):
            self.part(reader, key)
        self._keys.pop(reader, None)
        self._full.pop(reader, None)

    def wanted(self, key: str) -> bool:
        """Tell whether anybody reads a channel."""
        return key in self._channels

    def join(self, reader: ReaderT, key: str, source: Source, mark: int = NOTHING) -> None:
        """Add a reader to a channel that it is not in.

        What there is for it above its mark is written at once, as far as the source has it. One
        that has left meanwhile, because it was dismissed, stays away.

        Args:
            reader: One that has entered.
            key: Names the channel.
            source: What the channel is made from; of interest where it is the first reader.
            mark: What the reader has of it already.
        """
        keys = self._keys.get(reader)
        if keys is None:
            return
        channel = self._channels.get(key)
        if channel is None:
            channel = self._channels[key] = _Channel(source)
        assert key not in keys
        keys[key] = None
        channel.behind[reader] = mark
        if mark == NOTHING and source.begins_now:
            self._ask(reader, key, channel, mark)
        else:
            self._climb(reader, key)

    def part(self, reader: ReaderT, key: str) -> None:
        """Take a reader from a channel that it has joined; without readers it is no more.

        Nothing happens where it has left already.
        """
        keys = self._keys.get(reader)
        if keys is None:
            return
        channel = self._channels[key]
        del keys[key]
        channel.live.pop(reader, None)
        channel.behind.pop(reader, None)
        channel.waiting.pop(reader, None)
        channel.fetching.pop(reader, None)
        if not channel.live and not channel.behind:
            del self._channels[key]

    def advance(self, key: str) -> None:
        """Write what is new in a channel to all who read it. O(readers)."""
        channel = self._channels.get(key)
        if channel is None:
            return
        self._settle()
        source = channel.source
        while channel.live and channel.mark != source.mark():
            portion = source.since(channel.mark)
            if portion is None or portion.mark == channel.mark:
                # It has to be fetched, or nothing can be told now: each climbs by itself.
                self._scatter(channel)
                break
            channel.mark = portion.mark
            self._write_to_live(channel, portion)
            self._settle()
        channel.mark = source.mark()
        waiting = list(channel.waiting)
        channel.waiting.clear()
        for reader in waiting:
            self._climb(reader, key, advanced=True)

    def on_full(self, reader: ReaderT) -> None:
        """Take note that a reader has more to take than it should.

        Called while something is written to it; it falls behind when that is done.
        """
        if reader in self._keys and reader not in self._full:
            self._full[reader] = _Fullness(self._monotonic_ns(), reader.buffered_bytes())
            self._filled.append(reader)

    def on_room(self, reader: ReaderT) -> None:
        """Take note that a reader has taken nearly all, and bring it up to what is live."""
        self._settle()
        if self._full.pop(reader, None) is None:
            return
        keys = self._keys[reader]
        for key in list(keys):
            if reader in self._full:
                break
            # It comes last next time: one that fills the reader each time leaves room for the rest.
            del keys[key]
            keys[key] = None
            self._climb(reader, key)

    def look(self) -> None:
        """Dismiss the readers that are full and take nothing. O(full readers)."""
        now_ns = self._monotonic_ns()
        for reader, fullness in list(self._full.items()):
            before_bytes, fullness.buffered_bytes = (
                fullness.buffered_bytes, reader.buffered_bytes(),
            )  # fmt: skip
            if fullness.buffered_bytes < before_bytes:
                fullness.since_ns = now_ns
            elif now_ns - fullness.since_ns >= STALL_NS:
                self.leave(reader)
                self.dismissed += 1
                reader.dismiss(SLOW_READER)

    def _write_to_live(self, channel: _Channel[ReaderT], portion: Portion) -> None:
        for message in portion.frames:
            self.messages += 1
            for reader in channel.live:
                reader.write(message)

    def _settle(self) -> None:
        """Take those who have become full out of the crowd, in all their channels."""
        filled = self._filled
        while filled:
            reader = filled.pop()
            self.conflated += 1
            for key in self._keys.get(reader, ()):
                channel = self._channels[key]
                if reader in channel.live:
                    del channel.live[reader]
                    channel.behind[reader] = channel.mark

    def _scatter(self, channel: _Channel[ReaderT]) -> None:
        """Let all live readers climb by themselves from where they stand."""
        channel.behind.update(dict.fromkeys(channel.live, channel.mark))
        channel.waiting.update(channel.live)
        channel.live.clear()

    def _climb(self, reader: ReaderT, key: str, *, advanced: bool = False) -> None:
        """Bring a reader that is behind nearer to the others by a portion.

        Args:
            reader: A reader, of whom all may have changed since this was asked for.
            key: A channel.
            advanced: Whether the channel has just advanced, so that there is nothing to wait for.
        """
        channel = self._channels.get(key)
        mark = None if channel is None else channel.behind.get(reader)
        if channel is None or mark is None or reader in self._full:
            return
        if mark == channel.mark:
            self._go_live(reader, channel)
        elif channel.mark < mark <= channel.source.mark() and not advanced:
            channel.waiting[reader] = None
        else:
            self._ask(reader, key, channel, mark)

    def _ask(self, reader: ReaderT, key: str, channel: _Channel[ReaderT], mark: int) -> None:
        portion = channel.source.since(mark)
        if portion is not None:
            self._take(reader, key, channel, portion)
            return
        if channel.fetching.get(reader) == mark:
            return
        channel.fetching[reader] = mark

        def wanted() -> bool:
            # It may have left meanwhile, or have got further by another question.
            is_behind = self._channels.get(key) is channel and channel.behind.get(reader) == mark
            return is_behind and channel.fetching.get(reader) == mark

        def take(fetched: Portion) -> None:
            if wanted():
                del channel.fetching[reader]
                if reader not in self._full or reader.buffered_bytes() < OVERFULL_BYTES:
                    self._take(reader, key, channel, fetched)

        channel.source.fetch(mark, take, wanted)

    def _take(
        self, reader: ReaderT, key: str, channel: _Channel[ReaderT], portion: Portion
    ) -> None:
        """Write a portion to a reader that is behind, even one that has become full meanwhile."""
        moved = portion.mark != channel.behind[reader]
        for message in portion.frames:
            reader.write(message)
        channel.behind[reader] = portion.mark
        if not moved:
            channel.waiting[reader] = None
        elif portion.mark == channel.mark and reader not in self._full:
            self._go_live(reader, channel)
        else:
            self._later(partial(self._climb, reader, key))

    def _go_live(self, reader: ReaderT, channel: _Channel[ReaderT]) -> None:
        del channel.behind[reader]
        channel.waiting.pop(reader, None)
        channel.fetching.pop(reader, None)
        channel.live[reader] = None
