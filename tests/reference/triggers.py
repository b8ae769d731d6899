"""When waiting orders fire: each asked anew, from all prices since it began to wait."""

from proto import codes
from tests.reference.market import Market
from tests.reference.order import Order

BASIS = 10_000


def begin_to_wait(market: Market, order: Order) -> None:
    """Let an order wait for its trigger; where its condition is met, it fires at once."""
    order.status = codes.WAITING
    look_at_prices(market, order)
    market.waiting.append(order)
    ask_anew(market, order)


def look_at_prices(market: Market, order: Order) -> None:
    """Let an order see the last price, and what comes after it."""
    order.first_price = max(0, len(market.prices) - 1)
    order.trigger_price = trigger_price(market, order)


def ask_anew(market: Market, order: Order) -> None:
    """Ask a waiting order that is not in the queue."""
    order.trigger_price = trigger_price(market, order)
    if is_met(market, order):
        market.queue.append([order])


def see(market: Market, prices: list[int]) -> None:
    """Let the waiting orders see prices, one after the other."""
    for price in prices:
        before = market.last_price
        market.prices.append(price)
        asked = [order for order in market.waiting if [order] not in market.queue]
        for order in asked:
            order.trigger_price = trigger_price(market, order)
        fired = [order for order in asked if is_met(market, order)]
        fired.sort(key=lambda order: (abs(order.trigger_price - before), order.order_id))
        market.queue += [[order] for order in fired]


def trigger_price(market: Market, order: Order) -> int:
    """The price at which an order fires as of now; 0 where a trailing stop has seen none yet."""
    if order.trigger != codes.TRAILING_STOP:
        return order.trigger_price
    seen = market.prices[order.first_price :]
    if not seen:
        return 0
    followed = min(seen) if order.is_buy else max(seen)
    terms = order.terms
    trail = terms.trail_ticks or max(1, followed * terms.trail_bps // BASIS)
    return followed + trail if order.is_buy else followed - trail


def is_met(market: Market, order: Order) -> bool:
    if not market.last_price:
        return False
    price = trigger_price(market, order)
    buys_high = order.is_buy and order.trigger != codes.TAKE_PROFIT
    sells_high = not order.is_buy and order.trigger == codes.TAKE_PROFIT
    if buys_high or sells_high:
        return market.last_price >= price
    return market.last_price <= price
