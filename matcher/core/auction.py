"""An uncrossing: what crosses in a book trades at one price.

Theory of operation
-------------------
`find_uncrossing` finds the price. Then the first bid and the first ask trade with each other, again
and again, as long as both accept the price. Both have rested and hold what they need, so each is
given back what the price is better than their own, and each pays the taker's rate. The younger one
of a pair stands as its taker.
"""

from typing import Final, final

from matcher.core.arrival import see_prices
from matcher.core.events import Events
from matcher.core.ladder import Ladder
from matcher.core.market import Market
from matcher.core.open_orders import forget_filled, release, unpair
from matcher.core.order import Order
from matcher.core.state import State
from matcher.core.trading import trade
from matcher.core.uncrossing import find_uncrossing
from proto.codes import FILLED


def uncross(state: State, market: Market, events: Events) -> None:
    """Let what crosses trade, if anything does.

    Complexity: O(levels that cross + fills).
    """
    book = market.book
    found = find_uncrossing(book.bids, book.asks, market.reference_price_ticks)
    if found is None:
        return
    pairing = _Pairing(state, market, found.price_ticks, events)
    pairing.run()
    market.set_reference(found.price_ticks, state.timestamp_ns)
    see_prices(state, market, found.price_ticks, found.price_ticks)


@final
class _Pairing:
    """The trades of one uncrossing."""

    __slots__ = ("_events", "_market", "_price_ticks", "_state")

    def __init__(self, state: State, market: Market, price_ticks: int, events: Events) -> None:
        self._state: Final = state
        self._market: Final = market
        self._price_ticks: Final = price_ticks
        self._events: Final = events

    def run(self) -> None:
        """Trade until one side has nobody left at the price; then tell every level's change."""
        book = self._market.book
        bids, asks, price_ticks = book.bids, book.asks, self._price_ticks
        shown = {
            level: level.quantity_lots
            for ladder in (bids, asks)
            for level in ladder.crossing(price_ticks)
        }
        while bids.meets(price_ticks) and asks.meets(price_ticks):
            assert bids.best is not None
            assert asks.best is not None
            bid, ask = bids.best.head, asks.best.head
            assert bid is not None
            assert ask is not None
            self._trade(bid, ask)
        for level, shown_lots in shown.items():
            if level.quantity_lots != shown_lots:
                book.tell(level.side, level, self._events)

    def _trade(self, bid: Order, ask: Order) -> None:
        for order in (bid, ask):
            unpair(self._state, self._market, order, self._events)
        quantity_lots = min(bid.shown_lots(), ask.shown_lots())
        taker, maker = (bid, ask) if bid.order_id > ask.order_id else (ask, bid)
        book = self._market.book
        levels = [book.own_side(order.side).levels[order.price_ticks] for order in (taker, maker)]
        for level in levels:
            level.quantity_lots -= quantity_lots
        taker_fee = self._fill(taker, quantity_lots)
        maker_fee = self._fill(maker, quantity_lots)
        state, market, events = self._state, self._market, self._events
        trade(
            state,
            market,
            taker,
            maker,
            self._price_ticks,
            quantity_lots,
            taker_fee,
            maker_fee,
            events,
        )
        for order in (taker, maker):
            self._move_on(book.own_side(order.side), order)

    def _fill(self, order: Order, quantity_lots: int) -> int:
        """Execute a part of an order; give back what it holds too much. Returns the fee."""
        instrument = self._market.instrument
        quote_amount = instrument.quote_amount(self._price_ticks, quantity_lots)
        held_amount = order.hold_amount()
        timestamp_ns = self._state.timestamp_ns
        fee = order.fill(quantity_lots, quote_amount, order.fees.taker_ppm, timestamp_ns)
        release(order, held_amount - order.hold_amount())
        return fee

    def _move_on(self, ladder: Ladder, order: Order) -> None:
        """Take a filled order out of the book; let an iceberg order show its next part."""
        if order.status == FILLED:
            ladder.remove(order)
            order.seat.remove(order)
            forget_filled(self._state, self._market, order)
        elif order.shown_lots() == 0:
            ladder.refresh(order, self._state.next_order_id())
