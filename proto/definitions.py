"""What an asset and a market are: integers only, the same in commands, events and answers.

A price is a number of ticks, a quantity a number of lots. One tick is `tick_units` of
10^-`price_decimals` of the quote asset; one lot is `lot_units` of 10^-`quantity_decimals` of the
base asset. The engine accepts a definition only where one lot is a whole number of the base
asset's smallest units and one tick times one lot a whole number of the quote asset's, so every
product in it is exact.
"""

from typing import Annotated

from msgspec import Meta, Struct

from proto.fields import (
    Amount,
    Decimals,
    FeePpm,
    Integer,
    MakerFeePpm,
    MarketStateCode,
    Name,
    OpenOrdersMax,
    PositiveInteger,
    PricePpm,
    StopOrdersMax,
    Tier,
    TimeoutMs,
)
from proto.limits import (
    OPEN_ORDERS_PER_USER_MAX,
    STOP_ORDERS_PER_USER_MAX,
    TIER_MAX,
)


class AssetDefinition(Struct, array_like=True, frozen=True, gc=False):
    """An asset.

    Attributes:
        asset_id: From 1, unique.
        name: Upper-case letters, digits and underscores, unique.
        decimals: The smallest unit is 10^-decimals of the asset.
    """

    asset_id: PositiveInteger
    name: Name
    decimals: Decimals


class MarketDefinition(Struct, array_like=True, frozen=True, gc=False):
    """A market, and the rules of its orders.

    Attributes:
        market_id: From 1, unique.
        name: Upper-case letters, digits and underscores, unique; by custom BASE_QUOTE.
        base_asset_id: The asset that is bought and sold.
        quote_asset_id: The asset that prices, amounts and fees are in.
        price_decimals: Decimals that a price is written with.
        tick_units: Tick size in 10^-price_decimals of the quote asset.
        quantity_decimals: Decimals that a quantity is written with.
        lot_units: Lot size in 10^-quantity_decimals of the base asset.
        price_max_ticks: Highest price of a limit order.
        quantity_min_lots: Smallest quantity of an order.
        quantity_max_lots: Largest quantity of an order.
        notional_min_amount: Least price x quantity of a limit order, in smallest quote units.
        maker_fee_ppm: Parts per million of the quote amount that the maker pays; negative for a
            rebate, which is never more than what the taker pays.
        taker_fee_ppm: Parts per million of the quote amount that the taker pays.
    """

    market_id: PositiveInteger
    name: Name
    base_asset_id: PositiveInteger
    quote_asset_id: PositiveInteger
    price_decimals: Decimals
    tick_units: PositiveInteger
    quantity_decimals: Decimals
    lot_units: PositiveInteger
    price_max_ticks: PositiveInteger
    quantity_min_lots: PositiveInteger
    quantity_max_lots: PositiveInteger
    notional_min_amount: Amount
    maker_fee_ppm: MakerFeePpm
    taker_fee_ppm: FeePpm


class MarketRules(Struct, array_like=True, frozen=True, gc=False):
    """Rules of a market that its operator may change while it trades. 0 turns one off.

    Attributes:
        band_ppm: How far a limit price may lie from the reference price, either way.
        collar_ppm: How far a market order trades beyond the best price that it found.
        volatility_ppm: How far from the reference price a trade may happen; a further one opens an
            auction instead.
        auction_ms: How long such an auction takes; not 0 where volatility_ppm is not.
        reference_ms: The reference price becomes that of a trade when it is older than this; 0
            leaves it to auctions and the operator.
        open_orders_max: Orders that one user may have in the book; 0 for the most there may be.
        stop_orders_max: The same for those that wait for a trigger or another order.
    """

    band_ppm: PricePpm = 0
    collar_ppm: PricePpm = 0
    volatility_ppm: PricePpm = 0
    auction_ms: TimeoutMs = 0
    reference_ms: TimeoutMs = 300_000
    open_orders_max: OpenOrdersMax = OPEN_ORDERS_PER_USER_MAX
    stop_orders_max: StopOrdersMax = STOP_ORDERS_PER_USER_MAX


class FeeTier(Struct, array_like=True, frozen=True, gc=False):
    """What users of one tier pay in one market.

    Attributes:
        tier: Tier.
        maker_fee_ppm: Parts per million of the quote amount that a maker pays; negative for a
            rebate.
        taker_fee_ppm: What a taker pays.
    """

    tier: Tier
    maker_fee_ppm: MakerFeePpm
    taker_fee_ppm: FeePpm


class MarketStatus(Struct, array_like=True, frozen=True, gc=False):
    """A market as its operator and its trades have made it.

    Attributes:
        market_id: Market.
        state: PRE_OPEN to CLOSED.
        ends_ns: Engine time at which an auction uncrosses by itself; 0 where nothing is set.
        reference_price_ticks: What bands and halts are measured from; 0 where there is none yet.
        reference_ns: Engine time at which it was set.
        rules: Rules.
        fee_tiers: Fees by tier, lowest tier first; tier 0 is always there.
    """

    market_id: PositiveInteger
    state: MarketStateCode
    ends_ns: Integer
    reference_price_ticks: Integer
    reference_ns: Integer
    rules: MarketRules
    fee_tiers: Annotated[list[FeeTier], Meta(min_length=1, max_length=TIER_MAX + 1)]
