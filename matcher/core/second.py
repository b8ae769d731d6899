"""The trades of one second, summed up."""

from typing import Final, final

from mypy_extensions import mypyc_attr


@final
@mypyc_attr(acyclic=True)
class Second:
    """The trades of one second.

    Attributes:
        second: Seconds since the epoch.
        open_price_ticks: First price.
        volume_lots: Sum of quantities.
        quote_volume_amount: Sum of price x quantity.
        trades: Number of trades.
    """

    __slots__ = (
        "open_price_ticks",
        "quote_volume_amount",
        "second",
        "trades",
        "volume_lots",
    )

    def __init__(self, second: int, open_price_ticks: int) -> None:
        self.second: Final = second
        self.open_price_ticks: Final = open_price_ticks
        self.volume_lots = 0
        self.quote_volume_amount = 0
        self.trades = 0
