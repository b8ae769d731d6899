"""All markets and users of this feed: takes what comes from Redis to the one that it is for.

What arrives is handled at once; what it makes leaves when the reader of Redis has to wait for
more, since only then does the event loop come to the flush that the first message asked for. A
market whose book moved with a flush is due at each pace, and is told when that pace's time comes:
so markets where nothing happens cost nothing.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Final, final

from feed.clock_watch import ClockWatch
from feed.content import ContentSource
from feed.market import Market, Outlet, SyncState
from feed.source import Source
from feed.streams import EVERY_CHANGE, PACES, TICKERS, Stream
from feed.tickers import TickersContent
from feed.users import Users, user_channel
from proto.codec import (
    DecodeError,
    decode_clock,
    decode_depth,
    decode_market_change,
    decode_ticker,
    decode_trades,
    decode_user,
)
from proto.market_data import (
    CLOCK_CHANNEL,
    DEPTH_CHANNEL,
    MARKET_CHANNEL,
    TICKER_CHANNEL,
    TRADES_CHANNEL,
    USER_CHANNEL,
)

_LOG: Final = logging.getLogger("feed")
_CLOCK: Final = CLOCK_CHANNEL.encode()
_DEPTH: Final = DEPTH_CHANNEL.encode()
_TRADES: Final = TRADES_CHANNEL.encode()
_TICKER: Final = TICKER_CHANNEL.encode()
_MARKET: Final = MARKET_CHANNEL.encode()
_USER: Final = USER_CHANNEL.encode()


@final
class Board:
    """The markets, by name, and the users.

    Attributes:
        users: The users.
        tickers: The tickers of all markets.
        bad_messages: Messages from Redis that were none.
        received: Messages from Redis.
    """

    def __init__(
        self,
        users: Users,
        outlet: Outlet,
        clock_watch: ClockWatch,
        monotonic_ns: Callable[[], int],
        epoch: Callable[[], int | None],
        later: Callable[[Callable[[], None]], object],
        wake: Callable[[], None],
        channels_changed: Callable[[], None],
    ) -> None:
        """Begin without markets.

        Args:
            users: Takes what is about users.
            outlet: Told when the tickers have moved.
            clock_watch: Told of each clock message.
            monotonic_ns: Monotonic clock.
            epoch: The matcher's epoch as the mesh knows it.
            later: Calls a function when this turn is over.
            wake: Called when a market is to be synced, or the matcher to be asked for it.
            channels_changed: Called when there is a channel more.
        """
        self.users: Final = users
        self.tickers: Final = TickersContent()
        self.bad_messages = 0
        self.received = 0
        self._outlet: Final = outlet
        self._clock_watch: Final = clock_watch
        self._monotonic_ns: Final = monotonic_ns
        self._epoch: Final = epoch
        self._later: Final = later
        self._wake: Final = wake
        self._channels_changed: Final = channels_changed
        self._markets: Final[dict[str, Market]] = {}
        # Channel -> what takes its messages. Looked up once for each message.
        self._takers: Final[dict[bytes, Callable[[bytes], None]]] = {_CLOCK: self._take_clock}
        # Markets whose channels Redis has confirmed: from then on nothing is missed.
        self._subscribed: Final[set[str]] = set()
        # Markets that are to be flushed; and those whose book is to be told, by pace.
        self._touched: Final[dict[Market, None]] = {}
        self._due: Final[dict[str, dict[Market, None]]] = {
            pace: {} for pace in PACES if pace != EVERY_CHANGE
        }
        self._flush_asked = False

    def add(self, market: Market) -> None:
        """Take a market in."""
        name = market.name
        self._markets[name] = market

        def take_depth(data: bytes) -> None:
            market.on_depth(decode_depth(data))
            self.touch(market)

        def take_trades(data: bytes) -> None:
            market.on_trades(decode_trades(data))
            self.touch(market)

        def take_ticker(data: bytes) -> None:
            market.on_ticker(decode_ticker(data))

        def take_change(data: bytes) -> None:
            market.on_status(decode_market_change(data))

        self._takers[_DEPTH + name.encode()] = take_depth
        self._takers[_TRADES + name.encode()] = take_trades
        self._takers[_MARKET + name.encode()] = take_change
        self._takers[_TICKER + name.encode()] = take_ticker
        self._channels_changed()

    def follow(self, user_id: int) -> bool:
        """Follow a user until `Users.release`; return False where there are too many."""
        if not self.users.hold(user_id):
            return False
        channel = user_channel(user_id)
        if channel not in self._takers:

            def take_user(data: bytes) -> None:
                self.users.on_message(user_id, decode_user(data))
                if self.users.needs_definitions:
                    self._wake()

            self._takers[channel] = take_user
            self._channels_changed()
        return True

    def forget_unread_users(self) -> bool:
        """Forget the users whom nobody reads any more; return whether there were any."""
        gone = self.users.forget_unread(self._monotonic_ns())
        for user_id in gone:
            del self._takers[user_channel(user_id)]
        return bool(gone)

    def find(self, name: str) -> Market | None:
        """Return a market, if it is known."""
        return self._markets.get(name)

    def source(self, stream: Stream) -> Source:
        """Return what a public stream is made from; its market is known."""
        if stream.kind == TICKERS:
            return ContentSource(stream.name, self.tickers)
        return self._markets[stream.market].source(stream)

    def markets(self) -> Iterable[Market]:
        """Return all markets, in the order in which they came."""
        return list(self._markets.values())

    def channels(self) -> list[bytes]:
        """Return the names of the channels to subscribe to."""
        return list(self._takers)

    def receive(self, channel: bytes, data: bytes) -> None:
        """Take one message; one of a channel that is no longer followed is left."""
        self.received += 1
        taker = self._takers.get(channel)
        if taker is None:
            return
        try:
            taker(data)
        except DecodeError as error:
            # As good as lost. A market sees the gap by the next one; a user's messages have no
            # number.
            self.bad_messages += 1
            if channel.startswith(_USER):
                self.users.on_bad_message(int(channel.removeprefix(_USER)))
            if self.bad_messages & (self.bad_messages - 1) == 0:
                _LOG.warning(
                    "%d bad messages so far; channel %r: %s", self.bad_messages, channel, error
                )

    def touch(self, market: Market) -> None:
        """Flush a market when this turn is over."""
        self._touched[market] = None
        if not self._flush_asked:
            self._flush_asked = True
            self._later(self._flush)

    def advance(self, pace: str) -> None:
        """Tell the books that have moved since this was called last, at one of the paces."""
        due = list(self._due[pace])
        self._due[pace].clear()
        for market in due:
            market.advance(pace)

    def on_subscribed(self, channel: bytes) -> None:
        """Take note that Redis has confirmed a channel."""
        # It confirms in the order of `channels`, and a market's ticker is its last.
        if channel.startswith(_TICKER):
            name = channel.removeprefix(_TICKER).decode()
            self._subscribed.add(name)
            self._markets[name].desync()
            self._wake()
        elif channel.startswith(_USER):
            self.users.on_subscribed(int(channel.removeprefix(_USER)))

    def on_disconnected(self) -> None:
        """Take note that Redis is away: from now on everything may be missed."""
        self._subscribed.clear()
        self._desync_all()
        self.users.on_disconnected()

    def unsynced(self) -> list[Market]:
        """Return the markets to be synced now."""
        return [
            market
            for name, market in self._markets.items()
            if market.state is SyncState.UNSYNCED and name in self._subscribed
        ]

    def _take_clock(self, data: bytes) -> None:
        clock = decode_clock(data)
        timestamp_ns = clock.timestamp_ns
        watch = self._clock_watch
        is_back = watch.hear(self._monotonic_ns(), self._epoch())
        has_lost = watch.has_lost(clock.losses)
        if is_back or has_lost:
            # A market finds out by itself what its book has missed, but not its status or ticker.
            _LOG.info("the matcher is heard again, has restarted or counts a loss: asking anew")
            self._desync_all()
            self._wake()
        if is_back:
            self.users.on_lost()
        self.users.on_losses(clock.losses)
        self.users.on_clock()
        for market in self._markets.values():
            if market.on_clock(timestamp_ns):
                self.touch(market)
        # The matcher publishes its clock behind the tickers that have changed.
        self._outlet.advance(TICKERS)

    def _flush(self) -> None:
        self._flush_asked = False
        touched = list(self._touched)
        self._touched.clear()
        for market in touched:
            if market.flush():
                for due in self._due.values():
                    due[market] = None
        if any(market.state is SyncState.UNSYNCED for market in touched):
            self._wake()

    def _desync_all(self) -> None:
        for market in self._markets.values():
            market.desync()
