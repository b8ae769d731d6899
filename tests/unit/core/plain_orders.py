"""Orders without an engine, for the tests of the structures that hold them."""

from typing import Final

from matcher.core.account import Account
from matcher.core.fees import FeeRates
from matcher.core.instrument import Instrument
from matcher.core.order import Order
from matcher.core.seat import Seat
from matcher.core.special import Special
from proto.codes import GTC, LIMIT, MARKET, TRAILING_STOP
from proto.commands import OrderTerms
from proto.definitions import AssetDefinition, MarketDefinition
from proto.ids import OrderId, UserId

GOLD: Final = AssetDefinition(2, "GOLD", 0)
INR: Final = AssetDefinition(1, "INR", 2)
GOLD_INR: Final = MarketDefinition(
    1, "GOLD_INR", 2, 1, 0, 1, 0, 1, 1_000_000, 1, 1_000_000, 0, 1_000, 2_000
)
INSTRUMENT: Final = Instrument(GOLD_INR, GOLD, INR)
SEAT: Final = Seat(Account(UserId(1)), INSTRUMENT)
RATES: Final = FeeRates(1_000, 2_000)


def limit_order(order_id: int, side: int, price: int, lots: int, display: int = 0) -> Order:
    order = Order(OrderId(order_id), SEAT, RATES, "", side, LIMIT, GTC, False, price, lots, 1)
    if display:
        order.special = Special(OrderTerms(display_lots=display), 0)
        order.special.hidden_lots = max(0, lots - display)
    return order


def stop_order(order_id: int, side: int, trigger: int, price: int) -> Order:
    """With a trigger that stays."""
    return _waiting(order_id, side, OrderTerms(trigger=trigger, trigger_price_ticks=price))


def trailing_stop(order_id: int, side: int, ticks: int = 0, bps: int = 0) -> Order:
    terms = OrderTerms(trigger=TRAILING_STOP, trail_ticks=ticks, trail_bps=bps)
    return _waiting(order_id, side, terms)


def _waiting(order_id: int, side: int, terms: OrderTerms) -> Order:
    order = Order(OrderId(order_id), SEAT, RATES, "", side, MARKET, GTC, False, 0, 10, 1)
    order.special = Special(terms, 0)
    return order
