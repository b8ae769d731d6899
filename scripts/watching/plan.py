"""Who watches what: a function of the numbers alone. Pure.

A crowd is made so that everything that a stream can be is read by somebody: each pace of the books,
best levels beside them, compression, resumption from the beginning and from now on. Nobody is
special but by number, so a larger crowd has more of each kind.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from proto.intervals import INTERVALS

PACES: Final = ("", "@100ms", "@1s")
PRIVATE_STREAMS: Final = ("orders", "fills", "balances")
# The streams of best levels, each at every pace, which some subscribers have beside their books.
_TOPS: Final = ("depth5", "depth10", "depth20")
_TOP_OF: Final = 2
_TOP_GROUP: Final = _TOP_OF * len(PACES)
_BEST_PRICES_OF: Final = 3
_DEFLATED_OF: Final = 5
# How many subscribers there are for each who watches candles and tickers too.
_CANDLES_OF: Final = 5


class SubscriberPlan(Struct, frozen=True):
    """What one subscriber does.

    Attributes:
        name: What it is called in findings.
        streams: What it reads.
        user_id: Whom it signs in; 0 for nobody.
        is_deflated: Whether it asks for compression.
        begins_now: Whether it asks for complete streams from now on, and not after the beginning,
            as long as it has no place in them.
    """

    name: str
    streams: tuple[str, ...]
    user_id: int = 0
    is_deflated: bool = False
    begins_now: bool = False


class Begin(Struct, frozen=True):
    """Where the complete streams of a crowd begin: after the exchange as it was at one moment.

    Attributes:
        trade_id: The last trade until then, of any market; or 0.
        sequence: The last command until then.
    """

    trade_id: int
    sequence: int


class Crowd(Struct, frozen=True, tag="crowd"):
    """All subscribers of a process.

    Attributes:
        url: WebSocket address.
        subscribers: Who they are.
        begin: Where their complete streams begin.
        seed: Seed of what they do at random.
    """

    url: str
    subscribers: tuple[SubscriberPlan, ...]
    begin: Begin
    seed: int


def plain_subscribers(
    count: int, markets: Sequence[str], *, with_trades: bool
) -> tuple[SubscriberPlan, ...]:
    """Plan subscribers who read every book, and trades if that is wanted, at once."""
    kinds = ("depth", "trades") if with_trades else ("depth",)
    streams = tuple(f"{kind}@{market}" for kind in kinds for market in markets)
    return tuple(SubscriberPlan(f"subscriber {number}", streams) for number in range(1, count + 1))


def mixed_subscribers(count: int, markets: Sequence[str]) -> tuple[SubscriberPlan, ...]:
    """Plan subscribers of all kinds, each of whom has every book and all trades."""
    return tuple(_mixed(number, markets) for number in range(count))


def private_readers(user_ids: Sequence[int]) -> tuple[SubscriberPlan, ...]:
    """Plan a reader for each user, of all that happens to that user."""
    return tuple(
        SubscriberPlan(
            f"user {user_id}",
            PRIVATE_STREAMS,
            user_id,
            is_deflated=user_id % _DEFLATED_OF == 0,
            begins_now=user_id % 2 == 0,
        )
        for user_id in user_ids
    )


def _mixed(number: int, markets: Sequence[str]) -> SubscriberPlan:
    pace = PACES[number % len(PACES)]
    kinds = [(f"depth@{{}}{pace}"), "trades@{}"]
    if number % _TOP_OF == 0:
        kinds.append(f"{_TOPS[number // _TOP_GROUP % len(_TOPS)]}@{{}}{pace}")
    if number % _BEST_PRICES_OF == 0:
        kinds.append("bookTicker@{}")
    streams = [kind.format(market) for market in markets for kind in kinds]
    if number % _CANDLES_OF == 0:
        streams += [f"kline_{interval}@{market}" for market in markets for interval in INTERVALS]
        streams += [*(f"ticker@{market}" for market in markets), "tickers"]
    return SubscriberPlan(
        f"subscriber {number + 1}",
        tuple(streams),
        is_deflated=number % _DEFLATED_OF == 2,
        begins_now=number % 2 == 0,
    )
