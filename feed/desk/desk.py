"""Where the connections of one feed hand in their requests about orders."""

from collections.abc import Callable
from typing import Final, final

from feed.desk.listings import Listings
from feed.desk.session import DeskSession, Write
from proto.api.exchange import Exchange
from proto.api.markets import MarketCatalog
from proto.api.trading import Trading


@final
class Desk:
    """What the sessions of all connections share: the way to the matcher, and its markets."""

    def __init__(
        self, exchange: Exchange, markets: MarketCatalog, monotonic_ns: Callable[[], int]
    ) -> None:
        """Wire a desk.

        Args:
            exchange: Where commands and queries go; started and closed by its owner.
            markets: Markets of that exchange.
            monotonic_ns: Monotonic clock in nanoseconds.
        """
        self._exchange: Final = exchange
        self._markets: Final = markets
        self._trading: Final = Trading(exchange, markets)
        self._listings: Final = Listings()
        self._monotonic_ns: Final = monotonic_ns

    def open(self, write: Write) -> DeskSession:
        """Begin to take the requests of a connection.

        Args:
            write: Writes one text message to it, and waits while the client takes nothing. Where
                the connection has gone it may raise `ConnectionClosed` or `OSError`.
        """
        return DeskSession(
            self._exchange,
            self._markets,
            self._trading,
            self._listings,
            self._monotonic_ns,
            write,
        )
