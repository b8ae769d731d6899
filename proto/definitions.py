"""What an asset and a market are: integers only, the same in commands, events and answers.

A price is a number of ticks, a quantity a number of lots. One tick is `tick_units` of
10^-`price_decimals` of the quote asset; one lot is `lot_units` of 10^-`quantity_decimals` of the
base asset. The engine accepts a definition only where one lot is a whole number of the base
asset's smallest units and one tick times one lot a whole number of the quote asset's, so every
product in it is exact.
"""

from msgspec import Struct

from proto.fields import Amount, Decimals, FeePpm, Name, PositiveInteger


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
        maker_fee_ppm: Parts per million of the quote amount that the maker pays.
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
    maker_fee_ppm: FeePpm
    taker_fee_ppm: FeePpm
