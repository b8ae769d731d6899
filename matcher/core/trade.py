"""A trade while it is being told and settled."""

from typing import Final, final

from mypy_extensions import mypyc_attr

from proto.ids import OrderId, Sequence, TradeId, UserId


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class Trade:
    """A fill, once for both sides; the attributes are those of `proto.events.Trade`."""

    __slots__ = (
        "maker_fee_amount",
        "maker_order_id",
        "maker_user_id",
        "market_id",
        "number",
        "price_ticks",
        "quantity_lots",
        "quote_amount",
        "sequence",
        "taker_fee_amount",
        "taker_order_id",
        "taker_side",
        "taker_user_id",
        "timestamp_ns",
        "trade_id",
    )

    def __init__(
        self,
        trade_id: TradeId,
        market_id: int,
        number: int,
        sequence: Sequence,
        timestamp_ns: int,
        price_ticks: int,
        quantity_lots: int,
        quote_amount: int,
        taker_side: int,
        taker_order_id: OrderId,
        maker_order_id: OrderId,
        taker_user_id: UserId,
        maker_user_id: UserId,
        taker_fee_amount: int,
        maker_fee_amount: int,
    ) -> None:
        self.trade_id: Final = trade_id
        self.market_id: Final = market_id
        self.number: Final = number
        self.sequence: Final = sequence
        self.timestamp_ns: Final = timestamp_ns
        self.price_ticks: Final = price_ticks
        self.quantity_lots: Final = quantity_lots
        self.quote_amount: Final = quote_amount
        self.taker_side: Final = taker_side
        self.taker_order_id: Final = taker_order_id
        self.maker_order_id: Final = maker_order_id
        self.taker_user_id: Final = taker_user_id
        self.maker_user_id: Final = maker_user_id
        self.taker_fee_amount: Final = taker_fee_amount
        self.maker_fee_amount: Final = maker_fee_amount
