"""The trades of one market, as the source of `trades@`. Pure.

Theory of operation
-------------------
A trade's mark is its identifier, which is also the place that clients know: so a place need not be
looked up. Numbers, which have no gaps in a market, tell whether something is missing. Where the
number jumps, what is here begins anew behind the gap: whoever stands before it gets what is missing
from the database, before anything newer.

The last trades of a market may be missing with none after them to show it. So what the matcher
answers is held until the second clock message from then on, which follows all that was published
before the answer; trades that have not come by then are taken for lost.

Between two identifiers of a market there may be trades of others, so an empty page does not tell
how far it reaches. The numbers do: a page that has all trades up to the number before the first one
here leads to the floor.

Who comes before anything is known here is told everything from when it is.
"""

from collections.abc import Callable
from typing import Final, Protocol, final

from feed.ahead import Ahead
from feed.messages import MarketWriter, encode_stream_message
from feed.page import Page, Pages, Question
from feed.source import NOTHING, PORTION_MESSAGES_MAX, Portion
from feed.streams import TRADES, StreamNames
from feed.timeline import Timeline
from proto.limits import INTEGER_MAX
from proto.market_data import PublicTrade, TradesMessage
from proto.scales import MarketScale

REMEMBERED_MAX: Final = 500
# Trades taken in before live readers are told; fewer than are remembered, so that nobody who is
# up to date ever has to ask the database, however many come at once.
_SLICE: Final = 250
_EXPECT_CLOCKS: Final = 2
# Longer than it takes until a market where nothing follows is found to have missed something.
_AHEAD_CLOCKS: Final = 12
# Mark of whoever came before anything was known; above every identifier.
_BEFORE_ALL: Final = INTEGER_MAX + 1


class Outlet(Protocol):
    """Who reads what, as far as this source knows it."""

    def advance(self, key: str) -> None:
        """Tell the readers of a channel what is new."""
        ...


@final
class TradesSource:
    """The trades of one market."""

    begins_now = True

    def __init__(self, scale: MarketScale, outlet: Outlet, pages: Pages) -> None:
        """Begin without trades.

        Args:
            scale: The market.
            outlet: Told where so much has come that it is to be told at once.
            pages: Asked for trades that are not remembered.
        """
        self._writer: Final = MarketWriter(scale)
        self._outlet: Final = outlet
        self._pages: Final = pages
        self._stream: Final = StreamNames(scale.market.name).trades
        self._timeline: Final[Timeline[PublicTrade]] = Timeline(REMEMBERED_MAX)
        self._ahead: Final = Ahead(_AHEAD_CLOCKS)
        # Number of the last trade; None before anything is known. And where that began.
        self._number: int | None = None
        self._first_mark = NOTHING
        # The number when the matcher was asked last; what it has answered, where that is more than
        # has come; and for how many clock messages it is held.
        self._asked_number = 0
        self._expected = (0, NOTHING)
        self._expected_clocks = 0
        # Texts of trades, for the many who come back at one time; the oldest go first.
        self._texts: Final[dict[int, bytes]] = {}

    def on_trades(self, message: TradesMessage) -> None:
        """Take trades; live readers are told with the next advance of the channel."""
        for count, trade in enumerate(message.trades, 1):
            self._add(trade)
            if count % _SLICE == 0:
                self._outlet.advance(self._stream)

    def begin_sync(self) -> None:
        """Take note that the matcher is about to be asked."""
        self._asked_number = self._number or 0

    def load(self, number: int, last_trade_id: int) -> None:
        """Take the matcher's answer.

        Args:
            number: Trades of the market so far.
            last_trade_id: Those have identifiers up to this, all later ones above.
        """
        # Trades that came since the question may be above the answer. Fewer than before it are of
        # an exchange that began anew.
        if self._number is None or number < self._asked_number:
            self._begin(number, last_trade_id)
        elif number > self._number:
            self._expected = (number, last_trade_id)
            self._expected_clocks = _EXPECT_CLOCKS

    def on_clock(self) -> bool:
        """Take a clock message; return whether the channel is to be advanced."""
        begins = False
        if self._expected_clocks:
            self._expected_clocks -= 1
            number, last_trade_id = self._expected
            begins = not self._expected_clocks and (self._number or 0) < number
            if begins:
                self._begin(number, last_trade_id)
        return self._ahead.on_clock(self._timeline.end) or begins

    def mark(self) -> int:
        """Return the identifier of the last trade; NOTHING before anything is known."""
        return self._timeline.end

    def since(self, mark: int) -> Portion | None:
        """Return the trades after an identifier."""
        timeline = self._timeline
        if self._number is None:
            return Portion([], _BEFORE_ALL if mark == NOTHING else mark)
        if mark == NOTHING:
            return Portion([], timeline.end)
        if mark > timeline.end and mark != _BEFORE_ALL:
            start = self._ahead.start_of(mark, timeline.end)
            if start is None:
                return Portion([], mark)
            return self._told(start) or Portion([], timeline.end)
        return self._told(self._first_mark if mark == _BEFORE_ALL else mark)

    def fetch(self, mark: int, then: Callable[[Portion], None], wanted: Callable[[], bool]) -> None:
        """Get the trades after an identifier from the database."""
        known = self._first_mark if mark == _BEFORE_ALL else mark
        question = Question(TRADES, self._writer.market, known)
        self._pages.ask(question, self._is_enough, lambda page: then(self._portion(page)), wanted)

    def _told(self, mark: int) -> Portion | None:
        """Return what is remembered from a mark on; None where that is not all."""
        trades = self._timeline.since(mark)
        if trades is None:
            return None
        if len(trades) <= PORTION_MESSAGES_MAX:
            return Portion([self._text(trade) for _, trade in trades], self._timeline.end)
        del trades[PORTION_MESSAGES_MAX:]
        return Portion([self._text(trade) for _, trade in trades], trades[-1][0])

    def _add(self, trade: PublicTrade) -> None:
        timeline = self._timeline
        if self._number is None or (
            trade.number > self._number + 1 and trade.trade_id > timeline.end
        ):
            self._begin(trade.number - 1, trade.trade_id - 1)
        if timeline.append(trade.trade_id, trade):
            self._number = trade.number

    def _begin(self, number: int, mark: int) -> None:
        """Go on behind a trade, which and whose predecessors need not be known."""
        self._timeline.load(mark)
        if self._number is None:
            self._first_mark = mark
        self._number = number
        self._expected_clocks = 0
        self._texts.clear()

    def _floor_number(self) -> int:
        """Return the number of the last trade that is not remembered."""
        assert self._number is not None
        return self._number - len(self._timeline)

    def _is_enough(self, page: Page) -> bool:
        return bool(page.marks) or page.trade_number >= self._floor_number()

    def _portion(self, page: Page) -> Portion:
        timeline = self._timeline
        assert timeline.floor is not None
        leads_to_floor = page.trade_number >= self._floor_number()
        mark = max(page.mark, timeline.floor) if leads_to_floor else page.mark
        return page.up_to(timeline.end, mark)

    def _text(self, trade: PublicTrade) -> bytes:
        texts = self._texts
        text = texts.get(trade.trade_id)
        if text is None:
            text = encode_stream_message(self._stream, self._writer.trade(trade))
            if len(texts) >= REMEMBERED_MAX:
                del texts[next(iter(texts))]
            texts[trade.trade_id] = text
        return text
