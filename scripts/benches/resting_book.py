"""A large book for the benches, and a trading loop that touches all of it."""

import random
from array import array
from typing import Final, final

from matcher.core.engine import Engine
from proto.codec import decode_command_frame, encode
from proto.codes import BUY, FOK, GTC, LIMIT, MARKET, SELL
from proto.commands import CancelOrder, Command, Deposit, PlaceOrder
from proto.frames import CommandFrame
from proto.ids import order_id_of
from proto.replies import Rejected
from scripts.benches.workload import applied, founded_engine

MARKET_ID: Final = 1
BASE_ASSET_ID: Final = 2
QUOTE_ASSET_ID: Final = 1
USERS: Final = 500
FIRST_USER_ID: Final = 1_000
_DEPOSIT: Final = 10**14
_LEVELS: Final = 500
_MIDDLE_TICKS: Final = 1_000
_START_NS: Final = 1_700_000_000_000_000_000


@final
class RestingBook:
    """An engine with many orders that rest, and commands that go on with it.

    Attributes:
        engine: The engine.
        orders: About how many orders rest, at any time.
    """

    def __init__(self, orders: int, *, named: bool = True) -> None:
        """Let so many orders rest, half of them bids.

        Args:
            orders: How many.
            named: Whether each has a client_order_id.

        Complexity: O(orders), about 9 s for a million.
        """
        self.engine: Final[Engine] = founded_engine()
        self.orders: Final = orders
        self._named: Final = named
        self._dice: Final = random.Random(1)
        # Sequences, from which identifiers and owners follow.
        self._resting: Final = array("q")
        self._timestamp_ns = _START_NS
        for user_id in range(FIRST_USER_ID, FIRST_USER_ID + USERS):
            for asset_id in (BASE_ASSET_ID, QUOTE_ASSET_ID):
                self._apply(Deposit(0, user_id, asset_id, _DEPOSIT, f"book-{user_id}-{asset_id}"))
        for _ in range(orders):
            self._rest()

    def trade(self, number: int) -> None:
        """Apply the next command: a new order that rests, a cancel of any, one that takes a little.

        Args:
            number: Rises by one from call to call.
        """
        kind = number % 3
        if kind == 0:
            self._rest()
        elif kind == 1:
            self._cancel()
        else:
            side = BUY if number & 1 else SELL
            user_id, name = self._next_user_id(), f"take-{number}"
            self._apply(PlaceOrder(0, 0, MARKET_ID, user_id, side, MARKET, FOK, False, 0, 10, name))

    def _rest(self) -> None:
        # As it comes from the mesh: with objects of its own for all that it holds.
        data = encode(CommandFrame([self._passive()]))
        self._apply(decode_command_frame(data).commands[0])
        self._resting.append(self.engine.sequence)

    def _cancel(self) -> None:
        """Cancel one that rests, unless it was filled."""
        resting = self._resting
        at = self._dice.randrange(len(resting))
        sequence = resting[at]
        resting[at] = resting[-1]
        resting.pop()
        user_id = _user_id_of(sequence)
        order_id = order_id_of(self.engine.shard, sequence)
        self._apply(CancelOrder(0, 0, MARKET_ID, user_id, order_id, ""))

    def _passive(self) -> PlaceOrder:
        sequence = self.engine.sequence + 1
        side = BUY if sequence // USERS & 1 else SELL
        distance_ticks = self._dice.randint(1, _LEVELS)
        return PlaceOrder(
            sequence,
            0,
            MARKET_ID,
            self._next_user_id(),
            side,
            LIMIT,
            GTC,
            False,
            _MIDDLE_TICKS - distance_ticks if side == BUY else _MIDDLE_TICKS + distance_ticks,
            self._dice.randint(10, 1_000),
            f"book-{sequence:012d}" if self._named else "",
        )

    def _next_user_id(self) -> int:
        return _user_id_of(self.engine.sequence + 1)

    def _apply(self, command: Command) -> None:
        self._timestamp_ns += 10_000
        engine = self.engine
        reply = applied(engine, command, self._timestamp_ns)
        # What is to be cancelled may be filled by then; all else is accepted.
        assert isinstance(command, CancelOrder) or not isinstance(reply, Rejected), reply


def _user_id_of(sequence: int) -> int:
    return FIRST_USER_ID + sequence % USERS
