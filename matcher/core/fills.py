"""What one order got on arrival."""

from typing import Final, final

from mypy_extensions import mypyc_attr

from proto.ids import TradeId


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class Fill:
    """One match, as its taker is told at once; the attributes are those of `proto.replies.Fill`."""

    __slots__ = ("fee_amount", "price_ticks", "quantity_lots", "trade_id")

    def __init__(
        self, trade_id: TradeId, price_ticks: int, quantity_lots: int, fee_amount: int
    ) -> None:
        self.trade_id: Final = trade_id
        self.price_ticks: Final = price_ticks
        self.quantity_lots: Final = quantity_lots
        self.fee_amount: Final = fee_amount


# What most orders get on arrival: nobody adds to it.
NO_FILLS: Final[list[Fill]] = []
