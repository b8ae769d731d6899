"""One fill: what it tells, what it moves, and what depends on it."""

from proto import codes
from proto.events import Trade
from proto.ids import OrderId, Sequence, TradeId, UserId
from proto.replies import Fill
from tests.reference.market import Market
from tests.reference.order import Order, OrderFill
from tests.reference.state import State


def settle(
    state: State,
    market: Market,
    taker: Order,
    maker: Order,
    price: int,
    lots: int,
    *,
    maker_pays_taker_rate: bool = False,
) -> Fill:
    """Let two orders trade.

    Args:
        maker_pays_taker_rate: Whether this is an uncrossing.
    """
    for order in (maker, taker):
        state.end_partner(order)
    quote = market.quote_of(price, lots)
    maker_rate = maker.rates.taker if maker_pays_taker_rate else maker.rates.maker
    fees = {}
    for order, rate in ((taker, taker.rates.taker), (maker, maker_rate)):
        fees[order] = order.fee_of_next(quote, rate)
        order.fills.append(OrderFill(price, lots, quote, rate))
        order.shown -= min(lots, order.shown)
        order.updated_ns = state.now_ns
        order.status = codes.PARTIALLY_FILLED if order.remaining else codes.FILLED
    trade = _tell(state, market, taker, maker, lots, fees)
    for order in (taker, maker):
        _after_fill(state, market, order)
    _move(state, market, trade)
    return Fill(trade.trade_id, price, lots, fees[taker])


def _tell(
    state: State, market: Market, taker: Order, maker: Order, lots: int, fees: dict[Order, int]
) -> Trade:
    state.trades += 1
    trade = Trade(
        TradeId(state.trades),
        market.market_id,
        len(market.trades) + 1,
        Sequence(state.sequence),
        state.now_ns,
        taker.fills[-1].price,
        lots,
        taker.fills[-1].quote,
        taker.side,
        OrderId(taker.order_id),
        OrderId(maker.order_id),
        UserId(taker.user_id),
        UserId(maker.user_id),
        fees[taker],
        fees[maker],
    )
    market.trades.append(trade)
    state.events.trades.append(trade)
    for order in (taker, maker):
        state.report(
            codes.REPORT_FILL,
            order,
            trade_id=trade.trade_id,
            price=trade.price_ticks,
            lots=lots,
            fee=fees[order],
            is_maker=order is maker,
        )
    return trade


def _after_fill(state: State, market: Market, order: Order) -> None:
    """Refresh what rests, and queue what a filled order brings about."""
    if order in market.resting:
        if not order.is_open:
            market.resting.remove(order)
        elif not order.shown:
            order.shown = order.shows_at_most(order.remaining)
            order.number = state.next_number()
    listed = order.order_list
    if listed is not None and order.status == codes.FILLED:
        followers = listed.followers(order)
        if followers:
            market.queue.append(followers)


def _move(state: State, market: Market, trade: Trade) -> None:
    """What is given first, then what is got."""
    buyer = (trade.taker_user_id, trade.taker_fee_amount)
    seller = (trade.maker_user_id, trade.maker_fee_amount)
    if trade.taker_side == codes.SELL:
        buyer, seller = seller, buyer
    base, quote = market.definition.base_asset_id, market.definition.quote_asset_id
    base_amount = market.base_of(trade.quantity_lots)
    for user_id, asset_id, amount, fee in (
        (buyer[0], quote, -trade.quote_amount - buyer[1], buyer[1]),
        (seller[0], base, -base_amount, 0),
        (buyer[0], base, base_amount, 0),
        (seller[0], quote, trade.quote_amount - seller[1], seller[1]),
    ):
        state.money.change(
            state.events, user_id, asset_id, codes.TRADE, amount, fee=fee, trade_id=trade.trade_id
        )
    state.money.fees[quote] += buyer[1] + seller[1]
