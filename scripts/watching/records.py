"""What all subscribers of a process were told together: tapes, candles, tickers, how late. Pure."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, final

from scripts.load.samples import Samples
from scripts.watching.accounts import Told
from scripts.watching.marks import mark_after
from scripts.watching.mistakes import DIFFERENT, Mistakes
from scripts.watching.moments import moment_us
from scripts.watching.pages import Pages
from scripts.watching.plan import Begin
from scripts.watching.tape import Tape

TRADES: Final = "trades"
# Of the changes of books that come at once, how many there are for each whose lateness is noted.
_LATENESS_OF: Final = 16


class CandleName(NamedTuple):
    """A candle."""

    market: str
    interval: str
    start: str

    def text(self) -> str:
        """Write it as one word."""
        return f"kline_{self.interval}@{self.market}@{self.start}"


def tape_name(stream: str, user_id: int) -> str:
    """Name the tape of a complete stream; each user has their own of a private one."""
    return stream if stream.startswith(f"{TRADES}@") else f"{stream} of user {user_id}"


@final
class Records:
    """The records.

    Attributes:
        lateness: How late changes of books were.
    """

    def __init__(self, begin: Begin, clock_ns: Callable[[], int]) -> None:
        """Begin.

        Args:
            begin: Where complete streams begin.
            clock_ns: The clock of the exchange's times.
        """
        self.lateness: Final = Samples()
        self._begin: Final = begin
        self._clock_ns: Final = clock_ns
        self._start_ns: Final = clock_ns()
        self._tapes: Final[dict[str, Tape]] = {}
        self._closed: Final[dict[CandleName, bytes]] = {}
        self._running: Final[dict[CandleName, bytes]] = {}
        self._tickers: Final = Pages()
        self._ticker_hashes: Final[set[int]] = set()
        self._until_lateness = _LATENESS_OF

    def tape(self, stream: str, user_id: int) -> Tape:
        """Return the tape of a complete stream."""
        name = tape_name(stream, user_id)
        begin = self._begin
        is_public = stream.startswith(f"{TRADES}@")
        mark = begin.trade_id if is_public else mark_after(begin.sequence)
        return self._tapes.setdefault(name, Tape(name, mark))

    def tape_lengths(self) -> Mapping[str, int]:
        """Return how many messages are on each tape."""
        return {name: len(tape) for name, tape in self._tapes.items()}

    def now_us(self) -> int:
        """Return the time of the exchange's clock, in microseconds since 1970."""
        return self._clock_ns() // 1_000

    def note_lateness(self, timestamp: str) -> None:
        """Note how late a change is that has just come, if it is its turn."""
        self._until_lateness -= 1
        if self._until_lateness == 0:
            self._until_lateness = _LATENESS_OF
            self.lateness.add(moment_us(timestamp) * 1_000, self._clock_ns(), self._start_ns)

    def note_candle(
        self, name: CandleName, text: bytes, mistakes: Mistakes, *, is_closed: bool
    ) -> None:
        """Note a candle; a closed one must be the same for all."""
        if not is_closed:
            self._running[name] = text
            return
        self._running.pop(name, None)
        known = self._closed.setdefault(name, text)
        if known != text:
            mistakes.add(DIFFERENT, f"{text.decode()}, and before {known.decode()}")

    def note_ticker(self, text: bytes) -> None:
        """Note a ticker."""
        if hash(text) not in self._ticker_hashes:
            self._ticker_hashes.add(hash(text))
            self._tickers.add(text)

    def told(self) -> Told:
        """Return all of it."""
        return Told(
            {name: tape.pages.packed() for name, tape in self._tapes.items()},
            [text.decode() for text in self._closed.values()],
            [text.decode() for text in self._running.values()],
            self._tickers.packed(),
            self.now_us(),
        )
