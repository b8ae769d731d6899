"""Text of prices, quantities and amounts of one market or asset.

`MarketScale` is a market's definition turned into the two directions that the edges need; build
it once for each market and keep it.
"""

from typing import Final, final

from proto.decimals import (
    DecimalTextError,
    TooManyDecimalsError,
    format_units,
    parse_units,
)
from proto.definitions import AssetDefinition, MarketDefinition


class NotOnStepError(DecimalTextError):
    """A number in bounds that is no multiple of the market's tick or lot."""


@final
class MarketScale:
    """Turns ticks, lots and amounts of one market into text and back.

    Attributes:
        market: The market.
        base: Its base asset.
        quote: Its quote asset.
    """

    __slots__ = (
        "_lot_units",
        "_price_decimals",
        "_quantity_decimals",
        "_quote_decimals",
        "_tick_units",
        "base",
        "market",
        "quote",
    )

    def __init__(
        self, market: MarketDefinition, base: AssetDefinition, quote: AssetDefinition
    ) -> None:
        assert market.base_asset_id == base.asset_id
        assert market.quote_asset_id == quote.asset_id
        self.market: Final = market
        self.base: Final = base
        self.quote: Final = quote
        # At hand, for every number of every order needs two of them.
        self._tick_units: Final = market.tick_units
        self._lot_units: Final = market.lot_units
        self._price_decimals: Final = market.price_decimals
        self._quantity_decimals: Final = market.quantity_decimals
        self._quote_decimals: Final = quote.decimals

    def parse_price(self, text: str) -> int:
        """Read a price as ticks.

        Raises:
            NotOnStepError: If it is not a multiple of the tick size.
            DecimalTextError: If it is not a plain decimal number.
        """
        return _parse_steps(text, self._price_decimals, self._tick_units, "tick size")

    def parse_quantity(self, text: str) -> int:
        """Read a quantity as lots.

        Raises:
            NotOnStepError: If it is not a multiple of the lot size.
            DecimalTextError: If it is not a plain decimal number.
        """
        return _parse_steps(text, self._quantity_decimals, self._lot_units, "lot size")

    def price(self, price_ticks: int) -> str:
        """Write a price."""
        return format_units(price_ticks * self._tick_units, self._price_decimals)

    def quantity(self, quantity_lots: int) -> str:
        """Write a quantity."""
        return format_units(quantity_lots * self._lot_units, self._quantity_decimals)

    def quote_amount(self, amount: int) -> str:
        """Write an amount of the quote asset."""
        return format_units(amount, self._quote_decimals)


def _parse_steps(text: str, decimals: int, step_units: int, step_name: str) -> int:
    try:
        units = parse_units(text, decimals)
    except TooManyDecimalsError:
        # One way to miss a step: the client is told the market's rule.
        raise _off_step(decimals, step_units, step_name) from None
    steps = units // step_units
    if steps * step_units != units:
        raise _off_step(decimals, step_units, step_name)
    return steps


def _off_step(decimals: int, step_units: int, step_name: str) -> NotOnStepError:
    return NotOnStepError(
        f"must be a multiple of the {step_name} {format_units(step_units, decimals)}"
    )
