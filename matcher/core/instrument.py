"""A market's definition, with the two products that turn ticks and lots into amounts.

Theory of operation
-------------------
All prices are ticks and all quantities lots. Amounts of an asset are integers of its smallest
unit, so two factors are needed: `base_per_lot` and `quote_per_tick_lot`. A definition is accepted
only where both are whole numbers and where the largest order that it allows, with its fee, still
fits an amount; after that every product is exact and in bounds, and nobody checks again. The rates
in it are only the first ones of tier 0: `fees.py` says what an order is charged.
"""

from collections.abc import Collection, Mapping
from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from proto.codes import INVALID_DEFINITION, OK, UNKNOWN_ASSET
from proto.definitions import AssetDefinition, MarketDefinition
from proto.ids import AssetId
from proto.limits import AMOUNT_MAX

# Fees are parts per million.
PPM: Final = 1_000_000


@final
@mypyc_attr(acyclic=True)
class Instrument:
    """What is traded in one market, under which rules.

    Attributes:
        definition: The definition as it was journaled.
        market_id: Its market.
        base_asset_id: Asset bought and sold.
        quote_asset_id: Asset paid with.
        base_per_lot: Smallest base units in one lot; at least 1.
        quote_per_tick_lot: Smallest quote units that one lot costs at one tick; at least 1.
        price_max_ticks: Highest price, as in the definition; the bounds are here too, because an
            order is held against them, and a message's fields are read slowly.
        quantity_min_lots: Least quantity of an order.
        quantity_max_lots: Greatest quantity.
        notional_min_amount: What an order must cost at least.
        quote_max_amount: What the largest order costs at the highest price, without its fee.
    """

    __slots__ = (
        "base_asset_id",
        "base_per_lot",
        "definition",
        "market_id",
        "notional_min_amount",
        "price_max_ticks",
        "quantity_max_lots",
        "quantity_min_lots",
        "quote_asset_id",
        "quote_max_amount",
        "quote_per_tick_lot",
    )

    def __init__(
        self,
        definition: MarketDefinition,
        base: AssetDefinition,
        quote: AssetDefinition,
    ) -> None:
        self.definition: Final = definition
        self.market_id: Final[int] = definition.market_id
        self.base_asset_id: Final = AssetId(definition.base_asset_id)
        self.quote_asset_id: Final = AssetId(definition.quote_asset_id)
        self.base_per_lot: Final = base_per_lot(definition, base)
        self.quote_per_tick_lot: Final = quote_per_tick_lot(definition, quote)
        self.price_max_ticks: Final[int] = definition.price_max_ticks
        self.quantity_min_lots: Final[int] = definition.quantity_min_lots
        self.quantity_max_lots: Final[int] = definition.quantity_max_lots
        self.notional_min_amount: Final[int] = definition.notional_min_amount
        self.quote_max_amount: Final[int] = (
            definition.price_max_ticks * definition.quantity_max_lots * self.quote_per_tick_lot
        )
        assert self.base_per_lot > 0
        assert self.quote_per_tick_lot > 0

    def quote_amount(self, price_ticks: i64, quantity_lots: i64) -> i64:
        """Return what a quantity within the market's bounds costs at a price within them."""
        return price_ticks * quantity_lots * self.quote_per_tick_lot

    def base_amount(self, quantity_lots: i64) -> i64:
        """Return what a quantity within the market's bounds is in smallest base units."""
        return quantity_lots * self.base_per_lot


def base_per_lot(definition: MarketDefinition, base: AssetDefinition) -> int:
    """Return the smallest base units in one lot; 0 where that is not a whole number."""
    return _scaled(definition.lot_units, base.decimals - definition.quantity_decimals)


def quote_per_tick_lot(definition: MarketDefinition, quote: AssetDefinition) -> int:
    """Return the smallest quote units in one tick x one lot; 0 where that is not whole."""
    exponent = quote.decimals - definition.price_decimals - definition.quantity_decimals
    return _scaled(definition.tick_units * definition.lot_units, exponent)


def add_fee(whole_amount: i64, rest_ppm: i64, quote_amount: i64, fee_ppm: i64) -> tuple[i64, i64]:
    """Add the fee of an amount to an exact sum of fees.

    Amount x rate may not fit 64 bits; taken apart at a million it does.

    Args:
        whole_amount: The sum in whole smallest units, rounded down.
        rest_ppm: What is beyond that, in millionths; 0..PPM - 1.
        quote_amount: The amount; at least 0.
        fee_ppm: The rate; at least 0.

    Returns:
        The new sum in the same two parts.
    """
    rest_ppm += quote_amount % PPM * fee_ppm
    return whole_amount + quote_amount // PPM * fee_ppm + rest_ppm // PPM, rest_ppm % PPM


def fee_of(quote_amount: i64, fee_ppm: i64) -> i64:
    """Return the fee of an amount, rounded up; neither is negative."""
    rest_ppm = quote_amount % PPM * fee_ppm
    return quote_amount // PPM * fee_ppm + (rest_ppm + PPM - 1) // PPM


def fee_ceiling(fee_ppm_sum: int) -> int:
    """Round a sum of amount x parts per million to smallest units, up: against the payer."""
    return -(-fee_ppm_sum // PPM)


def may_charge(maker_ppm: int, taker_ppm: int, quote_max_amount: int) -> bool:
    """Say whether two rates can stand together in a market.

    Args:
        maker_ppm: Rate of makers; negative for a rebate.
        taker_ppm: Rate of takers; at least 0.
        price_max_ticks: Highest price, as in the definition; the bounds are here too, because an
            order is held against them, and a message's fields are read slowly.
        quantity_min_lots: Least quantity of an order.
        quantity_max_lots: Greatest quantity.
        notional_min_amount: What an order must cost at least.
        quote_max_amount: What the market's largest order costs at its highest price.

    Returns:
        False where a fill would cost the exchange something, or where the largest order with its
        fee would no longer fit an amount.
    """
    fee_max_amount = fee_ceiling(quote_max_amount * max(maker_ppm, taker_ppm))
    return maker_ppm + taker_ppm >= 0 and quote_max_amount + fee_max_amount <= AMOUNT_MAX


def check_asset(definition: AssetDefinition, assets: Mapping[int, AssetDefinition]) -> int:
    """Say whether a new asset may be created.

    Args:
        definition: The asset.
        assets: Those that exist, by id.

    Returns:
        OK, or INVALID_DEFINITION where its id or its name is taken.

    Complexity: O(assets).
    """
    taken = {asset.name for asset in assets.values()}
    if definition.asset_id in assets or definition.name in taken:
        return INVALID_DEFINITION
    return OK


def check_market(
    definition: MarketDefinition,
    assets: Mapping[int, AssetDefinition],
    market_ids: Collection[int],
    market_names: Collection[str],
) -> int:
    """Say whether a new market may be created.

    Args:
        definition: The market.
        assets: Assets that exist, by id.
        market_ids: Identifiers that are taken.
        market_names: Names that are taken.

    Returns:
        OK; UNKNOWN_ASSET where an asset is missing; INVALID_DEFINITION where the id or the name
        is taken, or where the numbers do not fit together (the module's docstring says how).
    """
    base = assets.get(definition.base_asset_id)
    quote = assets.get(definition.quote_asset_id)
    if base is None or quote is None:
        return UNKNOWN_ASSET
    if definition.market_id in market_ids or definition.name in market_names:
        return INVALID_DEFINITION
    if definition.base_asset_id == definition.quote_asset_id:
        return INVALID_DEFINITION
    if definition.quantity_min_lots > definition.quantity_max_lots:
        return INVALID_DEFINITION
    return _check_amounts(definition, base, quote)


def _check_amounts(
    definition: MarketDefinition, base: AssetDefinition, quote: AssetDefinition
) -> int:
    lot = base_per_lot(definition, base)
    tick_lot = quote_per_tick_lot(definition, quote)
    if lot == 0 or tick_lot == 0:
        return INVALID_DEFINITION
    if definition.quantity_max_lots * lot > AMOUNT_MAX:
        return INVALID_DEFINITION
    quote_max_amount = definition.price_max_ticks * definition.quantity_max_lots * tick_lot
    if not may_charge(definition.maker_fee_ppm, definition.taker_fee_ppm, quote_max_amount):
        return INVALID_DEFINITION
    return OK


def _scaled(units: int, exponent: int) -> int:
    """Return units x 10^exponent, or 0 where that is not a whole number."""
    if exponent >= 0:
        return units * int(10**exponent)
    whole, rest = divmod(units, int(10**-exponent))
    return 0 if rest else whole
