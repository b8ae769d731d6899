"""One fill: the trade, numbered and counted."""

from matcher.core.market import Market
from matcher.core.order import Order
from matcher.core.state import State
from proto.events import Trade
from proto.ids import trade_id_of


def make_trade(
    state: State,
    market: Market,
    taker: Order,
    maker: Order,
    price_ticks: int,
    quantity_lots: int,
    taker_fee: int,
    maker_fee: int,
) -> Trade:
    """Number a trade and add it to the market's statistics.

    Args:
        state: All state.
        market: Its market.
        taker: Who took.
        maker: Who rested.
        price_ticks: Price.
        quantity_lots: Quantity.
        taker_fee: Fee of the taker.
        maker_fee: Fee of the maker; negative for a rebate.
    """
    instrument = market.instrument
    quote_amount = quantity_lots * price_ticks * instrument.quote_per_tick_lot
    state.trades = trades = state.trades + 1
    statistics = market.statistics
    statistics.add(state.timestamp_ns, price_ticks, quantity_lots, quote_amount)
    return Trade(
        trade_id_of(state.shard, trades),
        instrument.market_id,
        statistics.trade_number,
        state.sequence,
        state.timestamp_ns,
        price_ticks,
        quantity_lots,
        quote_amount,
        taker.side,
        taker.order_id,
        maker.order_id,
        taker.account.user_id,
        maker.account.user_id,
        taker_fee,
        maker_fee,
    )
