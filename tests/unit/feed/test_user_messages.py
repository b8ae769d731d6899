"""What private streams tell: orders as REST shows them, fills, balances, and where they stand."""

import json

import msgspec
import pytest

from feed.position import position, position_after
from feed.user_messages import balance_data, fill_data, report_data, start_data
from proto.api.translate.order_answers import order as rest_order
from proto.codes import (
    BUY,
    CANCEL_NEWEST,
    DAY,
    DEPOSIT,
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
    REJECTED,
    REPORT_ACCEPTED,
    REPORT_CANCELLED,
    REPORT_FILL,
    SELF_TRADE,
    STOP_LOSS,
    TAKE_PROFIT,
    TRAILING_STOP,
    WAITING,
)
from proto.events import BalanceChange, ExecutionReport, OrderState, SpecialState
from proto.ids import AssetId, OrderId, Sequence, TradeId, UserId
from tests.unit.feed.examples import INR, NEW_YEAR_NS, SCALE

POSITION = position(3, 2)


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
    # Always refused, and told all the same.
    order(LIMIT, GTC, REJECTED, special(trigger=TRAILING_STOP, trail_bps=150)),
]


@pytest.mark.parametrize("state", ORDERS)
def test_the_stream_shows_an_order_as_rest_does(state: OrderState) -> None:
    report = ExecutionReport(Sequence(3), REPORT_ACCEPTED, 0, state, TradeId(0), 0, 0, 0, False)
    shown = msgspec.json.encode(report_data(POSITION, report, SCALE).order)
    assert shown == msgspec.json.encode(rest_order(state, SCALE))


def test_a_fill_of_a_maker_who_gets_a_rebate() -> None:
    report = ExecutionReport(Sequence(3), REPORT_FILL, 0, order(), TradeId(8), 1_999, 4, -20, True)
    shown = json.loads(msgspec.json.encode(report_data(POSITION, report, SCALE)))
    assert (shown["type"], shown["position"]) == ("report", "3.2")
    assert (shown["event"], shown["reason"]) == ("fill", None)
    assert shown["fill"] == {
        "price": "99.95",
        "quantity": "2.0",
        "trade_id": "8",
        "fee": "-0.000020",
        "is_maker": True,
    }
    assert (shown["order"]["remaining_quantity"], shown["order"]["fee"]) == ("2.5", "-0.000020")


def test_a_fill_of_its_own_stream_names_its_order() -> None:
    report = ExecutionReport(Sequence(3), REPORT_FILL, 0, order(), TradeId(8), 1_999, 4, -20, True)
    assert json.loads(msgspec.json.encode(fill_data(POSITION, report, SCALE))) == {
        "type": "fill",
        "position": "3.2",
        "user_id": "7",
        "order_id": str(1 << 60),
        "client_order_id": "mine",
        "market": "TATA_INR",
        "side": "buy",
        "price": "99.95",
        "quantity": "2.0",
        "trade_id": "8",
        "fee": "-0.000020",
        "is_maker": True,
        "order_status": "partially_filled",
        "timestamp": "2024-01-01T00:00:00.000001Z",
    }


def test_a_report_says_why() -> None:
    ended = ExecutionReport(
        Sequence(3), REPORT_CANCELLED, SELF_TRADE, order(), TradeId(0), 0, 0, 0, False
    )
    data = report_data(POSITION, ended, SCALE)
    assert (data.event, data.reason, data.fill) == ("cancelled", "SELF_TRADE", None)


def test_a_balance_says_what_for() -> None:
    change = BalanceChange(
        Sequence(3), NEW_YEAR_NS, UserId(7), AssetId(2), DEPOSIT, 1_500_000, 0, 1_500_000, 0,
        TradeId(0), "r",
    )  # fmt: skip
    assert json.loads(msgspec.json.encode(balance_data(POSITION, change, INR))) == {
        "type": "balance",
        "position": "3.2",
        "user_id": "7",
        "asset": "INR",
        "reason": "deposit",
        "change": "1.500000",
        "fee": "0.000000",
        "total": "1.500000",
        "held": "0.000000",
        "trade_id": None,
        "reference": "r",
        "timestamp": "2024-01-01T00:00:00.000000Z",
    }


def test_a_start_is_a_position_after_whole_commands_or_after_an_event() -> None:
    assert json.loads(msgspec.json.encode(start_data(position_after(4710), 7))) == {
        "type": "start",
        "position": "4710",
        "user_id": "7",
    }
    assert start_data(position(4711, 2), 7).position == "4711.2"
