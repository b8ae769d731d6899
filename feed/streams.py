"""The names of streams, and what they mean.

depth@M  depth@M@100ms  depth@M@1s          the book, and what changes in it
depth5@M  depth10@M  depth20@M  (@100ms …)  its best levels
bookTicker@M  trades@M  ticker@M  status@M  kline_<interval>@M
tickers                                     of all markets
orders  fills  balances                     of the user who has signed in
"""

from typing import Final, final

from msgspec import Struct

from proto.intervals import INTERVALS, MILLISECOND_NS, SECOND_NS
from proto.limits import NAME_LENGTH_MAX

DEPTH: Final = "depth"
TOP: Final = "top"
BOOK_TICKER: Final = "bookTicker"
TRADES: Final = "trades"
TICKER: Final = "ticker"
TICKERS: Final = "tickers"
STATUS: Final = "status"
KLINE: Final = "kline"
ORDERS: Final = "orders"
FILLS: Final = "fills"
BALANCES: Final = "balances"

# How long at least from one message of a book to the next, by the word for it; 0 is at once.
EVERY_CHANGE: Final = ""
PACES_NS: Final = {EVERY_CHANGE: 0, "100ms": 100 * MILLISECOND_NS, "1s": SECOND_NS}
PACES: Final = tuple(PACES_NS)
TOP_LEVELS: Final = (5, 10, 20)
PRIVATE_KINDS: Final = (ORDERS, FILLS, BALANCES)
# Those that a client may resume.
COMPLETE_KINDS: Final = (TRADES, *PRIVATE_KINDS)

_MARKET_KINDS: Final = frozenset((DEPTH, BOOK_TICKER, TRADES, TICKER, STATUS))
_LONE_KINDS: Final = frozenset((TICKERS, *PRIVATE_KINDS))
_TOP_KINDS: Final = {f"{DEPTH}{levels}": levels for levels in TOP_LEVELS}
_PACED_KINDS: Final = (DEPTH, *_TOP_KINDS)
_BOOK_KINDS: Final = {
    pace: _PACED_KINDS if pace else (BOOK_TICKER, *_PACED_KINDS) for pace in PACES
}
_KLINE_KINDS: Final = {f"{KLINE}_{interval}": interval for interval in INTERVALS}
_KINDS_RULE: Final = (
    "must be <kind>@<market>, where the kind is depth, depth5, depth10, depth20, bookTicker, "
    f"trades, ticker, status or kline_<interval> ({', '.join(INTERVALS)}); or tickers, orders, "
    "fills or balances"
)
_PACE_RULE: Final = "after the market may come @100ms or @1s, for depth only"


class StreamNameError(ValueError):
    """A name that is none of a stream; the text is the rule."""


class Stream(Struct, frozen=True, gc=False):
    """One stream.

    Attributes:
        name: As the client writes it, such as "kline_1m@TATA_INR" or "orders".
        kind: DEPTH to BALANCES.
        market: Name of the market; "" where it is of none.
        interval: Interval of a KLINE; "" otherwise.
        pace: One of PACES; of DEPTH and TOP.
        levels: Levels on each side of a TOP; 0 otherwise.
    """

    name: str
    kind: str
    market: str = ""
    interval: str = ""
    pace: str = EVERY_CHANGE
    levels: int = 0


def parse_stream(name: str) -> Stream:
    """Read the name of a stream. Whether there is such a market is not looked at.

    Raises:
        StreamNameError: If it names none.
    """
    if name in _LONE_KINDS:
        return Stream(name, name)
    kind, _, rest = name.partition("@")
    market, at, pace = rest.partition("@")
    if not market or len(market) > NAME_LENGTH_MAX:
        raise StreamNameError(_KINDS_RULE)
    if at and (pace not in PACES or not pace or kind not in _PACED_KINDS):
        raise StreamNameError(_PACE_RULE)
    if kind in _MARKET_KINDS:
        return Stream(name, kind, market, pace=pace)
    if kind in _TOP_KINDS:
        return Stream(name, TOP, market, pace=pace, levels=_TOP_KINDS[kind])
    if kind in _KLINE_KINDS:
        return Stream(name, KLINE, market, _KLINE_KINDS[kind])
    raise StreamNameError(_KINDS_RULE)


def channel_key(stream: Stream, user_id: int) -> str:
    """Name the hub's channel of a stream: of a private one, each user has their own."""
    return f"{stream.name}@{user_id}" if stream.kind in PRIVATE_KINDS else stream.name


@final
class StreamNames:
    """The names of the streams of one market, made once.

    Attributes:
        books: Those that are told the book or its best levels, by pace.
        klines: By interval.
    """

    __slots__ = ("books", "klines", "status", "ticker", "trades")

    def __init__(self, market: str) -> None:
        self.books: Final = {
            pace: [f"{kind}@{market}@{pace}" if pace else f"{kind}@{market}" for kind in kinds]
            for pace, kinds in _BOOK_KINDS.items()
        }
        self.trades: Final = f"{TRADES}@{market}"
        self.ticker: Final = f"{TICKER}@{market}"
        self.status: Final = f"{STATUS}@{market}"
        self.klines: Final = {name: f"{KLINE}_{name}@{market}" for name in INTERVALS}
