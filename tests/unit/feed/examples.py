"""A market to test with, and messages about it."""

import json

from proto.definitions import AssetDefinition, MarketDefinition
from proto.ids import TradeId
from proto.market_data import Candle, DepthMessage, Level, PublicTrade, Ticker, TradesMessage
from proto.replies import MarketDataReply
from proto.scales import MarketScale

TATA = AssetDefinition(1, "TATA", 4)
INR = AssetDefinition(2, "INR", 6)
# Ticks of 0.05 INR, lots of 0.5 TATA.
MARKET = MarketDefinition(1, "TATA_INR", 1, 2, 2, 5, 1, 5, 10**9, 1, 10**9, 0, 1000, 2000)
SCALE = MarketScale(MARKET, TATA, INR)
# 2024-01-01T00:00:00Z
NEW_YEAR_NS = 1_704_067_200_000_000_000


class Outlet:
    """Remembers what was published; wants everything until told otherwise."""

    def __init__(self) -> None:
        self.deaf: set[str] = set()
        self.full: set[str] = set()
        self.messages: list[dict[str, object]] = []

    def wanted(self, stream: str) -> bool:
        return stream not in self.deaf

    def has_room(self, stream: str) -> bool:
        return stream not in self.full

    def publish(self, stream: str, message: bytes) -> None:
        content = json.loads(message)
        assert content["stream"] == stream
        self.messages.append(content)

    def take(self, stream: str) -> list[dict[str, object]]:
        """Return and forget the data of one stream."""
        taken = [m["data"] for m in self.messages if m["stream"] == stream]
        self.messages = [m for m in self.messages if m["stream"] != stream]
        return taken  # type: ignore[return-value]


def levels(*pairs: tuple[int, int]) -> list[Level]:
    return [Level(price, quantity) for price, quantity in pairs]


def depth(
    first: int,
    last: int,
    bids: tuple[tuple[int, int], ...] = (),
    asks: tuple[tuple[int, int], ...] = (),
    timestamp_ns: int = NEW_YEAR_NS,
) -> DepthMessage:
    return DepthMessage(first, last, timestamp_ns, levels(*bids), levels(*asks))


def trade(
    number: int,
    timestamp_ns: int = NEW_YEAR_NS,
    price: int = 2000,
    lots: int = 4,
    taker_side: int = 1,
) -> PublicTrade:
    return PublicTrade(number, number, timestamp_ns, price, lots, price * lots * 25_000, taker_side)


def trades(*several: PublicTrade) -> TradesMessage:
    return TradesMessage(several[0].number, list(several))


def ticker(timestamp_ns: int = NEW_YEAR_NS, *numbers: int) -> Ticker:
    return Ticker(timestamp_ns, *(numbers or (0,) * 9))


def reply(
    book_sequence: int = 0,
    bids: tuple[tuple[int, int], ...] = (),
    asks: tuple[tuple[int, int], ...] = (),
    trade_number: int = 0,
    candles: list[Candle] | None = None,
    timestamp_ns: int = NEW_YEAR_NS,
) -> MarketDataReply:
    return MarketDataReply(
        1,
        1,
        book_sequence,
        levels(*bids),
        levels(*asks),
        trade_number,
        candles or [],
        ticker(timestamp_ns),
        # Trades of no other market come between in these examples.
        TradeId(trade_number),
    )
