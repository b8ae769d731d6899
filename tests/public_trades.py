"""What everybody may know of a trade, made of the whole of it: the engine packs it by itself."""

from proto.events import Trade
from proto.market_data import PublicTrade


def public_trade(trade: Trade) -> PublicTrade:
    return PublicTrade(
        trade.trade_id,
        trade.number,
        trade.timestamp_ns,
        trade.price_ticks,
        trade.quantity_lots,
        trade.quote_amount,
        trade.taker_side,
    )
