"""The names of streams: `<kind>@<market>` and `orders@<user_id>`, and what they mean."""

from typing import Final, final

from msgspec import Struct

from proto.intervals import INTERVALS

DEPTH: Final = "depth"
TRADES: Final = "trades"
TICKER: Final = "ticker"
STATUS: Final = "status"
KLINE: Final = "kline"
KLINE_PREFIX: Final = "kline_"
ORDERS: Final = "orders"
KINDS_RULE: Final = "depth, trades, ticker, status, kline_<interval> or orders"


class Stream(Struct, frozen=True, gc=False):
    """One stream of one market, or of one user.

    Attributes:
        name: As the client writes it, such as "kline_1m@TATA_INR" or "orders@7".
        kind: DEPTH, TRADES, TICKER, STATUS, KLINE or ORDERS.
        interval: Interval of a KLINE; "" otherwise.
        market: Name of the market; "" for ORDERS.
        user_id: The user of ORDERS; 0 otherwise.
    """

    name: str
    kind: str
    interval: str
    market: str
    user_id: int = 0


def orders_stream(user_id: int) -> str:
    """Name the stream of a user."""
    return f"{ORDERS}@{user_id}"


@final
class StreamNames:
    """The names of all streams of one market, made once."""

    __slots__ = ("depth", "klines", "status", "ticker", "trades")

    def __init__(self, market: str) -> None:
        self.depth: Final = f"{DEPTH}@{market}"
        self.trades: Final = f"{TRADES}@{market}"
        self.ticker: Final = f"{TICKER}@{market}"
        self.status: Final = f"{STATUS}@{market}"
        self.klines: Final = {name: f"{KLINE_PREFIX}{name}@{market}" for name in INTERVALS}
