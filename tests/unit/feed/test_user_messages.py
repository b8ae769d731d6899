"""Orders of the stream beside those of REST: one order has one face."""

import json

import msgspec
import pytest

from feed.user_messages import report_data
from proto.api.translate.order_answers import order as rest_order
from proto.codes import (
    BUY,
    CANCEL_NEWEST,
    DAY,
    FILLED,
    GTC,
    GTD,
    IOC,
    LIMIT,
    MARKET,
    OCO,
    OTO,
    PARTIALLY_FILLED,
    PENDING,
    REPORT_ACCEPTED,
    REPORT_FILL,
    STOP_LOSS,
    TAKE_PROFIT,
    TRAILING_STOP,
    WAITING,
)
from proto.events import ExecutionReport, OrderState, SpecialState
from proto.ids import OrderId, Sequence, TradeId, UserId
from tests.unit.feed.examples import NEW_YEAR_NS, SCALE


def special(
    self_trade: int = 0,
    expires_ns: int = 0,
    display_lots: int = 0,
    quote_amount: int = 0,
    trigger: int = 0,
    trigger_price_ticks: int = 0,
    trail_ticks: int = 0,
    trail_bps: int = 0,
    list_type: int = 0,
    list_id: int = 0,
) -> SpecialState:
    return SpecialState(
        self_trade, expires_ns, display_lots, quote_amount, trigger, trigger_price_ticks,
        trail_ticks, trail_bps, list_type, OrderId(list_id),
    )  # fmt: skip


def order(
    order_type: int = LIMIT,
    time_in_force: int = GTC,
    status: int = PARTIALLY_FILLED,
    terms: SpecialState | None = None,
) -> OrderState:
    return OrderState(
        OrderId(1 << 60), UserId(7), 1, "mine", BUY, order_type, time_in_force, False,
        2_000 if order_type == LIMIT else 0, 9, 4, 200_000_000, -20, status,
        NEW_YEAR_NS, NEW_YEAR_NS + 1_500, terms,
    )  # fmt: skip


ORDERS = [
    order(),
    order(MARKET, IOC, FILLED),
    order(LIMIT, GTD, terms=special(expires_ns=NEW_YEAR_NS, display_lots=2)),
    order(MARKET, IOC, terms=special(quote_amount=5_000_000, self_trade=CANCEL_NEWEST)),
    order(LIMIT, GTC, WAITING, special(trigger=STOP_LOSS, trigger_price_ticks=1_990)),
    order(MARKET, DAY, WAITING, special(trigger=TAKE_PROFIT, trigger_price_ticks=2_100)),
    order(MARKET, GTC, WAITING, special(trigger=TRAILING_STOP, trail_ticks=20)),
    order(MARKET, GTC, WAITING, special(trigger=TRAILING_STOP, trail_bps=150)),
    order(LIMIT, GTC, terms=special(list_type=OCO, list_id=9)),
    order(LIMIT, GTC, PENDING, special(list_type=OTO, list_id=9)),
]


@pytest.mark.parametrize("state", ORDERS)
def test_the_stream_shows_an_order_as_rest_does(state: OrderState) -> None:
    report = ExecutionReport(Sequence(3), REPORT_ACCEPTED, 0, state, TradeId(0), 0, 0, 0, False)
    shown = msgspec.json.encode(report_data(report, SCALE).order)
    assert shown == msgspec.json.encode(rest_order(state, SCALE))


def test_a_fill_of_a_maker_who_gets_a_rebate() -> None:
    report = ExecutionReport(Sequence(3), REPORT_FILL, 0, order(), TradeId(8), 1_999, 4, -20, True)
    shown = json.loads(msgspec.json.encode(report_data(report, SCALE)))
    assert (shown["type"], shown["event"], shown["reason"]) == ("report", "fill", None)
    assert shown["fill"] == {
        "price": "99.95",
        "quantity": "2.0",
        "trade_id": "8",
        "fee": "-0.000020",
        "is_maker": True,
    }
    assert (shown["order"]["remaining_quantity"], shown["order"]["fee"]) == ("2.5", "-0.000020")
