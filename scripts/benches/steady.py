"""An exchange of a given size that stays as it is while it trades.

The cost of a command should not depend on how large the exchange is. To measure that, two
exchanges must differ in one size and in nothing else, and must not drift while they are measured.
So commands come in fours, after which everything is as before: a taker takes the whole first order
of a best level, and another order rests there; one of the other orders is cancelled, and another
rests at its price. Markets, sides, orders and users are drawn evenly from all there are, so that
no part of the state stays in the caches because it is asked for more often.

All is known beforehand, so no answer of the engine is waited for: an order is named by the sequence
of its command.

An exchange that has run for a while also forgets a closed order with each that is placed, and the
one forgotten has long left the caches. So all sizes are brought there before they are measured.
"""

import random
import time
from array import array
from collections import deque
from typing import Final, NamedTuple, final

from matcher.core.engine import Engine
from proto.codec import decode_command_frame
from proto.codes import BUY, GTC, LIMIT, SELL
from proto.commands import CancelOrder, Command, DefineAsset, DefineMarket, Deposit, PlaceOrder
from proto.definitions import AssetDefinition, MarketDefinition
from proto.ids import order_id_of
from proto.limits import RECENT_ORDERS
from scripts.benches.engine_round import Timed, apply_batches, frames_of

QUOTE_ASSET_ID: Final = 1
_DEPOSIT: Final = 10**13
_QUANTITY_LOTS: Final = 10
_PRICE_MAX_TICKS: Final = 10**9
_SEED: Final = 1
# Orders placed by four commands.
_PLACED_BY_FOUR: Final = 3
_PART: Final = 10_000


class Size(NamedTuple):
    """How large an exchange is.

    Attributes:
        levels: Price levels on each side of each book; at least 2.
        orders: Resting orders in all books together: the same number at each level.
        users: Who trades.
        markets: Markets, each with a base asset of its own and the same quote asset.
    """

    levels: int
    orders: int
    users: int
    markets: int

    @property
    def orders_a_level(self) -> int:
        """Orders that rest at each level."""
        return self.orders // (2 * self.levels * self.markets)


@final
class SteadyExchange:
    """An engine with resting orders, and commands that leave it as large as it was."""

    def __init__(self, size: Size) -> None:
        """Let the orders rest.

        Complexity: O(orders + users x markets), about 9 s for a million orders.
        """
        assert size.levels >= 2
        assert size.orders_a_level >= 1
        self.engine: Final = Engine(0)
        self._size: Final = size
        dice = random.Random(_SEED)
        self._draw: Final = dice.random
        self._sequence = 0
        # Of each book's side: the orders at its best price, oldest first.
        self._best: Final[list[deque[int]]] = [deque() for _ in range(2 * size.markets)]
        # All other orders, in no order: sequence, which names the order; then owner, side of which
        # book, and price.
        self._orders: Final = array("q")
        self._owners: Final = array("q")
        self._places: Final = array("q")
        self._prices_ticks: Final = array("q")
        self._apply(self._found())
        self._apply(self._fill_books(dice))

    def settle(self, recent_orders: int = RECENT_ORDERS) -> None:
        """Trade until as many orders were placed as are remembered."""
        for _ in range(-(-recent_orders // (_PLACED_BY_FOUR * _PART))):
            self._apply(self.commands(_PART))

    def run(self, fours: int) -> Timed:
        """Go on trading, and time it.

        Each batch is decoded when its turn comes, as in the matcher, so that its commands are in
        the caches; what is timed is the engine.

        Args:
            fours: How many times four commands.
        """
        elapsed_ns = trades = 0
        clock_ns = time.thread_time_ns
        for frame in frames_of(self.commands(fours)):
            batches = [decode_command_frame(frame).commands]
            start_ns = clock_ns()
            trades += apply_batches(self.engine, batches)
            elapsed_ns += clock_ns() - start_ns
        return Timed(elapsed_ns / 1_000 / (4 * fours), trades)

    def commands(self, fours: int) -> list[Command]:
        """Make the next commands; they must be applied before any others.

        Args:
            fours: How many times four.
        """
        made: list[Command] = []
        for _ in range(fours):
            made.extend(self._take_and_replace())
            made.extend(self._cancel_and_replace())
        return made

    def _take_and_replace(self) -> tuple[Command, Command]:
        place = int(self._draw() * 2 * self._size.markets)
        best = self._best[place]
        best.popleft()
        price_ticks = self._price_ticks(place, 0)
        # The taker is on the other side.
        take = self._limit(place ^ 1, place, price_ticks)
        rest = self._limit(place, place, price_ticks)
        best.append(self._sequence)
        return take, rest

    def _cancel_and_replace(self) -> tuple[Command, Command]:
        at = int(self._draw() * len(self._orders))
        place, price_ticks = self._places[at], self._prices_ticks[at]
        self._sequence += 1
        cancel = CancelOrder(
            self._sequence,
            0,
            place // 2 + 1,
            self._owners[at],
            order_id_of(0, self._orders[at]),
            "",
        )
        rest = self._limit(place, place, price_ticks)
        self._orders[at], self._owners[at] = self._sequence, rest.user_id
        return cancel, rest

    def _found(self) -> list[Command]:
        size = self._size
        market_ids = range(1, size.markets + 1)
        asset_ids = range(QUOTE_ASSET_ID, QUOTE_ASSET_ID + size.markets + 1)
        commands: list[Command] = [
            *(DefineAsset(0, AssetDefinition(id_, f"A{id_}", 0)) for id_ in asset_ids),
            *(DefineMarket(0, plain_market(market_id)) for market_id in market_ids),
            *(
                Deposit(0, user_id, asset_id, _DEPOSIT, f"{user_id}-{asset_id}")
                for user_id in range(1, size.users + 1)
                for asset_id in asset_ids
            ),
        ]
        self._sequence = len(commands)
        return commands

    def _fill_books(self, dice: random.Random) -> list[Command]:
        """Let orders rest, so that neighbours in a queue are not neighbours in memory."""
        size = self._size
        places = [
            (place, level)
            for place in range(2 * size.markets)
            for level in range(size.levels)
            for _ in range(size.orders_a_level)
        ]
        dice.shuffle(places)
        commands: list[Command] = []
        for place, level in places:
            price_ticks = self._price_ticks(place, level)
            order = self._limit(place, place, price_ticks)
            commands.append(order)
            if level == 0:
                self._best[place].append(self._sequence)
            else:
                self._orders.append(self._sequence)
                self._owners.append(order.user_id)
                self._places.append(place)
                self._prices_ticks.append(price_ticks)
        return commands

    def _limit(self, side_place: int, place: int, price_ticks: int) -> PlaceOrder:
        """Make an order of anybody.

        Args:
            side_place: Even for a purchase, odd for a sale.
            place: Which book's side the price is of.
            price_ticks: Limit.
        """
        self._sequence += 1
        return PlaceOrder(
            self._sequence,
            0,
            place // 2 + 1,
            1 + int(self._draw() * self._size.users),
            SELL if side_place % 2 else BUY,
            LIMIT,
            GTC,
            False,
            price_ticks,
            _QUANTITY_LOTS,
            f"steady-{self._sequence:012d}",
        )

    def _price_ticks(self, place: int, level: int) -> int:
        """Return the price of a level of a book's side; level 0 is the best."""
        middle_ticks = 2 * self._size.levels
        return middle_ticks + 1 + level if place % 2 else middle_ticks - level

    def _apply(self, commands: list[Command]) -> None:
        # Decoded, so that what an order keeps of its command is its own.
        for frame in frames_of(commands):
            apply_batches(self.engine, [decode_command_frame(frame).commands])


def plain_market(market_id: int) -> MarketDefinition:
    """Return a market of the asset above its own number, whose ticks and lots are units."""
    return MarketDefinition(
        market_id=market_id,
        name=f"M{market_id}",
        base_asset_id=QUOTE_ASSET_ID + market_id,
        quote_asset_id=QUOTE_ASSET_ID,
        price_decimals=0,
        tick_units=1,
        quantity_decimals=0,
        lot_units=1,
        price_max_ticks=_PRICE_MAX_TICKS,
        quantity_min_lots=1,
        quantity_max_lots=1_000_000,
        notional_min_amount=0,
        maker_fee_ppm=100,
        taker_fee_ppm=200,
    )
