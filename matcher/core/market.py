"""A market: what is traded, its book, what waits for it, its state and its rules.

Theory of operation
-------------------
What an order is checked against in the continuous state is kept ready: `is_open` says in one
attribute that the state takes every order and no asset is frozen, and the four bounds of band and
halt stand in ticks. They are computed when a rule, the state or the reference price changes, never
for an order. Without a rule a bound is beyond every price.
"""

from collections import OrderedDict
from typing import Final, final

from mypy_extensions import i64

from matcher.core.account import Account
from matcher.core.book import Book
from matcher.core.fees import FeeSchedule
from matcher.core.instrument import PPM, Instrument
from matcher.core.order import Order
from matcher.core.seat import Seat
from matcher.core.statistics import Statistics
from matcher.core.timers import NEVER
from matcher.core.triggers import Triggers
from proto.codes import AUCTION, BUY, CONTINUOUS, PRE_OPEN
from proto.definitions import MarketRules, MarketStatus
from proto.intervals import MILLISECOND_NS
from proto.limits import INTEGER_MAX, OPEN_ORDERS_PER_USER_MAX, STOP_ORDERS_PER_USER_MAX
from proto.market_data import Ticker

# A limit of a sale that no bid meets.
NOTHING_TICKS: Final = INTEGER_MAX + 1


@final
class Market:
    """One market.

    Attributes:
        instrument: What is traded.
        book: Resting orders.
        statistics: Ticker and running candles.
        fees: Fees by tier.
        triggers: Orders that wait for a price.
        fired: Orders that have fired, or that a filled order places (of a pair the first), and are
            not yet in the market; by identifier, in the order in which they enter.
        day_orders: Open DAY orders by identifier, oldest first.
        state: PRE_OPEN to CLOSED.
        ends_ns: Engine time at which an auction ends by itself; 0 where nothing is set.
        rules: Rules.
        reference_price_ticks: What band and halt are measured from; 0 where there is none.
        reference_ns: Engine time at which it was set.
        is_open: Whether it is continuous and none of its assets is frozen.
        is_bounded: Whether there are prices at which nothing may trade.
        open_orders_max: Orders that one user may have in the book.
        stop_orders_max: Orders that one user may have waiting or pending.
        band_low_ticks: Lowest limit price.
        band_high_ticks: Highest limit price.
        follows_at_ns: Engine time from which the reference price becomes that of a trade.
        trade_low_ticks: Lowest price of a trade.
        trade_high_ticks: Highest price of a trade.
    """

    __slots__ = (
        "band_high_ticks",
        "band_low_ticks",
        "book",
        "day_orders",
        "ends_ns",
        "fees",
        "fired",
        "follows_at_ns",
        "instrument",
        "is_bounded",
        "is_frozen",
        "is_open",
        "open_orders_max",
        "reference_ns",
        "reference_price_ticks",
        "rules",
        "state",
        "statistics",
        "stop_orders_max",
        "trade_high_ticks",
        "trade_low_ticks",
        "triggers",
    )

    def __init__(self, instrument: Instrument) -> None:
        self.instrument: Final = instrument
        self.book: Final = Book(instrument)
        self.statistics: Final = Statistics()
        self.fees: Final = FeeSchedule(instrument)
        self.triggers: Final = Triggers()
        self.fired: Final[OrderedDict[int, Order]] = OrderedDict()
        self.day_orders: Final[dict[int, Order]] = {}
        self.state: int = CONTINUOUS
        self.ends_ns = 0
        self.is_frozen = False
        self.is_open = True
        self.reference_price_ticks = 0
        self.reference_ns = 0
        self.set_rules(MarketRules())

    def seat(self, account: Account) -> Seat:
        """Return an account's seat, made where it has none. Complexity: O(1)."""
        instrument = self.instrument
        seat = account.seats.get(instrument.market_id)
        if seat is None:
            seat = account.seats[instrument.market_id] = Seat(account, instrument)
        return seat

    def set_state(self, state: int, ends_ns: int) -> None:
        """Change the state; what follows from it is the caller's."""
        self.state = state
        self.ends_ns = ends_ns
        self.is_open = state == CONTINUOUS and not self.is_frozen

    def set_frozen(self, is_frozen: bool) -> None:
        """Say whether one of its assets is frozen."""
        self.is_frozen = is_frozen
        self.is_open = self.state == CONTINUOUS and not is_frozen

    def set_rules(self, rules: MarketRules) -> None:
        """Change the rules."""
        self.rules: MarketRules = rules
        self.open_orders_max = rules.open_orders_max or OPEN_ORDERS_PER_USER_MAX
        self.stop_orders_max = rules.stop_orders_max or STOP_ORDERS_PER_USER_MAX
        self._set_bounds()

    def set_reference(self, price_ticks: int, timestamp_ns: int) -> None:
        """Set the reference price."""
        self.reference_price_ticks = price_ticks
        self.reference_ns = timestamp_ns
        self._set_bounds()

    def collects(self) -> bool:
        """Say whether orders are collected and not matched."""
        return self.state in (PRE_OPEN, AUCTION)

    def collared_ticks(self, side: int) -> int:
        """Return the worst price at which a market order trades; no price is too bad without rule.

        Args:
            side: BUY or SELL.
        """
        collar_ppm = self.rules.collar_ppm
        if not collar_ppm:
            return INTEGER_MAX if side == BUY else 0
        best_ticks = self.book.other_side(side).best_price_ticks()
        span_ticks = best_ticks * collar_ppm // PPM
        return best_ticks + span_ticks if side == BUY else best_ticks - span_ticks

    def bounded_ticks(self, side: int, limit_ticks: int) -> int:
        """Return a limit as far as trades may go before they halt the market.

        Args:
            side: BUY or SELL.
            limit_ticks: The limit.

        Returns:
            The limit, or the bound where that comes first; where the best price of the other side
            is beyond the bound that is nearer, a limit at which nothing trades.
        """
        low_ticks, high_ticks = self.trade_low_ticks, self.trade_high_ticks
        best = self.book.other_side(side).best
        if side == BUY:
            if best is not None and best.price_ticks < low_ticks:
                return 0
            return min(limit_ticks, high_ticks)
        if best is not None and best.price_ticks > high_ticks:
            return NOTHING_TICKS
        return max(limit_ticks, low_ticks)

    def status(self) -> MarketStatus:
        """Return state, rules and fees."""
        return MarketStatus(
            self.instrument.market_id,
            self.state,
            self.ends_ns,
            self.reference_price_ticks,
            self.reference_ns,
            self.rules,
            self.fees.tiers(),
        )

    def ticker(self, timestamp_ns: int) -> Ticker:
        """Sum up the 24 hours up to a moment, with the best prices as they are now."""
        bid_price_ticks = self.book.bids.best_price_ticks()
        ask_price_ticks = self.book.asks.best_price_ticks()
        return self.statistics.ticker(timestamp_ns, bid_price_ticks, ask_price_ticks)

    def check_invariants(self) -> None:
        """Assert that book, triggers, statistics and bounds are sound. Complexity: O(orders)."""
        self.book.check_invariants(self.state)
        self.triggers.check_invariants()
        self.statistics.check_invariants()
        assert self.is_open == (self.state == CONTINUOUS and not self.is_frozen)
        bounds = self._bounds()
        self._set_bounds()
        assert bounds == self._bounds()

    def _bounds(self) -> tuple[int, ...]:
        return (
            self.band_low_ticks,
            self.band_high_ticks,
            self.trade_low_ticks,
            self.trade_high_ticks,
            self.follows_at_ns,
        )

    def _set_bounds(self) -> None:
        reference_ticks, rules = self.reference_price_ticks, self.rules
        self.band_low_ticks, self.band_high_ticks = _span(reference_ticks, rules.band_ppm)
        self.trade_low_ticks, self.trade_high_ticks = _span(reference_ticks, rules.volatility_ppm)
        self.is_bounded = rules.volatility_ppm > 0 and reference_ticks > 0
        self.follows_at_ns: i64 = NEVER
        if rules.reference_ms:
            due_ns = self.reference_ns + rules.reference_ms * MILLISECOND_NS
            self.follows_at_ns = due_ns if reference_ticks else 0


def _span(reference_ticks: int, span_ppm: int) -> tuple[int, int]:
    """Return the prices around a reference price that a rule allows, all where it is off."""
    if not span_ppm or not reference_ticks:
        return 0, INTEGER_MAX
    span_ticks = reference_ticks * span_ppm // PPM
    return reference_ticks - span_ticks, reference_ticks + span_ticks
