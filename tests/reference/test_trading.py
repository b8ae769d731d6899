"""Examples of trading, computed by hand from docs/trading-rules.md."""

from proto import codes
from proto.commands import AdvanceTime, AmendOrder
from proto.replies import OrderReply
from tests.reference.desk import RICH, Desk, asked, reason_of

TRIGGERS = {"stop": codes.STOP_LOSS, "take": codes.TAKE_PROFIT, "trail": codes.TRAILING_STOP}


def trade_at(desk: Desk, price: int) -> None:
    desk.buy(1, 1, price)
    desk.sell(2, 1, price)


def test_best_price_first_then_the_lower_number() -> None:
    desk = Desk()
    desk.sell(1, 3, 12)
    second = desk.sell(2, 4, 11)
    third = desk.sell(3, 5, 11)
    desk.buy(1, 8, 12)
    assert desk.trades() == [(4, 11), (4, 11)]
    assert desk.order(second).status == codes.FILLED
    assert desk.order(third).remaining == 1


def test_fees_add_up_exactly_and_are_charged_rounded_up() -> None:
    desk = Desk()
    desk.sell(1, 30, 1)
    # 2 % of 30 is 0.6, so 1 is charged; with 2 % of 20 it is 1.0, and nothing more is.
    desk.sell(1, 40, 20)
    taken = desk.buy(2, 31, 20)
    assert isinstance(taken, OrderReply)
    assert [fill.fee_amount for fill in taken.fills] == [1, 0]
    assert taken.order.fee_amount == 1
    # Each sale is a maker's that pays 1 % of it, rounded up.
    assert desk.total(1, 1) == RICH + 30 - 1 + 20 - 1


def test_a_resting_order_holds_what_it_needs() -> None:
    desk = Desk()
    desk.buy(1, 10, 50)
    desk.sell(1, 7, 60)
    assert (desk.held(1, 1), desk.held(1, 2)) == (500 + 10, 7)


def test_an_iceberg_goes_to_the_back_each_time() -> None:
    desk = Desk()
    iceberg = desk.sell(1, 9, 10, display_lots=4)
    desk.sell(2, 3, 10)
    assert desk.market.levels(codes.SELL) == {10: 7}
    desk.buy(3, 9, 10)
    assert desk.trades() == [(4, 10), (3, 10), (2, 10)]
    assert (desk.order(iceberg).shown, desk.order(iceberg).hidden) == (2, 1)


def test_decrement_takes_what_is_hidden_first() -> None:
    desk = Desk()
    desk.account(1, mode=codes.DECREMENT)
    iceberg = desk.sell(1, 10, 10, display_lots=4)
    taken = desk.buy(1, 3, 10)
    assert desk.reports()[1:] == [(8 + 3, "reduced SELF_TRADE"), (8 + 4, "cancelled SELF_TRADE")]
    assert (desk.order(iceberg).quantity, desk.order(iceberg).shown) == (7, 4)
    assert desk.order(taken).quantity == 3


def test_fill_or_kill_counts_what_prevention_would_do() -> None:
    desk = Desk()
    desk.account(1, group=7, mode=codes.CANCEL_OLDEST)
    desk.account(2, group=7)
    own = desk.sell(2, 5, 10)
    desk.sell(3, 5, 10)
    assert desk.order(desk.buy(1, 6, 10, time_in_force=codes.FOK)).status == codes.EXPIRED
    assert desk.order(own).is_open
    assert desk.order(desk.buy(1, 5, 10, time_in_force=codes.FOK)).status == codes.FILLED
    assert not desk.order(own).is_open


def test_an_order_by_amount_is_filled_when_no_lot_more_fits() -> None:
    desk = Desk()
    desk.sell(1, 5, 10)
    desk.sell(1, 5, 20)
    # 5 x 10 + 2 x 20 = 90, and 2 % of it; a third lot at 20 would cost 110 + 3.
    filled = desk.order(desk.buy(2, 0, quote_amount=100))
    assert (filled.status, filled.quantity, filled.fee) == (codes.FILLED, 7, 2)
    rest = desk.order(desk.buy(2, 0, quote_amount=1_000))
    assert (rest.status, rest.executed, rest.quantity) == (codes.EXPIRED, 3, 4)


def test_the_collar_ends_a_market_order() -> None:
    desk = Desk()
    desk.rules(collar_ppm=100_000)
    for price in (100, 110, 111):
        desk.sell(1, 1, price)
    desk.buy(2, 3)
    assert desk.trades() == [(1, 100), (1, 110)]
    assert desk.reports()[-1][1] == "expired COLLAR_REACHED"


def test_a_trade_too_far_away_opens_an_auction() -> None:
    desk = Desk()
    desk.rules(volatility_ppm=100_000, auction_ms=5)
    desk.reference_price(100)
    # Both bounds hold for both sides: a buyer may not buy at 89 either.
    desk.sell(1, 2, 89)
    halted = desk.buy(2, 3, 95)
    assert desk.trades() == []
    assert (desk.market.state, desk.order(halted).shown) == (codes.AUCTION, 3)
    desk.send(AdvanceTime(0), later_ns=5_000_000)
    assert desk.market.state == codes.CONTINUOUS
    # 2 trade at any price from 89 to 95: the one that is nearest to 100.
    assert desk.trades() == [(2, 95)]


def test_an_uncrossing_charges_both_the_taker_rate() -> None:
    desk = Desk()
    desk.state(codes.AUCTION)
    desk.buy(1, 10, 100)
    desk.sell(2, 10, 100)
    desk.state(codes.CONTINUOUS)
    [trade] = desk.exchange.events.trades
    assert (trade.taker_side, trade.taker_fee_amount, trade.maker_fee_amount) == (2, 20, 20)


def test_an_uncrossing_leaves_the_least() -> None:
    desk = Desk()
    desk.state(codes.PRE_OPEN)
    desk.buy(1, 10, 12)
    desk.sell(2, 4, 10)
    desk.sell(2, 3, 11)
    # At 11 and 12 seven trade and three are left; of these the lower, as there is no reference.
    desk.state(codes.CONTINUOUS)
    assert desk.trades() == [(4, 11), (3, 11)]
    assert desk.market.reference_price == 11


def test_a_trailing_stop_follows_and_fires() -> None:
    desk = Desk()
    trade_at(desk, 50)
    stop = desk.order(desk.sell(3, 1, trigger=TRIGGERS["trail"], trail_ticks=10))
    assert stop.trigger_price == 40
    trade_at(desk, 60)
    trade_at(desk, 55)
    assert stop.trigger_price == 50
    trade_at(desk, 50)
    assert desk.reports()[-2:] == [(stop.order_id, "triggered"), (stop.order_id, "expired")]


def test_the_nearest_trigger_fires_first() -> None:
    desk = Desk()
    trade_at(desk, 50)
    far = desk.order(desk.sell(3, 1, trigger=TRIGGERS["stop"], trigger_price_ticks=30))
    near = desk.order(desk.sell(3, 1, trigger=TRIGGERS["stop"], trigger_price_ticks=40))
    trade_at(desk, 20)
    fired = [order_id for order_id, what in desk.reports() if what == "triggered"]
    assert fired == [near.order_id, far.order_id]


def test_a_trigger_that_is_met_fires_at_once() -> None:
    desk = Desk()
    trade_at(desk, 50)
    desk.buy(3, 1, trigger=TRIGGERS["take"], trigger_price_ticks=50)
    assert [what for _, what in desk.reports()] == ["accepted", "triggered", "expired"]


def test_an_amendment_keeps_the_place_only_with_less() -> None:
    desk = Desk()
    first = desk.order(desk.sell(1, 5, 10))
    second = desk.order(desk.sell(2, 5, 10))
    desk.send(AmendOrder(0, 0, 1, 1, first.order_id, "", 0, 3))
    assert desk.market.side(codes.SELL) == [first, second]
    desk.send(AmendOrder(0, 0, 1, 1, first.order_id, "", 0, 4))
    assert desk.market.side(codes.SELL) == [second, first]


def test_post_only_slides_or_is_refused() -> None:
    desk = Desk()
    desk.sell(1, 5, 10)
    assert reason_of(desk.buy(2, 5, 10, post_only=1)) == "POST_ONLY_WOULD_CROSS"
    assert desk.order(desk.buy(2, 5, 12, post_only=1, slide=1)).price == 9
    desk.sell(1, 5, 1, time_in_force=codes.IOC)
    desk.sell(1, 5, 1)
    assert reason_of(desk.buy(2, 5, 12, post_only=1, slide=1)) == "POST_ONLY_WOULD_CROSS"


def test_an_oco_holds_the_larger_hold_and_ends_together() -> None:
    desk = Desk()
    stop = {"trigger": TRIGGERS["stop"], "trigger_price_ticks": 70}
    desk.place_list(codes.OCO, asked(1, codes.BUY, 10, 50), asked(1, codes.BUY, 10, 80, **stop))
    assert desk.held(1, 1) == 800 + 16
    desk.sell(2, 1, 50)
    assert [what for _, what in desk.reports()][:2] == ["accepted", "cancelled PARTNER_DONE"]
    assert desk.held(1, 1) == 9 * 50 + 9


def test_an_oto_places_what_follows_when_it_is_filled() -> None:
    desk = Desk()
    reply = desk.place_list(codes.OTO, asked(1, codes.BUY, 5, 50), asked(1, codes.SELL, 5, 60))
    follower = desk.exchange.state.known[-1][0]
    assert follower.status == codes.PENDING, reply
    assert desk.held(1, 2) == 0
    desk.sell(2, 5, 50)
    assert (follower.status, desk.held(1, 2)) == (codes.NEW, 5)


def test_expiries_and_ends_of_auctions_come_in_the_order_of_time() -> None:
    desk = Desk()
    desk.state(codes.AUCTION, 10)
    expires = {"time_in_force": codes.GTD, "expires_ns": desk.now_ns + 9_000_000}
    desk.buy(1, 5, 50, **expires)
    desk.buy(1, 5, 50)
    desk.sell(2, 10, 50)
    desk.send(AdvanceTime(0), later_ns=20_000_000)
    assert desk.reports()[0][1] == "expired TIME_IS_UP"
    assert desk.trades() == [(5, 50)]
