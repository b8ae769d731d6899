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

    __slots__ = ("base", "market", "quote")

    def __init__(
        self, market: MarketDefinition, base: AssetDefinition, quote: AssetDefinition
    ) -> None:
        assert market.base_asset_id == base.asset_id
        assert market.quote_asset_id == quote.asset_id
        self.market: Final = market
        self.base: Final = base
        self.quote: Final = quote

    def parse_price(self, text: str) -> int:
        """Read a price as ticks.

        Raises:
            NotOnStepError: If it is not a multiple of the tick size.
            DecimalTextError: If it is not a plain decimal number.
        """
        market = self.market
        return _parse_steps(text, market.price_decimals, market.tick_units, "tick size")

    def parse_quantity(self, text: str) -> int:
        """Read a quantity as lots.

        Raises:
            NotOnStepError: If it is not a multiple of the lot size.
            DecimalTextError: If it is not a plain decimal number.
        """
        market = self.market
        return _parse_steps(text, market.quantity_decimals, market.lot_units, "lot size")

    def price(self, price_ticks: int) -> str:
        """Write a price."""
        return format_units(price_ticks * self.market.tick_units, self.market.price_decimals)

    def quantity(self, quantity_lots: int) -> str:
        """Write a quantity."""
        return format_units(quantity_lots * self.market.lot_units, self.market.quantity_decimals)

    def quote_amount(self, amount: int) -> str:
        """Write an amount of the quote asset."""
        return format_units(amount, self.quote.decimals)


def _parse_steps(text: str, decimals: int, step_units: int, step_name: str) -> int:
    off_step = f"must be a multiple of the {step_name} {format_units(step_units, decimals)}"
    try:
        units = parse_units(text, decimals)
    except TooManyDecimalsError:
        # One way to miss a step: the client is told the market's rule.
        raise NotOnStepError(off_step) from None
    steps, rest = divmod(units, step_units)
    if rest:
        raise NotOnStepError(off_step)
    return steps
