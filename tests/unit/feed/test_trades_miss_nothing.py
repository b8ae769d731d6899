"""Whatever dies in between, each reader of a market's trades gets each once, in order."""

import random
from collections import deque

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import feed.trades
from feed.messages import MarketWriter, encode_stream_message
from feed.source import NOTHING
from feed.streams import TRADES
from feed.trades import TradesSource
from proto.ids import TradeId
from proto.market_data import PublicTrade, TradesMessage
from tests.unit.feed.complete_stage import CompleteMachine, CompleteReader, Joined
from tests.unit.feed.examples import NEW_YEAR_NS, SCALE

KEY = "trades@TATA_INR"


class Standing(Joined):
    """A reader, and from where on it is told; None until the first trade says it."""

    def __init__(self, reader: CompleteReader, after: int | None) -> None:
        super().__init__(reader)
        self.after = after


class TradesMachine(CompleteMachine):
    def __init__(self) -> None:
        super().__init__()
        self.source = TradesSource(SCALE, self.hub, self.pages)
        self.writer = MarketWriter(SCALE)
        self.number = 0
        # Trades of all markets.
        self.trade_id = 0
        self.is_connected = True
        self.channel: deque[TradesMessage | None] = deque()
        self.published: deque[TradesMessage] = deque(maxlen=4)
        self.answer: tuple[int, int] | None = None

    @initialize(started_before=st.integers(0, 9), is_known=st.booleans())
    def begin(self, started_before: int, is_known: bool) -> None:
        for _ in range(started_before):
            self.trade([1])
        self.channel.clear()
        if is_known:
            self.ask()
            self.load()

    # What happens

    @rule(gaps=st.lists(st.integers(1, 4), min_size=1, max_size=7))
    def trade(self, gaps: list[int]) -> None:
        """Let trades be made; those of other markets take some of the identifiers."""
        trades = []
        for gap in gaps:
            self.number += 1
            self.trade_id += gap
            trade = PublicTrade(
                TradeId(self.trade_id), self.number, NEW_YEAR_NS, 2_000, 4, 8_000, 1
            )
            trades.append(trade)
            text = encode_stream_message(KEY, self.writer.trade(trade))
            self.pages.events.setdefault(TRADES, []).append((self.trade_id, text))
        message = TradesMessage(trades[0].number, trades)
        self.channel.append(message)
        self.published.append(message)

    @rule(count=st.integers(1, 3))
    def trade_elsewhere(self, count: int) -> None:
        self.trade_id += count

    @rule(count=st.integers(1, 3))
    def lose(self, count: int) -> None:
        for _ in range(min(count, len(self.channel))):
            self.channel.pop()

    @rule()
    def publish_again(self) -> None:
        self.channel.extend(self.published)

    @rule()
    def disconnect(self) -> None:
        self.channel.clear()
        self.is_connected = False

    @rule()
    @precondition(lambda self: not self.is_connected)
    def connect(self) -> None:
        self.channel.clear()
        self.is_connected = True
        self.ask()

    # What arrives

    @rule(count=st.integers(1, 4))
    def receive(self, count: int) -> None:
        for _ in range(count if self.is_connected else 0):
            if self.channel:
                self._take(self.channel.popleft())

    @rule()
    def clock(self) -> None:
        """Publish a clock; the one before has arrived, or the feed would be seconds late."""
        while self.is_connected and None in self.channel:
            self._take(self.channel.popleft())
        self.channel.append(None)
        if self.is_connected:
            # Every few seconds a market is held against the matcher's, and asked for anew.
            self.ask()

    def _take(self, message: TradesMessage | None) -> None:
        if message is not None:
            self.source.on_trades(message)
        elif not self.source.on_clock():
            return
        self.hub.advance(KEY)

    @rule()
    def ask(self) -> None:
        self.source.begin_sync()
        self.answer = (self.number, self.trade_id)

    @rule()
    def load(self) -> None:
        if self.answer is not None:
            self.source.load(*self.answer)
            self.answer = None
            self.hub.advance(KEY)

    @rule(part=st.floats(0, 1))
    def write(self, part: float) -> None:
        behind = self.trade_id - self.pages.last_mark
        self.pages.catch_up(self.pages.last_mark + int(part * behind))

    # Who reads

    @rule(seed=st.integers(0, 10**6))
    def come(self, seed: int) -> None:
        """Let somebody come who knows nothing, or stands anywhere where one may stand."""
        dice = random.Random(seed)
        known = [mark for mark, _ in self.pages.events.get(TRADES, [])]
        top = known[-1] if known else 0
        after = dice.choice([NOTHING, 0, dice.randint(0, top), *known[-6:]])
        joined = Standing(CompleteReader(self.hub), None if after == NOTHING else after)
        if after == NOTHING and self.source.mark() != NOTHING:
            joined.after = self.source.mark()
        self.hub.join(joined.reader, KEY, self.source, after)
        self.joined.append(joined)

    @invariant()
    def nobody_is_told_anything_twice_or_out_of_order(self) -> None:
        for joined in self.joined:
            texts = joined.reader.texts
            assert texts == self._expected(joined)[: len(texts)]

    def _expected(self, joined: Standing) -> list[bytes]:
        events = self.pages.events.get(TRADES, [])
        if joined.after is None:
            # It came before anything was known: it is told all from some trade on.
            texts = [text for _, text in events]
            first = joined.reader.texts[:1]
            return texts[texts.index(first[0]) :] if first else []
        return [text for mark, text in events if mark > joined.after]

    def teardown(self) -> None:
        """Let everything recover: then each has got everything."""
        self.trade([1, 2])
        for joined in self.joined:
            joined.reader.drain()
        if not self.is_connected:
            self.connect()
        self.ask()
        self.load()
        for _ in range(3):
            self.clock()
            self.receive(100)
        self.write(1.0)
        self.pages.answer_all(self.turns)
        for joined in self.joined:
            assert joined.reader.texts == self._expected(joined), joined.after
        # And all are live: what happens now they are told without the database.
        asked = len(self.pages.asked)
        before = [len(joined.reader.texts) for joined in self.joined]
        self.trade([3])
        self.receive(100)
        after = [len(joined.reader.texts) for joined in self.joined]
        assert after == [count + 1 for count in before]
        assert len(self.pages.asked) == asked


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that everything happens after a few trades."""
    monkeypatch.setattr(feed.trades, "REMEMBERED_MAX", 4)
    monkeypatch.setattr(feed.trades, "_SLICE", 2)
    monkeypatch.setattr(feed.trades, "_AHEAD_CLOCKS", 6)
    monkeypatch.setattr(feed.trades, "PORTION_MESSAGES_MAX", 2)


def test_trades_are_never_missed(small: None) -> None:
    run_state_machine_as_test(
        TradesMachine, settings=settings(max_examples=150, stateful_step_count=60, deadline=None)
    )
