"""Takes the messages of one stream each, and finds what is wrong with them. Pure.

A taker returns whether the stream can go on; where it cannot, it needs a new subscription.
"""

from typing import Final, Protocol, final

import msgspec
from msgspec import Raw, Struct

from scripts.watching.accounts import Counts, Skipped
from scripts.watching.book import DepthData, StreamBook
from scripts.watching.marks import mark_of_position
from scripts.watching.mistakes import OUT_OF_PLACE, REPEATED, WRONG_TOP, Mistakes
from scripts.watching.moments import moment_us
from scripts.watching.records import CandleName, Records
from scripts.watching.tape import TapeReader

_START: Final = "start"


class _TopData(Struct, gc=False):
    sequence: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


class _BestData(Struct, gc=False):
    sequence: int
    bid: str | None
    bid_quantity: str | None
    ask: str | None
    ask_quantity: str | None


class _TradeData(Struct, gc=False):
    trade_id: str


class _PrivateData(Struct, gc=False):
    type: str
    position: str


class _CandleData(Struct, gc=False):
    market: str
    interval: str
    start: str
    end: str
    closed: bool


_DEPTH: Final = msgspec.json.Decoder(DepthData)
_TOP: Final = msgspec.json.Decoder(_TopData)
_BEST: Final = msgspec.json.Decoder(_BestData)
_TRADE: Final = msgspec.json.Decoder(_TradeData)
_PRIVATE: Final = msgspec.json.Decoder(_PrivateData)
_CANDLE: Final = msgspec.json.Decoder(_CandleData)
_ARRAY: Final = msgspec.json.Decoder(list[Raw])


class Taker(Protocol):
    """Takes the messages of one stream."""

    def take(self, data: Raw) -> bool:
        """Take the `data` of a message; return False where a new subscription is needed."""


@final
class BookTaker:
    """Takes a book and its changes."""

    def __init__(
        self, book: StreamBook, counts: Counts, mistakes: Mistakes, records: Records | None
    ) -> None:
        """Keep a book in step.

        Args:
            book: The book.
            counts: What its owner went through.
            mistakes: What is wrong.
            records: Told how late changes are, if they come at once; else None.
        """
        self._book: Final = book
        self._counts: Final = counts
        self._mistakes: Final = mistakes
        self._records: Final = records

    def take(self, data: Raw) -> bool:
        depth = _DEPTH.decode(data)
        if self._records is not None:
            self._records.note_lateness(depth.timestamp)
        self._counts.checksums += 1
        return self._book.apply(depth, self._mistakes)


@final
class TopTaker:
    """Takes the best levels, or the best prices, and compares them with the book.

    Both streams come at their own pace, so they can be compared where they are at one sequence, and
    in the end.

    Attributes:
        last: The last that was told, in the words of the checksum; None before the first.
    """

    def __init__(
        self, book: StreamBook, levels: int, counts: Counts, mistakes: Mistakes, *, is_best: bool
    ) -> None:
        """Compare with a book.

        Args:
            book: The book of the same market and the same connection.
            levels: Levels of each side.
            counts: What its owner went through.
            mistakes: What is wrong.
            is_best: Whether the stream is `bookTicker`.
        """
        self.last: str | None = None
        self._book: Final = book
        self._levels: Final = levels
        self._counts: Final = counts
        self._mistakes: Final = mistakes
        self._is_best: Final = is_best

    def take(self, data: Raw) -> bool:
        sequence, self.last = _best_prices(data) if self._is_best else _best_levels(data)
        if sequence == self._book.sequence:
            self._counts.tops += 1
            self.compare()
        return True

    def compare(self) -> None:
        """Compare with the book as it is."""
        if not self.agrees:
            told, ours = self.last, self._book.best(self._levels)
            self._mistakes.add(WRONG_TOP, f"{told} at {self._book.sequence}, where {ours} is right")

    @property
    def agrees(self) -> bool:
        """Whether it is what the book says."""
        return self.last == self._book.best(self._levels)


@final
class TapeTaker:
    """Takes a complete stream: trades, or what happened to a user."""

    def __init__(
        self, reader: TapeReader, counts: Counts, mistakes: Mistakes, *, is_public: bool
    ) -> None:
        """Compare with a tape.

        Args:
            reader: Its place on the tape.
            counts: What its owner went through.
            mistakes: What is wrong.
            is_public: Whether it is of trades.
        """
        self._reader: Final = reader
        self._counts: Final = counts
        self._mistakes: Final = mistakes
        self._is_public: Final = is_public
        self._awaits_start = False

    def begin(self, *, awaits_start: bool) -> None:
        """Take note of a new subscription."""
        self._awaits_start = awaits_start

    def take(self, data: Raw) -> bool:
        text = bytes(data)
        if self._is_public:
            mark = int(_TRADE.decode(data).trade_id)
        else:
            private = _PRIVATE.decode(data)
            mark = mark_of_position(private.position)
            if (private.type == _START) != self._awaits_start:
                self._mistakes.add(OUT_OF_PLACE, text.decode())
            self._awaits_start = False
            if private.type == _START:
                return True
        self._counts.events += 1
        self._reader.take(mark, text, self._mistakes)
        return True


@final
class CandleTaker:
    """Takes candles, of all markets and intervals.

    On one connection, a candle that was seen running is closed before a later one is told. Where
    the exchange itself has missed what happened it may not be, so that is noted, to be judged.

    Attributes:
        closed: Those that it was told to be closed.
        skipped: Those that it should have been told to be closed.
    """

    def __init__(self, records: Records, mistakes: Mistakes) -> None:
        self.closed: Final[set[CandleName]] = set()
        self.skipped: Final[list[Skipped]] = []
        self._records: Final = records
        self._mistakes: Final = mistakes
        # The candles that were seen running on this connection, by market and interval.
        self._running: Final[dict[tuple[str, str], _CandleData]] = {}

    def begin(self) -> None:
        """Take note of a new connection."""
        self._running.clear()

    def take(self, data: Raw) -> bool:
        text, candle = bytes(data), _CANDLE.decode(data)
        name = CandleName(candle.market, candle.interval, candle.start)
        if name in self.closed:
            self._mistakes.add(REPEATED, f"closed before: {text.decode()}")
        last = self._running.get((candle.market, candle.interval))
        if last is not None and last.start != candle.start:
            self._on_other(last, candle, text)
        if candle.closed:
            self.closed.add(name)
            self._running.pop((candle.market, candle.interval), None)
        else:
            self._running[candle.market, candle.interval] = candle
        self._records.note_candle(name, text, self._mistakes, is_closed=candle.closed)
        return True

    def _on_other(self, last: _CandleData, candle: _CandleData, text: bytes) -> None:
        # Moments are written so that their texts are in order too.
        if candle.start < last.start:
            self._mistakes.add(OUT_OF_PLACE, f"older than {last.start}: {text.decode()}")
            return
        name = CandleName(last.market, last.interval, last.start).text()
        self.skipped.append(Skipped(name, moment_us(last.end), self._records.now_us()))


@final
class TickerTaker:
    """Takes tickers, one by one or several in a message."""

    def __init__(self, records: Records, *, takes_several: bool) -> None:
        self._records: Final = records
        self._takes_several: Final = takes_several

    def take(self, data: Raw) -> bool:
        for ticker in _ARRAY.decode(data) if self._takes_several else (data,):
            self._records.note_ticker(bytes(ticker))
        return True


def _best_levels(data: Raw) -> tuple[int, str]:
    top = _TOP.decode(data)
    sides = (",".join([f"{p}:{q}" for p, q in side]) for side in (top.bids, top.asks))
    return top.sequence, "|".join(sides)


def _best_prices(data: Raw) -> tuple[int, str]:
    best = _BEST.decode(data)
    bid = "" if best.bid is None else f"{best.bid}:{best.bid_quantity}"
    ask = "" if best.ask is None else f"{best.ask}:{best.ask_quantity}"
    return best.sequence, f"{bid}|{ask}"
