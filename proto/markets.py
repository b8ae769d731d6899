"""Reads `markets.toml`: the assets and markets that a new exchange starts with.

The file is written by a person, so every mistake is answered with the place and the rule. What
comes out are the definitions that the matcher journals as its first commands; whether their
numbers fit together is the engine's to say.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from proto.decimals import DecimalTextError, parse_units
from proto.definitions import AssetDefinition, MarketDefinition
from proto.fields import Decimals, Name

# A fee of 0.001 is 1,000 parts per million: a fraction with 6 decimals.
FEE_DECIMALS: Final = 6
DecimalText = Annotated[str, Meta(min_length=1, max_length=40)]


class MarketsFileError(Exception):
    """A markets file that cannot be used; the message says where and why."""


class _Asset(Struct, forbid_unknown_fields=True):
    decimals: Decimals


class _Market(Struct, forbid_unknown_fields=True):
    base: Name
    quote: Name
    tick_size: DecimalText
    lot_size: DecimalText
    max_price: DecimalText
    min_quantity: DecimalText
    max_quantity: DecimalText
    min_notional: DecimalText
    maker_fee: DecimalText
    taker_fee: DecimalText


class _File(Struct, forbid_unknown_fields=True):
    assets: dict[Name, _Asset]
    markets: dict[Name, _Market]


def read_markets(path: Path) -> tuple[list[AssetDefinition], list[MarketDefinition]]:
    """Read a markets file.

    Args:
        path: The TOML file.

    Returns:
        Assets and markets in the order of the file, numbered from 1.

    Raises:
        MarketsFileError: If it cannot be read, or says something that makes no sense.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = msgspec.convert(tomllib.loads(text), _File)
    except (
        OSError,
        UnicodeDecodeError,
        tomllib.TOMLDecodeError,
        msgspec.MsgspecError,
    ) as error:
        raise MarketsFileError(f"{path}: {error}") from error
    assets = [
        AssetDefinition(number, name, asset.decimals)
        for number, (name, asset) in enumerate(content.assets.items(), 1)
    ]
    by_name = {asset.name: asset for asset in assets}
    markets = []
    for number, (name, market) in enumerate(content.markets.items(), 1):
        try:
            markets.append(_market_definition(number, name, market, by_name))
        except ValueError as error:
            raise MarketsFileError(f"{path}: markets.{name}.{error}") from error
    return assets, markets


def _market_definition(
    number: int, name: str, market: _Market, assets: dict[str, AssetDefinition]
) -> MarketDefinition:
    for field, asset in (("base", market.base), ("quote", market.quote)):
        if asset not in assets:
            raise ValueError(f"{field}: there is no asset {asset} under [assets]")
    quote = assets[market.quote]
    price_decimals = _decimals_of(market.tick_size)
    quantity_decimals = _decimals_of(market.lot_size)
    tick_units = _units("tick_size", market.tick_size, price_decimals)
    lot_units = _units("lot_size", market.lot_size, quantity_decimals)
    return MarketDefinition(
        market_id=number,
        name=name,
        base_asset_id=assets[market.base].asset_id,
        quote_asset_id=quote.asset_id,
        price_decimals=price_decimals,
        tick_units=tick_units,
        quantity_decimals=quantity_decimals,
        lot_units=lot_units,
        price_max_ticks=_steps("max_price", market.max_price, price_decimals, tick_units),
        quantity_min_lots=_steps("min_quantity", market.min_quantity, quantity_decimals, lot_units),
        quantity_max_lots=_steps("max_quantity", market.max_quantity, quantity_decimals, lot_units),
        notional_min_amount=_units("min_notional", market.min_notional, quote.decimals),
        maker_fee_ppm=_units("maker_fee", market.maker_fee, FEE_DECIMALS),
        taker_fee_ppm=_units("taker_fee", market.taker_fee, FEE_DECIMALS),
    )


def _decimals_of(step: str) -> int:
    """Prices and quantities are written with the decimals that their step is written with."""
    return len(step.partition(".")[2])


def _units(field: str, text: str, decimals: int) -> int:
    try:
        return parse_units(text, decimals)
    except DecimalTextError as error:
        raise ValueError(f"{field}: {text!r} {error}") from error


def _steps(field: str, text: str, decimals: int, step_units: int) -> int:
    units = _units(field, text, decimals)
    if step_units == 0 or units % step_units:
        raise ValueError(f"{field}: {text!r} must be a multiple of its step")
    return units // step_units
