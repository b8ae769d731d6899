"""The names of streams: `<kind>@<market>`, and what they mean."""

from typing import Final, final

from msgspec import Struct

from proto.intervals import INTERVALS

DEPTH: Final = "depth"
TRADES: Final = "trades"
TICKER: Final = "ticker"
KLINE: Final = "kline"
KLINE_PREFIX: Final = "kline_"
KINDS_RULE: Final = "depth, trades, ticker or kline_<interval>"


class Stream(Struct, frozen=True, gc=False):
    """One stream of one market.

    Attributes:
        name: As the client writes it, such as "kline_1m@TATA_INR".
        kind: DEPTH, TRADES, TICKER or KLINE.
        interval: Interval of a KLINE; "" otherwise.
        market: Name of the market.
    """

    name: str
    kind: str
    interval: str
    market: str


@final
class StreamNames:
    """The names of all streams of one market, made once."""

    __slots__ = ("depth", "klines", "ticker", "trades")

    def __init__(self, market: str) -> None:
        self.depth: Final = f"{DEPTH}@{market}"
        self.trades: Final = f"{TRADES}@{market}"
        self.ticker: Final = f"{TICKER}@{market}"
        self.klines: Final = {name: f"{KLINE_PREFIX}{name}@{market}" for name in INTERVALS}
