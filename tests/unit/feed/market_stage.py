"""A market with its readers, without sockets: a turn of the event loop is a call."""

import json
from collections import deque
from collections.abc import Callable

from feed.board import Board
from feed.clock_watch import ClockWatch
from feed.hub import Hub
from feed.market import Market
from feed.message import Message
from feed.messages import MarketWriter, encode_stream_message
from feed.source import NOTHING, Portion
from feed.streams import parse_stream
from proto.market_data import PublicTrade, TradesMessage
from proto.replies import MarketDataReply
from proto.scales import MarketScale
from tests.unit.feed.examples import SCALE


class MarketReader:
    """A connection that sorts what is written to it, and takes nothing while it is full."""

    def __init__(self, hub: "Hub[MarketReader]") -> None:
        self.hub = hub
        self.messages: list[dict[str, object]] = []
        self.is_full = False
        hub.enter(self)

    def write(self, message: Message) -> None:
        # A frame is a head of two bytes, the length where it does not fit there, and the text.
        head = {126: 4, 127: 10}.get(message.plain[1], 2)
        self.messages.append(json.loads(message.plain[head:]))

    def buffered_bytes(self) -> int:
        return 1

    def dismiss(self, reason: str) -> None:
        raise AssertionError(reason)

    def fill(self) -> None:
        """Take nothing more from now on."""
        self.is_full = True
        self.hub.on_full(self)

    def drain(self) -> None:
        """Have taken everything."""
        self.is_full = False
        self.hub.on_room(self)

    def take(self, stream: str) -> list[dict[str, object]]:
        """Return and forget the data of one stream."""
        taken = [m["data"] for m in self.messages if m["stream"] == stream]
        self.messages = [m for m in self.messages if m["stream"] != stream]
        return taken  # type: ignore[return-value]


class PlainTrades:
    """A source of trades that remembers all it ever saw, and cannot get what it did not see."""

    begins_now = True

    def __init__(self, scale: MarketScale) -> None:
        self.trades: list[PublicTrade] = []
        self.asked = 0
        self.loaded: list[tuple[int, int]] = []
        # Whether the next clock has something to tell.
        self.has_more = False
        self._writer = MarketWriter(scale)

    def mark(self) -> int:
        return self.trades[-1].number if self.trades else NOTHING

    def since(self, mark: int) -> Portion:
        stream = f"trades@{self._writer.market}"
        new = [trade for trade in self.trades if NOTHING < mark < trade.number]
        texts = [encode_stream_message(stream, self._writer.trade(trade)) for trade in new]
        return Portion(texts, self.mark())

    def fetch(self, mark: int, then: Callable[[Portion], None], wanted: Callable[[], bool]) -> None:
        raise AssertionError("all of it is here")

    def on_trades(self, message: TradesMessage) -> None:
        self.trades.extend(trade for trade in message.trades if trade.number > self.mark())

    def on_clock(self) -> bool:
        moved, self.has_more = self.has_more, False
        return moved

    def begin_sync(self) -> None:
        self.asked += 1

    def load(self, number: int, last_trade_id: int) -> None:
        self.loaded.append((number, last_trade_id))


class NoUsers:
    """Stands where nobody's orders are followed, and remembers what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def on_lost(self) -> None:
        self.told.append("lost")

    def on_losses(self, losses: int) -> None:
        self.told.append(f"losses {losses}")

    def on_clock(self) -> None:
        self.told.append("clock")

    def on_disconnected(self) -> None:
        self.told.append("disconnected")


class MarketStage:
    """A board with one market, and a hub with readers."""

    def __init__(self, scale: MarketScale = SCALE) -> None:
        self.later: deque[Callable[[], None]] = deque()
        self.now_ns = 0
        self.epoch = 1
        self.woken = 0
        self.channels_changed = 0
        self.users = NoUsers()
        self.hub: Hub[MarketReader] = Hub(self.later.append, lambda: 0)
        self.board = Board(
            self.users,  # type: ignore[arg-type]
            self.hub,
            ClockWatch(0),
            lambda: self.now_ns,
            lambda: self.epoch,
            self.later.append,
            self._wake,
            self._note_channels,
        )
        self.trades = PlainTrades(scale)
        self.market = self.add_market(scale, self.trades)

    def add_market(self, scale: MarketScale, trades: PlainTrades) -> Market:
        market = Market(scale, self.hub, trades, self.board.tickers)
        self.board.add(market)
        return market

    def load(self, answer: MarketDataReply) -> bool:
        """Let the market be asked for, and answered; and the turn end."""
        self.market.begin_sync()
        loaded = self.market.load(answer)
        self.end_turn()
        return loaded

    def end_turn(self) -> None:
        """End the turn in which something happened to the market."""
        self.board.touch(self.market)
        self.settle()

    def receive(self, channel: str, data: bytes) -> None:
        """Let a message come from Redis, and the turn end."""
        self.board.receive(channel.encode(), data)
        self.settle()

    def settle(self) -> None:
        """Do what was to be done in a later turn."""
        while self.later:
            self.later.popleft()()

    def reader(self, *streams: str) -> MarketReader:
        """Let somebody come and subscribe."""
        reader = MarketReader(self.hub)
        self.join(reader, *streams)
        return reader

    def join(self, reader: MarketReader, *streams: str) -> None:
        for name in streams:
            self.hub.join(reader, name, self.board.source(parse_stream(name)))

    def _wake(self) -> None:
        self.woken += 1

    def _note_channels(self) -> None:
        self.channels_changed += 1
