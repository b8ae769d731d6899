"""Assets and markets: what fits together, what does not, and the same one again."""

import pytest
from msgspec.structs import replace

from matcher.core.instrument import Instrument
from proto.codes import CONTINUOUS, INVALID_DEFINITION, REASON_NAMES, UNKNOWN_ASSET
from proto.commands import DefineAsset, DefineMarket
from proto.definitions import AssetDefinition, FeeTier, MarketRules, MarketStatus
from proto.limits import AMOUNT_MAX
from proto.queries import MarketsQuery
from proto.replies import Defined, MarketsReply, Rejected
from tests.unit.core.scenario import GOLD, GOLD_INR, INR, Scenario

SECOND = replace(GOLD_INR, market_id=2, name="GOLD_INR_2")
# One unit of quote at the highest price and quantity; the fee of 0.2 % must fit beside it.
FITTING = AMOUNT_MAX * 1_000 // 1_002 // 100


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        (UNKNOWN_ASSET, {"base_asset_id": 9}),
        (UNKNOWN_ASSET, {"quote_asset_id": 9, "name": "GOLD_INR"}),
        (INVALID_DEFINITION, {"market_id": 1}),
        (INVALID_DEFINITION, {"name": "GOLD_INR"}),
        (INVALID_DEFINITION, {"base_asset_id": 1}),
        (INVALID_DEFINITION, {"quantity_min_lots": 501}),
        # One lot would be a tenth of the smallest unit of gold.
        (INVALID_DEFINITION, {"quantity_decimals": 1}),
        # One tick times one lot would be a tenth of a paisa.
        (INVALID_DEFINITION, {"price_decimals": 3}),
        (INVALID_DEFINITION, {"price_max_ticks": FITTING + 1, "quantity_max_lots": 2}),
        (INVALID_DEFINITION, {"price_max_ticks": 1, "quantity_max_lots": FITTING + 1}),
        (INVALID_DEFINITION, {"quantity_max_lots": AMOUNT_MAX, "price_max_ticks": 1}),
    ],
)
def test_refused_market(reason: int, changes: dict[str, object]) -> None:
    scenario = Scenario()
    reply = scenario.apply(DefineMarket(3, replace(SECOND, **changes)))
    assert isinstance(reply, Rejected)
    assert REASON_NAMES[reply.reason] == REASON_NAMES[reason]
    assert not scenario.events.markets
    assert scenario.engine.markets() == [GOLD_INR]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        # A finer lot or tick, made whole by more of its units.
        {"quantity_decimals": 1, "lot_units": 10},
        {"price_decimals": 3, "tick_units": 50},
        {"price_max_ticks": FITTING // 2, "quantity_max_lots": 2},
        {"price_max_ticks": 1, "quantity_max_lots": FITTING},
    ],
)
def test_fitting_market(changes: dict[str, object]) -> None:
    scenario = Scenario()
    definition = replace(SECOND, **changes)
    assert scenario.apply(DefineMarket(3, definition)) == Defined(3)
    assert scenario.events.markets == [definition]
    assert scenario.engine.markets() == [GOLD_INR, definition]


def test_factors() -> None:
    btc, usdt = AssetDefinition(2, "BTC", 8), AssetDefinition(1, "USDT", 6)
    definition = replace(
        GOLD_INR, price_decimals=2, tick_units=5, quantity_decimals=4, lot_units=20
    )
    instrument = Instrument(definition, btc, usdt)
    # 0.0020 BTC, and 0.05 USDT x 0.0020.
    assert (instrument.base_per_lot, instrument.quote_per_tick_lot) == (200_000, 100)
    # The largest order, at the highest price.
    assert instrument.quote_max_amount == 1_000 * 500 * 100


def test_the_same_definition_again_changes_nothing() -> None:
    scenario = Scenario()
    assert scenario.apply(DefineAsset(3, INR)) == Defined(3)
    assert scenario.apply(DefineMarket(4, GOLD_INR)) == Defined(4)
    assert not scenario.events.markets
    answer = scenario.answer(MarketsQuery(5))
    status = MarketStatus(1, CONTINUOUS, 0, 0, 0, MarketRules(), [FeeTier(0, 1_000, 2_000)])
    assert answer == MarketsReply(5, [INR, GOLD], [GOLD_INR], [status], [])


@pytest.mark.parametrize(
    "asset",
    [
        AssetDefinition(1, "INR", 3),
        AssetDefinition(1, "OTHER", 2),
        AssetDefinition(3, "INR", 2),
    ],
)
def test_refused_asset(asset: AssetDefinition) -> None:
    scenario = Scenario()
    assert scenario.apply(DefineAsset(3, asset)) == Rejected(3, INVALID_DEFINITION)
    assert not scenario.events.assets
