"""Matching: an accepted order takes from the other side of its book.

Theory of operation
-------------------
Price-time priority: the best level first, in it the oldest order first, each fill at the price of
the order that rested. The checks are done (`rules.py`); nothing in here may fail.

A taker holds nothing while it matches. What rests of it afterwards holds when it joins the book,
and the check made sure that this suffices: every fill costs at most what the order's own limit
allows for it. A maker's hold shrinks with each fill to what the rest of it needs, so a better price
or a lower fee than it had to reserve for is given back at once.

What is rare is behind one comparison: a maker with `special` (an iceberg, an order of a list, one
that expires), and a taker whose mode prevents self-trades.
"""

from typing import Final, final

from mypy_extensions import mypyc_attr

from matcher.core.events import Events
from matcher.core.fills import Fill
from matcher.core.ladder import Ladder, Level
from matcher.core.market import Market
from matcher.core.open_orders import (
    end,
    forget_filled,
    release,
    unpair,
)
from matcher.core.order import Order
from matcher.core.reports import report
from matcher.core.self_trade import mode_of
from matcher.core.state import State
from matcher.core.trading import trade
from proto.codes import (
    ALLOW,
    BUY,
    CANCEL_NEWEST,
    CANCEL_OLDEST,
    CANCELLED,
    DECREMENT,
    FILLED,
    REPORT_REDUCED,
    SELF_TRADE,
    SELL,
)


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class Taking:
    """One order's walk through the other side of the book.

    Attributes:
        fills: What it got so far.
        taker_state: The packed taker after the last of them.
        is_stopped: Whether it met an order of its own, and what is left of it is to be cancelled.
    """

    __slots__ = (
        "_events",
        "_is_paired",
        "_market",
        "_mode",
        "_state",
        "_taker",
        "_told_lots",
        "fills",
        "is_stopped",
        "taker_state",
    )

    def __init__(
        self,
        state: State,
        market: Market,
        taker: Order,
        taker_state: bytes,
        events: Events,
    ) -> None:
        self._state: Final = state
        self._market: Final = market
        self._taker: Final = taker
        self._events: Final = events
        self._mode: Final = mode_of(taker)
        self.fills: Final[list[Fill]] = []
        self.taker_state = taker_state
        self.is_stopped = False
        self._told_lots = 0
        self._is_paired = taker.special is not None and taker.special.order_list is not None

    def run(self, ladder: Ladder, limit_ticks: int) -> None:
        """Take until the order is filled, is stopped, or no level is good enough.

        Args:
            ladder: The side to take from.
            limit_ticks: The worst price to trade at.

        Complexity: O(fills), and O(log levels) for each level used up.
        """
        taker = self._taker
        book = self._market.book
        maker_side = SELL if taker.side == BUY else BUY
        while (
            taker.executed_lots < taker.quantity_lots
            and not self.is_stopped
            and ladder.meets(limit_ticks)
        ):
            level = ladder.best
            assert level is not None
            self._told_lots = level.quantity_lots
            self._take_level(ladder, level)
            if level.quantity_lots != self._told_lots:
                book.tell(maker_side, level, self._events)

    def _take_level(self, ladder: Ladder, level: Level) -> None:
        taker = self._taker
        prevents = self._mode != ALLOW
        remaining_lots = taker.quantity_lots - taker.executed_lots
        while remaining_lots:
            maker = level.head
            if maker is None:
                return
            if prevents and maker.account.is_party_with(taker.account):
                self._prevent(ladder, maker)
                if self.is_stopped:
                    return
                remaining_lots = taker.quantity_lots - taker.executed_lots
                continue
            special = maker.special
            if special is None:
                quantity_lots = min(remaining_lots, maker.quantity_lots - maker.executed_lots)
            else:
                quantity_lots = min(remaining_lots, maker.shown_lots())
                unpair(self._state, self._market, maker, self._events)
            remaining_lots -= quantity_lots
            level.quantity_lots -= quantity_lots
            self._fill(maker, quantity_lots)
            if maker.status == FILLED:
                ladder.remove(maker)
                maker.seat.remove(maker)
                if special is not None:
                    # In the order in which they are told.
                    if taker.status == FILLED:
                        forget_filled(self._state, self._market, taker)
                    forget_filled(self._state, self._market, maker)
            elif special is not None and maker.shown_lots() == 0:
                ladder.refresh(maker, self._state.next_order_id())

    def _fill(self, maker: Order, quantity_lots: int) -> None:
        state = self._state
        taker = self._taker
        if self._is_paired:
            self._unpair_taker()
        instrument = maker.instrument
        timestamp_ns = state.timestamp_ns
        price_ticks = maker.price_ticks
        quote_amount = instrument.quote_amount(price_ticks, quantity_lots)
        held_amount = maker.hold_amount()
        taker_fee = taker.fill(quantity_lots, quote_amount, taker.fees.taker_ppm, timestamp_ns)
        maker_fee = maker.fill(quantity_lots, quote_amount, maker.fees.maker_ppm, timestamp_ns)
        maker.seat.paying(maker.side).release(held_amount - maker.hold_amount())
        trade_id, self.taker_state = trade(
            state,
            self._market,
            taker,
            maker,
            price_ticks,
            quantity_lots,
            taker_fee,
            maker_fee,
            self._events,
        )
        self.fills.append(Fill(trade_id, price_ticks, quantity_lots, taker_fee))

    def _unpair_taker(self) -> None:
        """End the other of a pair that the taker belongs to."""
        self._is_paired = False
        unpair(self._state, self._market, self._taker, self._events)

    def _prevent(self, ladder: Ladder, maker: Order) -> None:
        """Do what the mode says, where the next maker is of the taker's own party."""
        mode = self._mode
        if mode == DECREMENT:
            self._decrement(ladder, maker)
            return
        if mode != CANCEL_NEWEST:
            self._cancel(maker)
        self.is_stopped = mode != CANCEL_OLDEST

    def _cancel(self, maker: Order) -> None:
        level = self._market.book.own_side(maker.side).levels[maker.price_ticks]
        end(self._state, self._market, maker, CANCELLED, SELF_TRADE, self._events)
        # Its leaving has been told.
        self._told_lots = level.quantity_lots

    def _decrement(self, ladder: Ladder, maker: Order) -> None:
        state, taker = self._state, self._taker
        maker_lots = maker.quantity_lots - maker.executed_lots
        taker_lots = taker.quantity_lots - taker.executed_lots
        if maker_lots <= taker_lots:
            self._cancel(maker)
        else:
            unpair(state, self._market, maker, self._events)
            maker.remember_origin()
            held_amount = maker.hold_amount()
            ladder.reduce(maker, taker_lots)
            release(maker, held_amount - maker.hold_amount())
            maker.updated_ns = state.timestamp_ns
            report(state, REPORT_REDUCED, SELF_TRADE, maker, maker.state(), self._events)
        if taker_lots <= maker_lots:
            self.is_stopped = True
        else:
            self._unpair_taker()
            taker.quantity_lots -= maker_lots
            self.taker_state = taker.state()
            report(state, REPORT_REDUCED, SELF_TRADE, taker, self.taker_state, self._events)
