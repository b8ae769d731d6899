"""Matching: an accepted order takes from the other side of its book.

Theory of operation
-------------------
Price-time priority: the best level first, in it the oldest order first, each fill at the price of
the order that rested. The checks are done (`rules.py`); nothing in here may fail.

A taker holds nothing while it matches. What rests of it afterwards holds when it joins the book,
and the check made sure that this suffices: every fill costs at most what the order's own limit
allows for it. A maker's hold shrinks with each fill to what the rest of it needs, so a better price
or a lower fee than it had to reserve for is given back at once.

A user may trade with themself: their total then changes by the two fees only. Prevention of
self-trades is deliberately absent so far.
"""

from typing import Final, final

from matcher.core.instrument import Instrument
from matcher.core.ladder import Ladder, Level
from matcher.core.ledger import Balance
from matcher.core.market import Market
from matcher.core.order import Order
from matcher.core.state import State
from proto.codes import BUY, FILLED, OK, REPORT_FILL, SELL, TRADE
from proto.events import BalanceChange, EventBatch, ExecutionReport, OrderState, Trade
from proto.ids import AssetId, UserId, trade_id_of
from proto.replies import Fill


@final
class Taking:
    """One order's walk through the other side of the book.

    Attributes:
        fills: What it got so far.
        taker_state: The taker after the last of them.
    """

    __slots__ = (
        "_base",
        "_events",
        "_instrument",
        "_market",
        "_quote",
        "_state",
        "_taker",
        "fills",
        "taker_state",
    )

    def __init__(
        self,
        state: State,
        market: Market,
        taker: Order,
        taker_state: OrderState,
        events: EventBatch,
    ) -> None:
        instrument = market.instrument
        ledger = state.ledger
        self._state: Final = state
        self._market: Final = market
        self._instrument: Final[Instrument] = instrument
        self._taker: Final = taker
        self._events: Final = events
        self._base: Final[Balance] = ledger.balance(taker.user_id, instrument.base_asset_id)
        self._quote: Final[Balance] = ledger.balance(taker.user_id, instrument.quote_asset_id)
        self.fills: Final[list[Fill]] = []
        self.taker_state = taker_state

    def run(self, ladder: Ladder, limit_ticks: int) -> None:
        """Take until the order is filled or no level is good enough.

        Args:
            ladder: The side to take from.
            limit_ticks: The worst price to trade at.

        Complexity: O(fills), and O(log levels) for each level used up.
        """
        taker = self._taker
        book = self._market.book
        maker_side = SELL if taker.side == BUY else BUY
        while taker.executed_lots < taker.quantity_lots and ladder.meets(limit_ticks):
            level = ladder.best
            assert level is not None
            self._take_level(ladder, level)
            self._events.level_changes.append(book.change(maker_side, level))

    def _take_level(self, ladder: Ladder, level: Level) -> None:
        taker = self._taker
        remaining_lots = taker.quantity_lots - taker.executed_lots
        while remaining_lots:
            maker = level.head
            if maker is None:
                return
            quantity_lots = min(remaining_lots, maker.quantity_lots - maker.executed_lots)
            remaining_lots -= quantity_lots
            level.quantity_lots -= quantity_lots
            self._fill(maker, quantity_lots)
            if maker.status == FILLED:
                ladder.remove(maker)
                self._state.orders.close(maker)

    def _fill(self, maker: Order, quantity_lots: int) -> None:
        state = self._state
        taker = self._taker
        instrument = self._instrument
        timestamp_ns = state.timestamp_ns
        price_ticks = maker.price_ticks
        quote_amount = quantity_lots * price_ticks * instrument.quote_per_tick_lot
        held_amount = maker.hold_amount()
        taker_fee = taker.fill(quantity_lots, quote_amount, instrument.taker_fee_ppm, timestamp_ns)
        maker_fee = maker.fill(quantity_lots, quote_amount, instrument.maker_fee_ppm, timestamp_ns)
        released_amount = held_amount - maker.hold_amount()
        state.trades += 1
        trade_id = trade_id_of(state.shard, state.trades)
        statistics = self._market.statistics
        statistics.add(timestamp_ns, price_ticks, quantity_lots, quote_amount)
        self.fills.append(Fill(trade_id, price_ticks, quantity_lots, taker_fee))
        trade = Trade(
            trade_id,
            instrument.market_id,
            statistics.trade_number,
            state.sequence,
            timestamp_ns,
            price_ticks,
            quantity_lots,
            quote_amount,
            taker.side,
            taker.order_id,
            maker.order_id,
            taker.user_id,
            maker.user_id,
            taker_fee,
            maker_fee,
        )
        events = self._events
        events.trades.append(trade)
        self.taker_state = taker.state()
        events.reports.append(_fill_report(trade, self.taker_state, taker_fee, False))
        events.reports.append(_fill_report(trade, maker.state(), maker_fee, True))
        self._settle(trade, released_amount)

    def _settle(self, trade: Trade, released_amount: int) -> None:
        """Move base to the buyer, quote to the seller and both fees to the exchange.

        What is given is taken before what is got is added, so that no total is ever above its
        bound, even where both users are one.
        """
        instrument = self._instrument
        base_id = instrument.base_asset_id
        quote_id = instrument.quote_asset_id
        quote_amount = trade.quote_amount
        base_amount = trade.quantity_lots * instrument.base_per_lot
        ledger = self._state.ledger
        buyer_base, buyer_quote = self._base, self._quote
        buyer_id = trade.taker_user_id
        buyer_fee = trade.taker_fee_amount
        seller_id = trade.maker_user_id
        seller_fee = trade.maker_fee_amount
        seller_base = ledger.balance(seller_id, base_id)
        seller_quote = ledger.balance(seller_id, quote_id)
        if trade.taker_side == BUY:
            seller_base.release(released_amount)
        else:
            seller_quote.release(released_amount)
            buyer_id, seller_id = seller_id, buyer_id
            buyer_fee, seller_fee = seller_fee, buyer_fee
            buyer_base, seller_base = seller_base, buyer_base
            buyer_quote, seller_quote = seller_quote, buyer_quote
        paid_amount = quote_amount + buyer_fee
        got_amount = quote_amount - seller_fee
        changes = self._events.balance_changes
        buyer_quote.debit(paid_amount)
        changes.append(_change(trade, buyer_id, quote_id, -paid_amount, buyer_fee, buyer_quote))
        seller_base.debit(base_amount)
        changes.append(_change(trade, seller_id, base_id, -base_amount, 0, seller_base))
        buyer_base.credit(base_amount)
        changes.append(_change(trade, buyer_id, base_id, base_amount, 0, buyer_base))
        seller_quote.credit(got_amount)
        changes.append(_change(trade, seller_id, quote_id, got_amount, seller_fee, seller_quote))
        ledger.totals[quote_id].fees += buyer_fee + seller_fee


def _fill_report(
    trade: Trade, order: OrderState, fee_amount: int, is_maker: bool
) -> ExecutionReport:
    return ExecutionReport(
        trade.sequence,
        REPORT_FILL,
        OK,
        order,
        trade.trade_id,
        trade.price_ticks,
        trade.quantity_lots,
        fee_amount,
        is_maker,
    )


def _change(
    trade: Trade,
    user_id: UserId,
    asset_id: AssetId,
    change_amount: int,
    fee_amount: int,
    balance: Balance,
) -> BalanceChange:
    return BalanceChange(
        trade.sequence,
        trade.timestamp_ns,
        user_id,
        asset_id,
        TRADE,
        change_amount,
        fee_amount,
        balance.total,
        balance.held,
        trade.trade_id,
        "",
    )
