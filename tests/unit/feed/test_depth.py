"""Whatever is lost, repeated, slow or conflated: the book that a client keeps is the book."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feed.book
from feed.book import FeedBook
from feed.depth import BestContent, DepthContent
from feed.market import SyncState
from feed.messages import MarketWriter
from feed.source import NOTHING, Portion
from proto.market_data import DepthMessage, Level
from proto.replies import MarketDataReply
from tests.unit.feed.client_book import ClientBook
from tests.unit.feed.examples import SCALE, depth, levels, reply
from tests.unit.feed.market_stage import MarketReader, MarketStage

Change = tuple[bool, int, int]
WRITER = MarketWriter(SCALE)
PACES = ("depth@TATA_INR", "depth@TATA_INR@100ms", "depth@TATA_INR@1s")


def data_of(portion: Portion) -> dict[str, object]:
    (text,) = portion.messages
    data: dict[str, object] = json.loads(text)
    return data


class TrueBook:
    """The matcher's side: every change in order, and the book after any number of them."""

    def __init__(self, changes: list[Change]) -> None:
        self.changes = changes

    def sides(self, sequence: int) -> tuple[dict[int, int], dict[int, int]]:
        bids: dict[int, int] = {}
        asks: dict[int, int] = {}
        for is_bid, price, lots in self.changes[:sequence]:
            side = bids if is_bid else asks
            side[price] = lots
        return _without_empty(bids), _without_empty(asks)

    def message(self, first: int, last: int) -> DepthMessage:
        bids: dict[int, int] = {}
        asks: dict[int, int] = {}
        for is_bid, price, lots in self.changes[first - 1 : last]:
            (bids if is_bid else asks)[price] = lots
        sides = [[Level(p, q) for p, q in side.items()] for side in (bids, asks)]
        return DepthMessage(first, last, last, *sides)

    def answer(self, sequence: int) -> MarketDataReply:
        bids, asks = self.sides(sequence)
        return reply(sequence, tuple(bids.items()), tuple(asks.items()))

    def check(self, client: ClientBook, sequence: int) -> None:
        bids, asks = self.sides(sequence)
        assert client.bids == {SCALE.price(p): SCALE.quantity(q) for p, q in bids.items()}
        assert client.asks == {SCALE.price(p): SCALE.quantity(q) for p, q in asks.items()}
        assert client.sequence == sequence


def _without_empty(side: dict[int, int]) -> dict[int, int]:
    return {price: lots for price, lots in side.items() if lots}


changes_of_a_book = st.lists(
    st.tuples(st.booleans(), st.integers(1, 12), st.integers(0, 3)), min_size=1, max_size=60
)


@settings(max_examples=200, deadline=None)
@given(changes_of_a_book, st.integers(1, 30), st.data())
def test_any_chain_of_questions_ends_with_the_book(
    changes: list[Change], changes_max: int, data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed.book, "CHANGES_MAX", changes_max)
        true_book = TrueBook(changes)
        book = FeedBook(SCALE)
        content = DepthContent(book, WRITER)
        clients = [(ClientBook(), NOTHING) for _ in range(3)]
        sent = 0
        while sent < len(changes):
            last = data.draw(st.integers(sent + 1, len(changes)), label="cut")
            if sent == 0 or data.draw(st.integers(0, 4), label="how it comes") == 0:
                answer = true_book.answer(last)
                book.load(last, answer.bids, answer.asks, last)
            else:
                book.apply(true_book.message(sent + 1, last))
            sent = last
            asking = data.draw(st.sets(st.integers(0, 2)), label="who asks")
            for index in asking if sent < len(changes) else range(3):
                client, mark = clients[index]
                portion = content.since(mark)
                if portion.messages:
                    client.read(data_of(portion))
                assert content.since(portion.mark) == Portion([], portion.mark)
                clients[index] = client, portion.mark
                true_book.check(client, sent)


class Life:
    """A market, its readers, and whatever may happen to them."""

    def __init__(self, true_book: TrueBook, data: st.DataObject) -> None:
        self.true_book = true_book
        self.stage = MarketStage()
        self.readers = {self.stage.reader(name): name for name in (*PACES, PACES[0])}
        self._draw = data.draw
        # Two more come in the middle.
        self._later = {MarketReader(self.stage.hub): name for name in PACES[:2]}

    def send(self, message: DepthMessage) -> None:
        """Let a message arrive, or be lost."""
        market = self.stage.market
        fate = self._draw(st.sampled_from(["arrives", "arrives", "twice", "lost"]), label="fate")
        if fate != "lost":
            market.on_depth(message)
        if fate == "twice":
            market.on_depth(message)
        if self._draw(st.booleans(), label="turn ends"):
            self.stage.end_turn()

    def synchronise(self, sent: int) -> None:
        """Perhaps let the matcher be asked, or answer."""
        market, newest = self.stage.market, len(self.true_book.changes)
        if market.state is SyncState.UNSYNCED and self._draw(st.booleans(), label="asked"):
            market.begin_sync()
        elif market.state is SyncState.SYNCING and self._draw(st.booleans(), label="answered"):
            # The answer may be ahead of the messages, never behind those sent before the question.
            answered = self._draw(st.integers(sent, newest), label="answered at")
            market.load(self.true_book.answer(answered))

    def go_on(self) -> None:
        """Let a pace have its time, or something happen to a reader."""
        what = self._draw(
            st.sampled_from(["nothing", "100ms", "1s", "joins", "fills", "drains"]), label="also"
        )
        if what in ("100ms", "1s"):
            self.stage.board.advance(what)
        elif what == "joins" and self._later:
            reader, name = self._later.popitem()
            self.readers[reader] = name
            self.stage.join(reader, name)
        elif what == "fills":
            reader = self._draw(st.sampled_from(list(self.readers)), label="who")
            if not reader.is_full:
                reader.fill()
        elif what == "drains":
            self._drain()

    def end(self) -> None:
        """Let everything that is under way come to its end."""
        stage, newest = self.stage, len(self.true_book.changes)
        for _ in range(2):
            stage.market.on_depth(self.true_book.message(1, newest))
            if stage.market.state is not SyncState.LIVE:
                assert stage.load(self.true_book.answer(newest))
        stage.end_turn()
        stage.market.expect(newest)
        for _ in range(2):
            assert not stage.market.on_clock(0)
        self._drain()
        for pace in ("100ms", "1s"):
            stage.board.advance(pace)
        stage.end_turn()
        assert stage.market.state is SyncState.LIVE

    def _drain(self) -> None:
        for reader in self.readers:
            if reader.is_full:
                reader.drain()


@settings(max_examples=200, deadline=None)
@given(changes_of_a_book, st.data())
def test_every_client_has_the_book_whatever_happens_on_the_way(
    changes: list[Change], data: st.DataObject
) -> None:
    true_book = TrueBook(changes)
    life = Life(true_book, data)
    sent = 0
    while sent < len(changes):
        last = data.draw(st.integers(sent + 1, len(changes)), label="cut")
        message = true_book.message(sent + 1, last)
        sent = last
        life.send(message)
        life.synchronise(sent)
        life.go_on()
    life.end()
    for reader, name in life.readers.items():
        client = ClientBook()
        for told in reader.take(name):
            client.read(told)
        true_book.check(client, len(changes))


def test_whoever_asks_the_same_gets_the_same_text() -> None:
    book = FeedBook(SCALE)
    content = DepthContent(book, WRITER)
    book.load(5, levels((7, 7)), [], 0)
    snapshot = content.since(NOTHING)
    mark = book.mark
    book.apply(depth(6, 6, ((8, 8),)))
    delta = content.since(mark)
    assert content.since(mark) is delta
    assert content.since(NOTHING) is content.since(NOTHING)
    assert content.since(NOTHING) is not snapshot
    # A mark that nobody knows is as good as none.
    book.load(0, [], [], 0)
    assert content.since(mark) is content.since(NOTHING)


def test_best_levels_are_told_whole_and_only_where_one_of_them_changed() -> None:
    book = FeedBook(SCALE)
    best = BestContent(book, 2, lambda: WRITER.top(book, 2))
    assert best.since(NOTHING) == Portion([], NOTHING)
    book.load(5, levels((10, 1), (9, 1), (8, 1)), levels((12, 1)), 0)
    first = best.since(NOTHING)
    assert data_of(first) == {
        "market": "TATA_INR",
        "sequence": 5,
        "bids": [["0.50", "0.5"], ["0.45", "0.5"]],
        "asks": [["0.60", "0.5"]],
        "timestamp": "1970-01-01T00:00:00.000000Z",
    }
    book.apply(depth(6, 6, bids=((8, 0),)))
    assert best.mark() == first.mark
    assert best.since(first.mark) == Portion([], first.mark)
    book.apply(depth(7, 7, bids=((9, 3),), asks=((13, 1),)))
    second = best.since(first.mark)
    assert data_of(second)["sequence"] == 7
    assert data_of(second)["bids"] == [["0.50", "0.5"], ["0.45", "1.5"]]
    assert best.since(NOTHING) is second


def test_a_book_that_is_loaded_empty_is_told_too() -> None:
    book = FeedBook(SCALE)
    best = BestContent(book, 1, lambda: WRITER.book_ticker(book))
    book.load(0, [], [], 0)
    data = data_of(best.since(best.mark() - 1))
    assert (data["bid"], data["bid_quantity"], data["ask"], data["ask_quantity"]) == (None,) * 4
