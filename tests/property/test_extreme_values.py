"""The engine beside the reference where numbers are as large as a field holds.

Compiled, most numbers are of 64 bits and wrap or fail where a check comes too late; the reference
counts with Python's. In one market the largest order costs half of the largest amount; in the other
a single lot does, and its fee is as much again. All money that an asset can have is there.
"""

import random
from typing import Final

import msgspec
import pytest
from msgspec.structs import replace

from proto.codec import encode
from proto.codes import BUY, FOK, GTC, IOC, LIMIT, MARKET, SELL, STOP_LOSS, TRAILING_STOP
from proto.commands import (
    AmendOrder,
    CancelAll,
    Command,
    DefineAsset,
    DefineMarket,
    Deposit,
    OrderTerms,
    PlaceList,
    PlaceOrder,
    ReplaceOrder,
    Withdraw,
)
from proto.definitions import AssetDefinition, MarketDefinition
from proto.limits import AMOUNT_MAX, CLIENT_ORDER_ID_LENGTH_MAX, INTEGER_MAX
from tests.property.pair import Pair

COMMANDS: Final = 2_500
QUOTE: Final = 11
BASE: Final = 12
PRICE_MAX: Final = 1 << 30
LOTS_MAX: Final = (1 << 31) - 1
DEAR_MAX: Final = AMOUNT_MAX // 2
HALF: Final = AMOUNT_MAX // 2
MARKETS: Final = (
    MarketDefinition(
        21, "WIDE", BASE, QUOTE, 0, 1, 0, 1, PRICE_MAX, 1, LOTS_MAX, 1, -20_000, 30_000
    ),
    MarketDefinition(22, "DEAR", BASE, QUOTE, 0, 1, 0, 1, DEAR_MAX, 1, 1, 1, -1_000_000, 1_000_000),
)
FOUNDING: Final[list[Command]] = [
    DefineAsset(0, AssetDefinition(QUOTE, "MUCH", 0)),
    DefineAsset(0, AssetDefinition(BASE, "MORE", 0)),
    *(DefineMarket(0, market) for market in MARKETS),
    Deposit(0, 1, QUOTE, HALF, "quote-1"),
    Deposit(0, 2, QUOTE, AMOUNT_MAX - HALF, "quote-2"),
    Deposit(0, 1, BASE, HALF, "base-1"),
    Deposit(0, 2, BASE, AMOUNT_MAX - HALF, "base-2"),
]
EXTREMES: Final = (
    *(0, 1, 127, 128, 255, 256, 65_535, 65_536, 999_999, 1_000_000),
    *((1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 61, INTEGER_MAX - 1, INTEGER_MAX),
)
DECODER: Final[msgspec.msgpack.Decoder[Command]] = msgspec.msgpack.Decoder(Command)


class _Commands:
    """Draws commands at the bounds, from a seed."""

    def __init__(self, seed: int) -> None:
        self._dice: Final = random.Random(seed)
        self._named = 0

    def next(self) -> Command:
        """Return a command that decodes."""
        command = self._command()
        if self._dice.random() < 0.2:
            extreme = self._with_an_extreme(command)
            try:
                return DECODER.decode(encode(extreme))
            except msgspec.ValidationError:
                return command
        return command

    def _command(self) -> Command:
        dice = self._dice
        draw = dice.random()
        market_id, user_id = 21 if dice.random() < 0.95 else 22, dice.choice((1, 2))
        if draw < 0.72:
            return self._order(market_id, user_id)
        if draw < 0.78:
            name = self._some_name()
            price, lots = dice.choice((0, PRICE_MAX, DEAR_MAX)), dice.choice((0, LOTS_MAX, 1))
            return AmendOrder(INTEGER_MAX, 0, market_id, user_id, 0, name, price, lots, 0)
        if draw < 0.82:
            return ReplaceOrder(0, self._some_name(), self._order(market_id, user_id))
        if draw < 0.86:
            first, second = self._order(market_id, user_id), self._order(market_id, user_id)
            return PlaceList(dice.choice((1, 2)), [first, second])
        if draw < 0.88:
            asset_id, amount = dice.choice((QUOTE, BASE)), dice.choice((1, AMOUNT_MAX))
            transfer = dice.choice((Deposit, Withdraw))
            return transfer(1, user_id, asset_id, amount, f"t-{dice.randint(1, 999)}")
        return CancelAll(INTEGER_MAX, 0, user_id, market_id, 0)

    def _order(self, market_id: int, user_id: int) -> PlaceOrder:
        dice = self._dice
        most, lots_max = (PRICE_MAX, LOTS_MAX) if market_id == 21 else (DEAR_MAX, 1)
        price = dice.choice((most, most - 1, most // 2, dice.randint(1, most), 1))
        lots = dice.choice((lots_max, lots_max, dice.randint(1, lots_max), 1))
        kind, force, terms = LIMIT, dice.choice((GTC, GTC, GTC, IOC, FOK)), None
        draw = dice.random()
        if draw < 0.1:
            kind, force, price = MARKET, IOC, 0
        elif draw < 0.2:
            kind, force, price, lots = MARKET, IOC, 0, 0
            terms = OrderTerms(quote_amount=dice.choice((AMOUNT_MAX, HALF, 1)))
        elif draw < 0.27:
            force, terms = GTC, OrderTerms(trigger=STOP_LOSS, trigger_price_ticks=price)
        elif draw < 0.34:
            kind, force = MARKET, GTC
            terms = OrderTerms(trigger=TRAILING_STOP, trail_ticks=price)
            price = 0
        request_id, name = dice.choice((1, INTEGER_MAX)), self._name()
        side = dice.choice((BUY, SELL))
        return PlaceOrder(
            request_id, 0, market_id, user_id, side, kind, force, False, price, lots, name, terms
        )

    def _name(self) -> str:
        """Return a new name, or none."""
        if self._dice.random() < 0.5:
            return ""
        self._named += 1
        return _name_of(self._named)

    def _some_name(self) -> str:
        return _name_of(max(1, self._named - self._dice.randint(0, 9)))

    def _with_an_extreme(self, command: Command) -> Command:
        """Return the command with one of its numbers at a bound."""
        names = [name for name in command.__struct_fields__ if type(getattr(command, name)) is int]
        return replace(command, **{self._dice.choice(names): self._dice.choice(EXTREMES)})


def _name_of(number: int) -> str:
    """Return a name that is as long as one may be, in characters and in bytes."""
    return chr(0x10000 + number) * CLIENT_ORDER_ID_LENGTH_MAX


@pytest.mark.parametrize("seed", range(4))
def test_engine_and_reference_agree_at_the_bounds(seed: int) -> None:
    pair, commands = Pair(), _Commands(seed)
    for command in FOUNDING:
        pair.apply(command)
    trades = largest_amount = 0
    for number in range(COMMANDS):
        pair.apply(commands.next(), 1_000_000)
        trades += len(pair.events.trades)
        amounts = [trade.quote_amount for trade in pair.events.trades]
        largest_amount = max([largest_amount, *amounts])
        if number % 250 == 0:
            pair.engine.check_invariants()
            pair.restart()
    pair.check_replay()
    # Otherwise nothing was proved.
    assert trades > COMMANDS // 20
    assert largest_amount > AMOUNT_MAX // 4
