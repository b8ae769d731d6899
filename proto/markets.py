"""Markets as people write them: the terms of one, and `markets.toml` for a new exchange.

The file is written by a person, so every mistake is answered with the place and the rule. What
comes out are the definitions that the matcher journals as its first commands; whether their
numbers fit together is the engine's to say. A market that is made later has the same terms.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from proto.decimals import DecimalTextError, parse_units
from proto.definitions import AssetDefinition, MarketDefinition
from proto.fields import Decimals, Name
from proto.limits import DECIMALS_MAX, FEE_PPM_MAX, INTEGER_MAX

# A fee of 0.001 is 1,000 parts per million: a fraction with 6 decimals.
FEE_DECIMALS: Final = 6
DecimalText = Annotated[str, Meta(min_length=1, max_length=40)]


class MarketsFileError(Exception):
    """A markets file that cannot be used; the message says where and why."""


class MarketTermError(ValueError):
    """A term of a market that cannot be.

    Attributes:
        field: Which one.
        rule: What it must be.
    """

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field: Final = field
        self.rule: Final = rule


class _Asset(Struct, forbid_unknown_fields=True):
    decimals: Decimals


class MarketTerms(Struct, forbid_unknown_fields=True):
    """The terms of a market, as decimal text.

    Attributes:
        base: Name of the asset that is bought and sold.
        quote: Name of the asset that prices and fees are in.
        tick_size: What every price is a multiple of; prices are written with its decimals.
        lot_size: What every quantity is a multiple of; quantities are written with its decimals.
        max_price: Highest price of a limit order.
        min_quantity: Smallest quantity of an order.
        max_quantity: Largest quantity of an order.
        min_notional: Least price x quantity of a limit order.
        maker_fee: Fraction of the quote amount that the maker pays; with a "-" a rebate.
        taker_fee: Fraction that the taker pays.
    """

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
    markets: dict[Name, MarketTerms]


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
            markets.append(market_definition(number, name, market, by_name))
        except MarketTermError as error:
            raise MarketsFileError(f"{path}: markets.{name}.{error}") from error
    return assets, markets


def market_definition(
    number: int, name: str, terms: MarketTerms, assets: dict[str, AssetDefinition]
) -> MarketDefinition:
    """Turn the terms of a market into its definition.

    Args:
        number: Identifier of the market.
        name: Name of the market.
        terms: Terms.
        assets: Assets that there are, by name.

    Raises:
        MarketTermError: If a term is not what it must be, or out of the bounds of a definition.
    """
    for field, asset in (("base", terms.base), ("quote", terms.quote)):
        if asset not in assets:
            raise MarketTermError(field, f"there is no asset {asset}")
    quote = assets[terms.quote]
    price_decimals = _decimals_of("tick_size", terms.tick_size)
    quantity_decimals = _decimals_of("lot_size", terms.lot_size)
    tick_units = _positive("tick_size", _units("tick_size", terms.tick_size, price_decimals))
    lot_units = _positive("lot_size", _units("lot_size", terms.lot_size, quantity_decimals))
    return MarketDefinition(
        market_id=number,
        name=name,
        base_asset_id=assets[terms.base].asset_id,
        quote_asset_id=quote.asset_id,
        price_decimals=price_decimals,
        tick_units=tick_units,
        quantity_decimals=quantity_decimals,
        lot_units=lot_units,
        price_max_ticks=_steps("max_price", terms.max_price, price_decimals, tick_units),
        quantity_min_lots=_steps("min_quantity", terms.min_quantity, quantity_decimals, lot_units),
        quantity_max_lots=_steps("max_quantity", terms.max_quantity, quantity_decimals, lot_units),
        notional_min_amount=_units("min_notional", terms.min_notional, quote.decimals),
        maker_fee_ppm=maker_fee_ppm(terms.maker_fee),
        taker_fee_ppm=taker_fee_ppm(terms.taker_fee),
    )


def maker_fee_ppm(text: str) -> int:
    """Read what a maker pays, as parts per million; with a "-" in front it is a rebate.

    Raises:
        MarketTermError: If it is no fraction from -1 to 1.
    """
    rebate = text.startswith("-")
    ppm = _fee_ppm("maker_fee", text.removeprefix("-"))
    return -ppm if rebate else ppm


def taker_fee_ppm(text: str) -> int:
    """Read what a taker pays, as parts per million.

    Raises:
        MarketTermError: If it is no fraction from 0 to 1.
    """
    return _fee_ppm("taker_fee", text)


def _fee_ppm(field: str, text: str) -> int:
    ppm = _units(field, text, FEE_DECIMALS)
    if ppm > FEE_PPM_MAX:
        raise MarketTermError(field, f"{text!r} must be at most 1")
    return ppm


def _decimals_of(field: str, step: str) -> int:
    """Prices and quantities are written with the decimals that their step is written with."""
    decimals = len(step.partition(".")[2])
    if decimals > DECIMALS_MAX:
        raise MarketTermError(field, f"{step!r} must have at most {DECIMALS_MAX} decimals")
    return decimals


def _units(field: str, text: str, decimals: int) -> int:
    try:
        units = parse_units(text, decimals)
    except DecimalTextError as error:
        raise MarketTermError(field, f"{text!r} {error}") from error
    if units > INTEGER_MAX:
        raise MarketTermError(field, f"{text!r} is too large")
    return units


def _steps(field: str, text: str, decimals: int, step_units: int) -> int:
    units = _units(field, text, decimals)
    if units % step_units:
        raise MarketTermError(field, f"{text!r} must be a multiple of its step")
    return _positive(field, units // step_units)


def _positive(field: str, number: int) -> int:
    if number == 0:
        raise MarketTermError(field, "must be above 0")
    return number
