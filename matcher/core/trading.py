"""Trading: a fill becomes a trade, which is numbered, counted, told and settled."""

from matcher.core.events import Events
from matcher.core.market import Market
from matcher.core.order import Order
from matcher.core.settlement import settle
from matcher.core.state import State
from matcher.core.trade import Trade
from proto.ids import TradeId, trade_id_of


def trade(
    state: State,
    market: Market,
    taker: Order,
    maker: Order,
    price_ticks: int,
    quantity_lots: int,
    taker_fee: int,
    maker_fee: int,
    events: Events,
) -> tuple[TradeId, bytes]:
    """Make a trade of a fill that both orders have counted, and do all that follows from it.

    What the maker paid with is not held any more.

    Args:
        state: All state.
        market: Its market.
        taker: Who took.
        maker: Who rested.
        price_ticks: Price.
        quantity_lots: Quantity.
        taker_fee: Fee of the taker.
        maker_fee: Fee of the maker; negative for a rebate.
        events: Takes the trade, both reports and the balance changes.

    Returns:
        The trade's identifier, and the packed taker.
    """
    instrument = market.instrument
    quote_amount = instrument.quote_amount(price_ticks, quantity_lots)
    state.trades = trades = state.trades + 1
    statistics = market.statistics
    statistics.add(state.timestamp_ns, price_ticks, quantity_lots, quote_amount)
    told = Trade(
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
        taker.user_id,
        maker.user_id,
        taker_fee,
        maker_fee,
    )
    events.trade(told)
    taker_state = taker.state()
    events.fill_report(told, told.taker_user_id, taker_state, taker_fee, False)
    events.fill_report(told, told.maker_user_id, maker.state(), maker_fee, True)
    settle(told, instrument, taker.seat, maker.seat, state.ledger, events)
    return told.trade_id, taker_state
