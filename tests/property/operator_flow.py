"""Random commands of operators: states, rules, fees, accounts, freezes, definitions."""

import random

from proto import codes
from proto.commands import (
    Command,
    DefineAsset,
    DefineMarket,
    SetAccount,
    SetAsset,
    SetFees,
    SetMarketRules,
    SetMarketState,
    SetReferencePrice,
)
from proto.definitions import AssetDefinition, FeeTier, MarketDefinition, MarketRules
from tests.property.venue import ASSETS, MARKET_IDS, MARKETS, USERS
from tests.reference.state import State


def command(dice: random.Random, state: State) -> Command:
    """Return a command of an operator."""
    kinds = (_state, _rules, _reference, _fees, _account, _asset, _definition)
    kind = dice.choices(kinds, (24, 20, 8, 14, 26, 3, 5))[0]
    return kind(dice, state)


def _market_id(dice: random.Random) -> int:
    return 9 if dice.random() < 0.02 else dice.choice(MARKET_IDS)


def _state(dice: random.Random, _state: State) -> Command:
    new = dice.choices(
        (codes.PRE_OPEN, codes.AUCTION, codes.CONTINUOUS, codes.POST_ONLY, codes.CANCEL_ONLY),
        (4, 8, 4, 2, 1),
    )[0]
    if dice.random() < 0.15:
        new = dice.choice((codes.HALTED, codes.CLOSED))
    lasts_ms = dice.choice((0, 0, 1, 40, 900))
    if new != codes.AUCTION and dice.random() < 0.9:
        lasts_ms = 0
    return SetMarketState(1, _market_id(dice), new, lasts_ms)


def _rules(dice: random.Random, _state: State) -> Command:
    return SetMarketRules(
        1,
        _market_id(dice),
        MarketRules(
            band_ppm=dice.choice((0, 0, 0, 0, 150_000, 400_000)),
            collar_ppm=dice.choice((0, 0, 80_000, 200_000)),
            volatility_ppm=dice.choice((0, 0, 120_000, 300_000)),
            auction_ms=dice.choice((1, 30, 500)) if dice.random() < 0.95 else 0,
            reference_ms=dice.choice((0, 1, 1_000, 300_000)),
            open_orders_max=dice.choice((0, 4, 9, 9, 20_000, 20_000, 20_000)),
            stop_orders_max=dice.choice((0, 3, 6, 6, 20_000, 20_000, 20_000)),
        ),
    )


def _reference(dice: random.Random, state: State) -> Command:
    market_id = _market_id(dice)
    market = state.markets.get(market_id)
    near = market.last_price if market else 0
    price = max(1, (near or 14) + dice.randint(-2, 2))
    return SetReferencePrice(1, market_id, price if dice.random() < 0.9 else 1_001)


def _fees(dice: random.Random, _state: State) -> Command:
    taker = dice.choice((0, 1_000, 7_777, 90_000, 252_500))
    maker = dice.choice((-taker, -1_000, 0, 110_000, 333_333, 1_000_000))
    return SetFees(1, _market_id(dice), FeeTier(dice.choice((0, 1, 2)), maker, taker))


def _account(dice: random.Random, _state: State) -> Command:
    return SetAccount(
        1,
        dice.choice(USERS),
        dice.choice((0, 0, 1, 2, 3)),
        dice.choice((0, 0, 7)),
        dice.choice((1, 1, 2, 3, 4, 5)),
        dice.random() < 0.1,
    )


def _asset(dice: random.Random, _state: State) -> Command:
    return SetAsset(1, dice.choice((1, 2, 3, 9)), dice.random() < 0.7)


def _definition(dice: random.Random, _state: State) -> Command:
    """Mostly what is there already, or does not fit."""
    if dice.random() < 0.3:
        name = dice.choice(("INR", "GOLD", "TIN"))
        return DefineAsset(1, AssetDefinition(dice.choice((1, 2, 4)), name, dice.choice((0, 2))))
    if dice.random() < 0.3:
        return DefineMarket(1, dice.choice(MARKETS))
    quantity_max = dice.choice((50, 50, 0, 2**61))
    return DefineMarket(
        1,
        MarketDefinition(
            dice.choice((1, 3)),
            dice.choice(("GOLD_INR", "SILVER_GOLD")),
            dice.choice((3, 3, 2, 9)),
            ASSETS[1].asset_id,
            dice.choice((0, 1)),
            1,
            0,
            1,
            100,
            1,
            max(1, quantity_max),
            0,
            dice.choice((-5_000, 0)),
            dice.choice((5_000, 1_000)),
        ),
    )
