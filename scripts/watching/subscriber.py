"""One subscriber: what it asks for, and what it makes of what it is told. No sockets.

    opened ──(SIGN_IN)──▶ signed in ──SUBSCRIBE──▶ subscribed ──ended──▶ opened again …
                                                       │
                          mistake of one stream: UNSUBSCRIBE, SUBSCRIBE

It keeps the place of each complete stream over its connections, and gives it back as `after`. Its
books and best levels begin anew with each connection.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final, final

import msgspec
from msgspec import Raw, Struct

from scripts.watching.accounts import Counts, Goal, SubscriberState
from scripts.watching.book import StreamBook
from scripts.watching.marks import position_of_mark
from scripts.watching.mistakes import OUT_OF_PLACE, WRONG_TOP, Mistakes
from scripts.watching.plan import PRIVATE_STREAMS, SubscriberPlan
from scripts.watching.records import TRADES, Records, tape_name
from scripts.watching.takers import (
    BookTaker,
    CandleTaker,
    Taker,
    TapeTaker,
    TickerTaker,
    TopTaker,
)
from scripts.watching.tape import TapeReader

_SIGN_IN: Final = 1
_SUBSCRIBE: Final = 2
_AGAIN: Final = 3
# Refusals that say: try again.
_FOR_THE_MOMENT: Final = frozenset(("NOT_READY",))
# The answer of a feed that is stopping.
_HANDSHAKES_FOR_THE_MOMENT: Final = frozenset(("refused: HTTP/1.1 503 Service Unavailable",))
# What an exchange may close a connection with: it stops; we were too slow.
_FAREWELLS: Final = ("1001", "1008 SLOW_READER")


class HangUpError(Exception):
    """The subscriber wants to begin anew on another connection."""


class _Message(Struct, gc=False):
    stream: str = ""
    data: Raw = Raw()
    id: int | None = None
    error: Raw = Raw()


class _Error(Struct, gc=False):
    code: str


_MESSAGE: Final = msgspec.json.Decoder(_Message)
_ERROR: Final = msgspec.json.Decoder(_Error)


@final
class Subscriber:
    """One subscriber.

    Attributes:
        counts: What it went through.
        is_subscribed: Whether it has all its streams now.
    """

    def __init__(self, plan: SubscriberPlan, records: Records) -> None:
        """Follow a plan.

        Args:
            plan: What it does.
            records: What is kept for all.
        """
        self.counts: Final = Counts()
        self.is_subscribed = False
        self._plan: Final = plan
        self._mistakes: Final = Mistakes()
        self._connections = 0
        self._books: Final[dict[str, StreamBook]] = {}
        self._tops: Final[list[TopTaker]] = []
        self._readers: Final[dict[str, TapeReader]] = {}
        self._tapes: Final[dict[str, TapeTaker]] = {}
        self._candles: Final = CandleTaker(records, self._mistakes)
        self._takers: Final[dict[str, Taker]] = {}
        # Books first: the others are compared with them.
        for stream in sorted(plan.streams, key=lambda name: not name.startswith("depth@")):
            self._takers[stream] = self._taker(stream, records)

    def on_open(self) -> list[bytes]:
        """Begin on a new connection; return what to send."""
        self._connections += 1
        self.counts.reconnects = self._connections - 1
        for book in self._books.values():
            book.void()
        self._candles.begin()
        if self._plan.user_id:
            return [_request("SIGN_IN", {"user_id": str(self._plan.user_id)}, _SIGN_IN)]
        return [self._subscribe()]

    def on_text(self, text: bytes) -> list[bytes]:
        """Take a message; return what to send.

        Raises:
            HangUpError: If it wants another connection.
            msgspec.MsgspecError, ValueError: If it cannot be read.
        """
        self.counts.messages += 1
        message = _MESSAGE.decode(text)
        if not message.stream:
            return self._on_answer(message)
        taker = self._takers.get(message.stream)
        if taker is None or not self.is_subscribed:
            self._mistakes.add(OUT_OF_PLACE, text.decode())
        elif not taker.take(message.data):
            return [
                _request("UNSUBSCRIBE", [message.stream], _AGAIN),
                _request("SUBSCRIBE", [message.stream], _AGAIN),
            ]
        return []

    def on_end(self, farewell: str) -> None:
        """Take note that the connection has ended; see `connection.Owner`."""
        self.is_subscribed = False
        if farewell.startswith(_FAREWELLS):
            self.counts.closings[farewell] = self.counts.closings.get(farewell, 0) + 1
        elif farewell:
            self._mistakes.add(OUT_OF_PLACE, f"the connection ended: {farewell}")

    def on_refusal(self, answer: str) -> None:
        """Take note that there is no connection since the exchange has refused it."""
        if answer in _HANDSHAKES_FOR_THE_MOMENT:
            self.counts.refusals[answer] = self.counts.refusals.get(answer, 0) + 1
        else:
            self._mistakes.add(OUT_OF_PLACE, answer)

    def on_unreadable(self, text: bytes, error: Exception) -> None:
        """Take note of a message that could not be read."""
        self._mistakes.add(OUT_OF_PLACE, f"{error}: {text.decode(errors='replace')}")

    def has_reached(self, goal: Goal) -> bool:
        """Whether its streams have come as far as a goal."""
        user_id = self._plan.user_id
        return (
            self.is_subscribed
            and all(book.sequence >= goal.sequences.get(m, 0) for m, book in self._books.items())
            and all(top.agrees for top in self._tops)
            and all(
                reader.mark >= goal.marks.get(tape_name(stream, user_id), 0)
                for stream, reader in self._readers.items()
            )
        )

    def state(self) -> SubscriberState:
        """Return all that it knows; of interest for best levels where its books stand still."""
        apart = [top for top in self._tops if not top.agrees]
        mistakes = self._mistakes.counts + Counter({WRONG_TOP: len(apart)})
        books, counts = self._books.values(), self.counts
        counts.snapshots = sum(book.snapshots for book in books)
        counts.deltas = sum(book.deltas for book in books)
        counts.changes = sum(book.changes for book in books)
        return SubscriberState(
            name=self._plan.name,
            is_subscribed=self.is_subscribed,
            books={market: book.state() for market, book in self._books.items()},
            behind={
                tape_name(stream, self._plan.user_id): reader.behind
                for stream, reader in self._readers.items()
            },
            closed=len(self._candles.closed),
            skipped=list(self._candles.skipped),
            counts=counts,
            mistakes=dict(mistakes),
            shown=self._mistakes.shown,
        )

    def _on_answer(self, message: _Message) -> list[bytes]:
        if error := bytes(message.error):
            code = _ERROR.decode(error).code
            if code in _FOR_THE_MOMENT:
                self.counts.refusals[code] = self.counts.refusals.get(code, 0) + 1
            else:
                self._mistakes.add(OUT_OF_PLACE, error.decode())
            raise HangUpError(code)
        if message.id == _SIGN_IN:
            return [self._subscribe()]
        self.is_subscribed = True
        return []

    def _subscribe(self) -> bytes:
        after = {}
        for stream, reader in self._readers.items():
            begins_now = self._plan.begins_now and self._connections == 1
            self._tapes[stream].begin(awaits_start=begins_now)
            if not begins_now:
                is_private = stream in PRIVATE_STREAMS
                after[stream] = position_of_mark(reader.mark) if is_private else str(reader.mark)
        return _request("SUBSCRIBE", list(self._plan.streams), _SUBSCRIBE, after)

    def _taker(self, stream: str, records: Records) -> Taker:
        kind, _, rest = stream.partition("@")
        market, _, pace = rest.partition("@")
        counts, mistakes = self.counts, self._mistakes
        if kind == "depth":
            book = self._books[market] = StreamBook()
            return BookTaker(book, counts, mistakes, None if pace else records)
        if kind.startswith("depth") or kind == "bookTicker":
            levels = 1 if kind == "bookTicker" else int(kind.removeprefix("depth"))
            is_best = kind == "bookTicker"
            top = TopTaker(self._books[market], levels, counts, mistakes, is_best=is_best)
            self._tops.append(top)
            return top
        if kind == TRADES or kind in PRIVATE_STREAMS:
            reader = self._readers[stream] = TapeReader(records.tape(stream, self._plan.user_id))
            tape = TapeTaker(reader, counts, mistakes, is_public=kind == TRADES)
            self._tapes[stream] = tape
            return tape
        if kind.startswith("kline_"):
            return self._candles
        return TickerTaker(records, takes_several=kind == "tickers")


def _request(
    method: str,
    params: dict[str, str] | Iterable[str],
    message_id: int,
    after: dict[str, str] | None = None,
) -> bytes:
    request: dict[str, object] = {"method": method, "params": params, "id": message_id}
    if after:
        request["after"] = after
    return msgspec.json.encode(request)
