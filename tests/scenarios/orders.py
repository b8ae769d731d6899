"""Orders as a trader writes them: "buy 10 @ 100", "sell 10 market stop-loss 95 id=a".

    buy 10 @ 100                 a limit order; it rests (GTC) unless something else is said
    buy 10 market                a market order; what is not filled at once expires (IOC)
    buy market for 500.00        a market order that spends at most so much, fees included

and then, in any order:

    gtc ioc fok day gtd 30s      time in force; of GTD the time after which it ends
    post, slide                  post-only: refused, or moved, rather than taking
    show 5                       an iceberg's visible part
    stop-loss 95, take-profit 105, trail 5, trail 50bps
    stp cancel_oldest            self-trade prevention: allow, cancel_newest, cancel_oldest,
                                 cancel_both, decrement
    in SILVER_INR                another market than GOLD_INR
    id=a                         the client's name for it

Orders that no exchange should take can be written as well: "buy 10 limit" has no price,
"buy 10 market @ 100" has one, "gtc 30s" would end; trailing, trigger-price 95, trail-ticks 5 and
trail-bps 50 say one thing alone.
"""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from proto.codes import (
    BUY,
    DAY,
    FOK,
    GTC,
    GTD,
    IOC,
    LIMIT,
    MARKET,
    SELF_TRADE_NAMES,
    SELL,
    STOP_LOSS,
    TAKE_PROFIT,
    TRAILING_STOP,
)
from proto.commands import OrderTerms, PlaceOrder
from proto.decimals import parse_units
from tests.scenarios.names import Names
from tests.scenarios.words import WordingError, Words, duration_ns

TIMES_IN_FORCE: Final = {"gtc": GTC, "ioc": IOC, "fok": FOK, "gtd": GTD, "day": DAY}
SELF_TRADE_MODES: Final = {name: code for code, name in SELF_TRADE_NAMES.items()}
PLAIN: Final = OrderTerms()

# Takes what belongs to a word (the engine time is last), and says what the terms become.
Option = Callable[[Words, OrderTerms, int], OrderTerms]


def order_of(words: Words, user_id: int, names: Names, now_ns: int) -> PlaceOrder:
    """Take an order to the end of the words.

    Args:
        words: From the side on.
        user_id: Its owner, if the words do not begin with another one.
        names: What markets there are.
        now_ns: Engine time of the command.
    """
    user_id = words.number_if_next() or user_id
    side = BUY if words.take_if("buy") else SELL
    if side == SELL:
        words.expect("sell")
    quantity_lots = words.number_if_next()
    is_market = words.take_if("market")
    has_price = words.take_if("@")
    price_ticks = words.number() if has_price else 0
    if not is_market and not has_price:
        words.expect("limit")
    order_type = MARKET if is_market else LIMIT
    order = PlaceOrder(0, 0, 1, user_id, side, order_type, 0, False, price_ticks, quantity_lots, "")
    terms = PLAIN
    while words:
        if words.take_if("in"):
            order = replace(order, market_id=names.market_id(words.take()))
        elif words.take_if("for"):
            quote_amount = parse_units(words.take(), names.decimals("INR"))
            terms = replace(terms, quote_amount=quote_amount)
        elif words.next.startswith("id="):
            order = replace(order, client_order_id=words.take_past("id="))
        else:
            order, terms = _option(words, order, terms, now_ns)
    if not order.time_in_force:
        force = IOC if is_market and not terms.trigger else GTC
        order = replace(order, time_in_force=force)
    return replace(order, terms=None if terms == PLAIN else terms)


def _option(
    words: Words, order: PlaceOrder, terms: OrderTerms, now_ns: int
) -> tuple[PlaceOrder, OrderTerms]:
    word = words.take()
    if word in TIMES_IN_FORCE:
        if (length_ns := duration_ns(words.next)) is not None:
            words.take()
            terms = replace(terms, expires_ns=now_ns + length_ns)
        return replace(order, time_in_force=TIMES_IN_FORCE[word]), terms
    if word == "post":
        return replace(order, post_only=True), terms
    if word not in _TERMS:
        raise WordingError(f"what is {word!r} in {words.text!r}?")
    return order, _TERMS[word](words, terms, now_ns)


def _trail(words: Words, terms: OrderTerms, _: int) -> OrderTerms:
    terms = replace(terms, trigger=TRAILING_STOP)
    if words.next.endswith("bps"):
        return replace(terms, trail_bps=int(words.take().removesuffix("bps")))
    return replace(terms, trail_ticks=words.number())


_TERMS: Final[dict[str, Option]] = {
    "slide": lambda words, terms, now: replace(terms, slide=True),
    "show": lambda words, terms, now: replace(terms, display_lots=words.number()),
    "stp": lambda words, terms, now: replace(terms, self_trade=SELF_TRADE_MODES[words.take()]),
    "stop-loss": lambda words, terms, now: replace(
        terms, trigger=STOP_LOSS, trigger_price_ticks=words.number_if_next()
    ),
    "take-profit": lambda words, terms, now: replace(
        terms, trigger=TAKE_PROFIT, trigger_price_ticks=words.number_if_next()
    ),
    "trail": _trail,
    "trailing": lambda words, terms, now: replace(terms, trigger=TRAILING_STOP),
    "trigger-price": lambda words, terms, now: replace(terms, trigger_price_ticks=words.number()),
    "trail-ticks": lambda words, terms, now: replace(terms, trail_ticks=words.number()),
    "trail-bps": lambda words, terms, now: replace(terms, trail_bps=words.number()),
}
