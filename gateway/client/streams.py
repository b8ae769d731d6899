"""What a user may read: the name of each stream, and the kind of its content. No I/O.

Both clients offer these methods under the same names, so what they take is written down once, here.
"""

from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar, final

from msgspec import Raw
from msgspec.json import Decoder

from gateway.client.contents import CompleteEvents, LatestEvents
from proto.api.streams.market_data import (
    BookTickerData,
    KlineData,
    StatusData,
    TickerData,
    TradeData,
)
from proto.api.streams.private import BalanceData, FillData, ReportData

Event = TypeVar("Event")

Place = str | int
_PrivateEvent = TypeVar("_PrivateEvent", ReportData, FillData, BalanceData)

_TRADE: Final = Decoder(TradeData)
_REPORT: Final = Decoder(ReportData)
_FILL: Final = Decoder(FillData)
_BALANCE: Final = Decoder(BalanceData)
_TICKERS: Final = Decoder(list[TickerData])
_KLINE: Final = Decoder(KlineData)
_STATUS: Final = Decoder(StatusData)
_BOOK_TICKER: Final = Decoder(BookTickerData)


@final
class StreamPlan(Generic[Event]):
    """A stream to read: its name, and where its messages go.

    Attributes:
        name: Such as "trades@TATA_INR".
        events: Takes its messages; empty so far.
    """

    __slots__ = ("events", "name")

    def __init__(self, name: str, events: CompleteEvents[Event] | LatestEvents[Event]) -> None:
        self.name: Final = name
        self.events: Final = events

    @property
    def is_complete(self) -> bool:
        """Whether every message counts, so that a reader may hold up the connection."""
        return isinstance(self.events, CompleteEvents)


@final
class Streams:
    """The streams of events; the book is `order_book`."""

    def trades(self, market: str, *, after: Place | None = None) -> StreamPlan[TradeData]:
        """Read every trade of a market, each once; `after` is the last `trade_id` known."""
        events = CompleteEvents(_TRADE, _trade_id, _place(after), has_start=False)
        return StreamPlan(f"trades@{market}", events)

    def orders(self, *, after: Place | None = None) -> StreamPlan[ReportData]:
        """Read every execution report of the user's orders, each once.

        Args:
            after: The last `position` known; 0 for all that ever happened.
        """
        return StreamPlan("orders", _private(_REPORT, after))

    def fills(self, *, after: Place | None = None) -> StreamPlan[FillData]:
        """Read every fill of the user's orders, each once; `after` is the last `position` known."""
        return StreamPlan("fills", _private(_FILL, after))

    def balance_changes(self, *, after: Place | None = None) -> StreamPlan[BalanceData]:
        """Read every change of the user's balances; `after` is the last `position` known."""
        return StreamPlan("balances", _private(_BALANCE, after))

    def tickers(self) -> StreamPlan[TickerData]:
        """Read the last 24 hours of every market, as they change; the latest of each counts."""
        return StreamPlan("tickers", LatestEvents(_TICKERS.decode, _market))

    def klines(self, market: str, interval: str) -> StreamPlan[KlineData]:
        """Read candles of a market as they change; the latest state of each counts.

        Args:
            market: Name of the market.
            interval: Such as "1m", "1h" or "1d".
        """
        return StreamPlan(f"kline_{interval}@{market}", LatestEvents(_one(_KLINE), _start))

    def market_states(self, market: str) -> StreamPlan[StatusData]:
        """Read the state of a market as it changes; the latest one counts."""
        return StreamPlan(f"status@{market}", LatestEvents(_one(_STATUS), _market))

    def book_tickers(self, market: str) -> StreamPlan[BookTickerData]:
        """Read the best bid and ask of a market as they change; the latest ones count."""
        return StreamPlan(f"bookTicker@{market}", LatestEvents(_one(_BOOK_TICKER), _market))


def _private(decoder: Decoder[_PrivateEvent], after: Place | None) -> CompleteEvents[_PrivateEvent]:
    return CompleteEvents(decoder, _position, _place(after), has_start=True)


def _place(after: Place | None) -> str | None:
    return None if after is None else str(after)


def _one(decoder: Decoder[Event]) -> Callable[[Raw], Sequence[Event]]:
    return lambda data: (decoder.decode(data),)


def _trade_id(trade: TradeData) -> str:
    return trade.trade_id


def _position(event: ReportData | FillData | BalanceData) -> str:
    return event.position


def _market(event: TickerData | StatusData | BookTickerData) -> str:
    return event.market


def _start(candle: KlineData) -> str:
    return candle.start
