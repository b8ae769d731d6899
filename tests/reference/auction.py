"""The uncrossing of a book: a price found by trying every tick, then orders in pairs."""

from dataclasses import dataclass

from proto import codes
from tests.reference.market import Market
from tests.reference.settling import settle
from tests.reference.state import State
from tests.reference.triggers import see


@dataclass(frozen=True)
class Uncrossing:
    price: int
    lots: int
    imbalance: int


def uncrossing_of(market: Market) -> Uncrossing | None:
    """What would trade at one price; None where nothing crosses."""
    bid, ask = market.best(codes.BUY), market.best(codes.SELL)
    if not bid or not ask or bid < ask:
        return None
    reference = market.reference_price
    found = [_at(market, price) for price in range(ask, bid + 1)]
    return min(
        found,
        key=lambda one: (
            -one.lots,
            abs(one.imbalance),
            abs(one.price - reference) if reference else 0,
            one.price,
        ),
    )


def _at(market: Market, price: int) -> Uncrossing:
    bought = sum(o.remaining for o in market.resting if o.is_buy and o.price >= price)
    sold = sum(o.remaining for o in market.resting if not o.is_buy and o.price <= price)
    return Uncrossing(price, min(bought, sold), bought - sold)


def uncross(state: State, market: Market) -> None:
    """Trade what crosses at one price, which becomes the reference price."""
    found = uncrossing_of(market)
    if found is None:
        return
    state.auctions += 1
    lots = 0
    while lots < found.lots:
        bid, ask = market.side(codes.BUY)[0], market.side(codes.SELL)[0]
        for order in (bid, ask):
            state.end_partner(order)
        quantity = min(bid.shown, ask.shown)
        taker, maker = (bid, ask) if bid.order_id > ask.order_id else (ask, bid)
        settle(state, market, taker, maker, found.price, quantity, maker_pays_taker_rate=True)
        lots += quantity
    assert lots == found.lots
    market.reference_price = found.price
    market.reference_ns = state.now_ns
    see(market, [found.price])
