"""A market of the reference: definition, status, fees, and lists of what is in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from proto import codes
from proto.definitions import (
    AssetDefinition,
    FeeTier,
    MarketDefinition,
    MarketRules,
    MarketStatus,
)
from proto.events import Trade
from tests.reference.order import MILLION, Order, Rates


@dataclass(eq=False)
class Market:
    """One market.

    Attributes:
        base_unit: Smallest base units in one lot.
        quote_unit: Smallest quote units that one lot costs at one tick.
        resting: Orders in the book, in no order.
        waiting: Orders that wait for their trigger, those in the queue included.
        pending: Orders that wait for another order.
        queue: What is to enter the market: an order that fired, or orders that follow a filled one.
        prices: What the triggers have seen: the price of each fill, and of each uncrossing.
        trades: All trades.
    """

    definition: MarketDefinition
    base: AssetDefinition
    quote: AssetDefinition
    rules: MarketRules = field(default_factory=MarketRules)
    state: int = codes.CONTINUOUS
    ends_ns: int = 0
    reference_price: int = 0
    reference_ns: int = 0
    fees: dict[int, FeeTier] = field(default_factory=dict)
    resting: list[Order] = field(default_factory=list)
    waiting: list[Order] = field(default_factory=list)
    pending: list[Order] = field(default_factory=list)
    queue: list[list[Order]] = field(default_factory=list)
    prices: list[int] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)

    def __post_init__(self) -> None:
        definition = self.definition
        lot = Fraction(definition.lot_units, 10**definition.quantity_decimals)
        tick = Fraction(definition.tick_units, 10**definition.price_decimals)
        self.base_unit = int(lot * 10**self.base.decimals)
        self.quote_unit = int(lot * tick * 10**self.quote.decimals)
        self.fees[0] = FeeTier(0, definition.maker_fee_ppm, definition.taker_fee_ppm)

    @property
    def market_id(self) -> int:
        return self.definition.market_id

    @property
    def last_price(self) -> int:
        """The price of the last trade that the triggers have seen; 0 before the first."""
        return self.prices[-1] if self.prices else 0

    @property
    def open_orders(self) -> list[Order]:
        return [*self.resting, *self.waiting, *self.pending]

    def base_of(self, lots: int) -> int:
        return lots * self.base_unit

    def quote_of(self, price: int, lots: int) -> int:
        return price * lots * self.quote_unit

    def rates_of(self, tier: int) -> Rates:
        fees = self.fees.get(tier, self.fees[0])
        return Rates(fees.maker_fee_ppm, fees.taker_fee_ppm)

    def status(self) -> MarketStatus:
        return MarketStatus(
            self.market_id,
            self.state,
            self.ends_ns,
            self.reference_price,
            self.reference_ns,
            self.rules,
            [self.fees[tier] for tier in sorted(self.fees)],
        )

    # The book

    def side(self, side: int) -> list[Order]:
        """One side of the book in the order in which it trades."""
        sign = -1 if side == codes.BUY else 1
        orders = [order for order in self.resting if order.side == side]
        return sorted(orders, key=lambda order: (sign * order.price, order.number))

    def other_side(self, order: Order) -> list[Order]:
        return self.side(codes.SELL if order.is_buy else codes.BUY)

    def best(self, side: int) -> int:
        """The best price of a side; 0 where it is empty."""
        prices = [order.price for order in self.resting if order.side == side]
        if not prices:
            return 0
        return max(prices) if side == codes.BUY else min(prices)

    def levels(self, side: int) -> dict[int, int]:
        """Shown lots by price, the best first."""
        levels: dict[int, int] = {}
        for order in self.side(side):
            levels[order.price] = levels.get(order.price, 0) + order.shown
        return levels

    def would_take(self, order: Order, price: int) -> bool:
        """Whether a limit price meets the other side."""
        other = self.best(codes.SELL if order.is_buy else codes.BUY)
        return other != 0 and (price >= other if order.is_buy else price <= other)

    def slid_price(self, order: Order, price: int) -> int:
        """Where a post-only order rests that slides; out of range where there is no such price."""
        if not self.would_take(order, price):
            return price
        return self.best(codes.SELL) - 1 if order.is_buy else self.best(codes.BUY) + 1

    # Rules

    def span(self, ppm: int) -> tuple[int, int] | None:
        """Prices that a rule allows; None where it is off."""
        reference = self.reference_price
        if not ppm or not reference:
            return None
        return reference - reference * ppm // MILLION, reference + reference * ppm // MILLION

    def in_band(self, price: int) -> bool:
        span = self.span(self.rules.band_ppm)
        if span is None or self.state in (codes.PRE_OPEN, codes.AUCTION):
            return True
        return span[0] <= price <= span[1]

    def in_halt_span(self, price: int) -> bool:
        span = self.span(self.rules.volatility_ppm)
        return span is None or span[0] <= price <= span[1]

    def takes(self, order: Order) -> bool:
        """Whether its state lets such an order in, new or amended."""
        if self.state == codes.CONTINUOUS:
            return True
        if self.state in (codes.PRE_OPEN, codes.AUCTION):
            return bool(order.trigger) or (order.may_rest and not order.command.post_only)
        return self.state == codes.POST_ONLY and order.command.post_only

    # Holds

    def own_hold(self, order: Order) -> int:
        """What an order that rests or waits holds, were it in no list."""
        if not order.is_buy:
            return self.base_of(order.remaining)
        if not order.is_limit:
            return 0
        quote = self.quote_of(order.price, order.remaining)
        return quote + order.fee_of_next(quote, order.rates.highest)

    def hold_asset(self, order: Order) -> int:
        return self.definition.quote_asset_id if order.is_buy else self.definition.base_asset_id

    def held(self, user_id: int, asset_id: int) -> int:
        """What all orders of a user hold of an asset: both of an OCO the larger of their holds."""
        orders = [o for o in (*self.resting, *self.waiting) if o.user_id == user_id]
        holding = [order for order in orders if self.hold_asset(order) == asset_id]
        return sum(self._share(order, holding) for order in holding)

    def _share(self, order: Order, holding: Sequence[Order]) -> int:
        own = self.own_hold(order)
        listed = order.order_list
        partner = listed.partner(order) if listed else None
        if listed is None or partner is None or order is listed.pair[0] or partner not in holding:
            return own
        return max(0, own - self.own_hold(partner))
