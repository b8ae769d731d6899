"""Values as they are shown: names, markets and decimal text.

A number of a market or an asset that nobody has defined is shown as it stands in the journal.
"""

from collections.abc import Sequence
from typing import Union

from matcher.tools.catalog import Catalog
from matcher.tools.terminal import utc_text
from proto.scales import MarketScale

# What a description holds: it is the JSON, and the text for people is made from it.
Value = Union[str, int, bool, None, "Sequence[Value]", "Fields"]
Fields = dict[str, Value]


def market_name(market_id: int, catalog: Catalog) -> str:
    """Name a market; one that nobody has defined by its id."""
    scale = catalog.scales.get(market_id)
    return f"market {market_id}" if scale is None else scale.market.name


def request_name(request_id: int) -> str | None:
    """Write a correlation id as the gateway's replies do; None where there was no request."""
    return f"{request_id:016x}" if request_id else None


def price_text(scale: MarketScale | None, price_ticks: int) -> str:
    """Write a price; of an unknown market, in ticks."""
    return str(price_ticks) if scale is None else scale.price(price_ticks)


def quantity_text(scale: MarketScale | None, quantity_lots: int) -> str:
    """Write a quantity; of an unknown market, in lots."""
    return str(quantity_lots) if scale is None else scale.quantity(quantity_lots)


def quote_text(scale: MarketScale | None, amount: int) -> str:
    """Write an amount of a market's quote asset; of an unknown market, in smallest units."""
    return str(amount) if scale is None else scale.quote_amount(amount)


def price_or_none(scale: MarketScale | None, price_ticks: int) -> str | None:
    """Write a price; None where it is not given."""
    return price_text(scale, price_ticks) if price_ticks else None


def quantity_or_none(scale: MarketScale | None, quantity_lots: int) -> str | None:
    """Write a quantity; None where it is not given."""
    return quantity_text(scale, quantity_lots) if quantity_lots else None


def time_or_none(timestamp_ns: int) -> str | None:
    """Write a moment; None where there is none."""
    return utc_text(timestamp_ns) if timestamp_ns else None
