"""Decides what each connection does next: a seeded, bounded, lifelike flow of orders.

Every market has a mid price that walks a tick at a time. Of all operations about 35 % cancel an
order of the same connection, 25 % cross the spread (limit, immediate-or-cancel and market), and
the rest are passive limit orders at an exponential distance from the mid. A connection that has
many orders resting cancels first, so books stay bounded. Given the seed and the same calls, the
flow is the same.
"""

import random
from collections.abc import Sequence
from typing import Final, final

from proto.codes import BUY, FOK, GTC, IOC, LIMIT, MARKET, SELL
from proto.scales import MarketScale
from scripts.load.operations import Cancel, Operation, Place

CANCEL_SHARE: Final = 0.35
AGGRESSIVE_SHARE: Final = 0.25
# Of the aggressive orders: the rest, half of them, are plain limit orders.
IOC_SHARE: Final = 0.3
MARKET_SHARE: Final = 0.18
FOK_SHARE: Final = 0.02
# Resting orders of one connection, above which it cancels before it places.
RESTING_MAX: Final = 40
# How often the mid moves, and how far from it passive orders rest on average.
STEP_SHARE: Final = 0.1
DEPTH_MEAN_TICKS: Final = 12
CROSS_TICKS: Final = 8
# Prices keep this far from zero, so that no order leaves the range.
MID_MIN_TICKS: Final = 200
QUANTITY_STEPS: Final = 20
# Orders that take are smaller than those that rest: else most cancels would come too late.
AGGRESSIVE_STEPS: Final = 8
# A market without trades starts at this part of its highest price.
START_SHARE: Final = 100


@final
class MarketWalk:
    """The mid price of one market, and the sizes that suit it.

    Attributes:
        market: The market.
        lot_amount: One lot in smallest units of the base asset.
        tick_lot_amount: One tick times one lot in smallest units of the quote asset.
        mid_ticks: Where it stands.
        step_lots: Quantities are 1..QUANTITY_STEPS of it.
    """

    def __init__(self, scale: MarketScale, last_price_ticks: int) -> None:
        """Start at the last trade's price, or where there was none (0) at a fair guess."""
        market = scale.market
        self.market: Final = market
        self.lot_amount: Final = (
            market.lot_units * 10**scale.base.decimals // 10**market.quantity_decimals
        )
        self.tick_lot_amount: Final = (
            market.tick_units
            * market.lot_units
            * 10**scale.quote.decimals
            // 10 ** (market.price_decimals + market.quantity_decimals)
        )
        self._max_ticks: Final = market.price_max_ticks - MID_MIN_TICKS
        mid_ticks = last_price_ticks or market.price_max_ticks // START_SHARE
        self.mid_ticks = min(max(mid_ticks, MID_MIN_TICKS), self._max_ticks)
        # Twice the least notional stays above it however the price walks.
        notional_lots = -(
            -2 * market.notional_min_amount // (self.mid_ticks * self.tick_lot_amount)
        )
        self.step_lots: Final = max(market.quantity_min_lots, notional_lots)

    def step(self, up: bool) -> None:
        """Move a tick, and stay in range."""
        moved = self.mid_ticks + (1 if up else -1)
        if MID_MIN_TICKS <= moved <= self._max_ticks:
            self.mid_ticks = moved


@final
class Flow:
    """The next operation of each connection.

    Args:
        seed: Same seed, same calls: same flow.
        run: Prefix of every client_order_id; unique for each run.
        walks: The markets.
        user_ids: Who trades; connections share them in turn.
        connections: How many there are.
    """

    def __init__(
        self,
        seed: int,
        run: str,
        walks: Sequence[MarketWalk],
        user_ids: Sequence[int],
        connections: int,
    ) -> None:
        self._random: Final = random.Random(seed)
        self._run: Final = run
        self._walks: Final = walks
        self._user_ids: Final = [user_ids[i % len(user_ids)] for i in range(connections)]
        self._resting: Final[list[list[Cancel]]] = [[] for _ in range(connections)]
        self._placed = 0

    def next(self, connection: int) -> Operation:
        """Decide what a connection does next."""
        resting = self._resting[connection]
        uniform = self._random.random
        draw = uniform()
        if resting and (draw < CANCEL_SHARE or len(resting) >= RESTING_MAX):
            # The last takes the place of the one taken: O(1), and any of them is as good.
            chosen = int(uniform() * len(resting))
            resting[chosen], resting[-1] = resting[-1], resting[chosen]
            return resting.pop()
        walk = self._walks[int(uniform() * len(self._walks))]
        if uniform() < STEP_SHARE:
            walk.step(uniform() < 0.5)
        side = BUY if uniform() < 0.5 else SELL
        self._placed += 1
        name = f"{self._run}-{self._placed}"
        # A first draw in the cancels' share with nothing to cancel places a passive order.
        aggressive = CANCEL_SHARE <= draw < CANCEL_SHARE + AGGRESSIVE_SHARE
        return self._place(self._user_ids[connection], walk, side, aggressive, name)

    def rests(self, connection: int, place: Place, order_id: int) -> None:
        """Note that an order of the connection rests in the book, so that it can be cancelled."""
        self._resting[connection].append(
            Cancel(place.user_id, place.market_id, order_id, place.client_order_id)
        )

    def _place(
        self, user_id: int, walk: MarketWalk, side: int, aggressive: bool, name: str
    ) -> Place:
        uniform = self._random.random
        steps = AGGRESSIVE_STEPS if aggressive else QUANTITY_STEPS
        quantity = walk.step_lots * (1 + int(uniform() * steps))
        order_type, time_in_force = LIMIT, GTC
        if aggressive:
            distance = -CROSS_TICKS
            draw = uniform()
            if draw < IOC_SHARE:
                time_in_force = IOC
            elif draw < IOC_SHARE + MARKET_SHARE:
                order_type, time_in_force = MARKET, IOC
            elif draw < IOC_SHARE + MARKET_SHARE + FOK_SHARE:
                time_in_force = FOK
        else:
            distance = 1 + min(int(self._random.expovariate(1 / DEPTH_MEAN_TICKS)), 150)
        price = walk.mid_ticks - distance if side == BUY else walk.mid_ticks + distance
        if order_type == MARKET:
            price = 0
        return Place(
            user_id, walk.market.market_id, side, order_type, time_in_force, price, quantity, name
        )
