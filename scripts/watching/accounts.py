"""What the process of subscribers is told, and what it answers: one JSON object a line."""

from msgspec import Struct

from scripts.load.samples import Latency
from scripts.watching.book import BookState


class Goal(Struct, frozen=True, tag="goal"):
    """Asks how far the subscribers are, as soon as all have come so far, or the time is over.

    Attributes:
        sequences: Book sequence by market.
        marks: Of the last message of complete streams, by the name of the tape.
        timeout_s: How long to wait for both.
    """

    sequences: dict[str, int]
    marks: dict[str, int]
    timeout_s: float


class Unrest(Struct, frozen=True, tag="unrest"):
    """Tells subscribers to cut connections and stop reading now and then; there is no answer.

    Attributes:
        per_s: How often a second, all together; 0 for no more.
    """

    per_s: float


class Recall(Struct, frozen=True, tag="recall"):
    """Asks for everything that was told once for all of them."""


class Counts(Struct):
    """What a subscriber went through.

    Attributes:
        messages: Messages received.
        events: Messages of complete streams.
        snapshots: Books that came whole.
        deltas: Changes of books.
        changes: Changes that the deltas told of: more of them were put together, the more it is.
        checksums: Checksums verified.
        tops: Best levels that could be compared with its own book.
        reconnects: Connections after the first.
        cuts: Connections that it cut.
        stalls: How often it stopped reading.
        closings: Connections that the exchange closed in good order, by code and reason.
        refusals: Requests that were refused for the moment, by code.
    """

    messages: int = 0
    events: int = 0
    snapshots: int = 0
    deltas: int = 0
    changes: int = 0
    checksums: int = 0
    tops: int = 0
    reconnects: int = 0
    cuts: int = 0
    stalls: int = 0
    closings: dict[str, int] = {}
    refusals: dict[str, int] = {}


class Skipped(Struct, frozen=True):
    """A candle that a subscriber saw running, and then a later one, but never closed.

    Attributes:
        name: What it is called.
        end_us: When it ended, in microseconds since 1970.
        told_us: When the later one came.
    """

    name: str
    end_us: int
    told_us: int


class SubscriberState(Struct):
    """All that one subscriber knows for itself.

    Attributes:
        name: What it is called.
        is_subscribed: Whether it has all its streams now.
        books: Book by market.
        behind: Messages of complete streams that others were told and it was not yet, by tape.
        closed: How many candles it was told to be closed.
        skipped: Candles whose closing it was not told.
        counts: What it went through.
        mistakes: What it found wrong, by kind.
        shown: The first of that, in words.
    """

    name: str
    is_subscribed: bool
    books: dict[str, BookState]
    behind: dict[str, int]
    closed: int
    skipped: list[Skipped]
    counts: Counts
    mistakes: dict[str, int]
    shown: list[str]


class Seen(Struct):
    """Answer to a goal.

    Attributes:
        subscribers: One state for each.
        tapes: How many messages of each complete stream were told.
        lateness: How late changes of books were that came at once: from the time that the
            exchange put on them to their arrival. A sample.
        cpu_s: Processor time of the process so far.
    """

    subscribers: list[SubscriberState]
    tapes: dict[str, int]
    lateness: Latency
    cpu_s: float


class Told(Struct):
    """Answer to a recall.

    Attributes:
        tapes: Texts of each complete stream, in pages.
        closed: Texts of closed candles, each once.
        running: Texts of the candles that ran when they were last told of.
        tickers: Texts of tickers, each once, in pages.
        now_us: When this was told, in microseconds since 1970.
    """

    tapes: dict[str, list[bytes]]
    closed: list[str]
    running: list[str]
    tickers: list[bytes]
    now_us: int
