"""What a refusal is like as a message: answered, told where it is told, and without a trace.

Which reason there is for what, and which goes first, is in the tables of tests/scenarios.
"""

import pytest
from msgspec.structs import replace

from proto.codes import (
    BUY,
    DEADLINE_PASSED,
    DUPLICATE_CLIENT_ORDER_ID,
    FOK,
    GTC,
    INSUFFICIENT_BALANCE,
    INVALID_ORDER,
    IOC,
    LIMIT,
    MARKET,
    NOTIONAL_TOO_SMALL,
    ORDER_NOT_OPEN,
    POST_ONLY_WOULD_CROSS,
    PRICE_OUT_OF_RANGE,
    QUANTITY_OUT_OF_RANGE,
    REASON_NAMES,
    TOO_MANY_OPEN_ORDERS,
    UNKNOWN_MARKET,
    UNKNOWN_ORDER,
)
from proto.commands import CancelOrder, PlaceOrder
from proto.limits import OPEN_ORDERS_PER_USER_MAX
from proto.replies import OrderReply, Rejected
from tests.applying import apply_to
from tests.scenarios.views import view
from tests.unit.core.scenario import START_NS, Scenario

GOOD = PlaceOrder(7, 0, 1, 1, BUY, LIMIT, GTC, False, 100, 10, "")
CANCEL = CancelOrder(8, 0, 1, 1, 0, "a")

REFUSED = [
    (DEADLINE_PASSED, {"deadline_ns": 1, "market_id": 9}),
    (UNKNOWN_MARKET, {"market_id": 9, "price_ticks": 0}),
    (DUPLICATE_CLIENT_ORDER_ID, {"client_order_id": "a", "price_ticks": 0}),
    (INVALID_ORDER, {"price_ticks": 0, "quantity_lots": 1}),
    (INVALID_ORDER, {"order_type": MARKET, "time_in_force": IOC}),
    (INVALID_ORDER, {"order_type": MARKET, "price_ticks": 0}),
    (
        INVALID_ORDER,
        {"order_type": MARKET, "price_ticks": 0, "time_in_force": FOK, "post_only": True},
    ),
    (INVALID_ORDER, {"time_in_force": IOC, "post_only": True}),
    (INVALID_ORDER, {"time_in_force": FOK, "post_only": True}),
    (PRICE_OUT_OF_RANGE, {"price_ticks": 1_001, "quantity_lots": 1}),
    (QUANTITY_OUT_OF_RANGE, {"quantity_lots": 1, "price_ticks": 1}),
    (QUANTITY_OUT_OF_RANGE, {"quantity_lots": 501}),
    (
        QUANTITY_OUT_OF_RANGE,
        {"order_type": MARKET, "price_ticks": 0, "time_in_force": IOC, "quantity_lots": 1},
    ),
    (NOTIONAL_TOO_SMALL, {"price_ticks": 24, "quantity_lots": 2, "user_id": 9}),
    (POST_ONLY_WOULD_CROSS, {"post_only": True, "price_ticks": 200, "user_id": 9}),
    (INSUFFICIENT_BALANCE, {"user_id": 9}),
    (INSUFFICIENT_BALANCE, {"price_ticks": 1_000, "quantity_lots": 11}),
]


def prepared() -> Scenario:
    return Scenario().run("""
        deposit 1 10000.00 INR  -> ok
        deposit 2 500 GOLD      -> ok
        1 buy 10 @ 50 id=a      -> new
        2 sell 10 @ 200 id=a    -> new
    """)


@pytest.mark.parametrize(("reason", "changes"), REFUSED)
def test_refused_order(reason: int, changes: dict[str, object]) -> None:
    scenario = prepared()
    before = view(scenario, "book"), view(scenario, "balance 1 INR")
    command = replace(GOOD, **changes)
    reply = scenario.apply(command)
    assert isinstance(reply, Rejected)
    assert (reply.request_id, REASON_NAMES[reply.reason]) == (7, REASON_NAMES[reason])
    assert (view(scenario, "book"), view(scenario, "balance 1 INR")) == before
    told = reason not in (DEADLINE_PASSED, UNKNOWN_MARKET, DUPLICATE_CLIENT_ORDER_ID)
    assert [report.reason for report in scenario.events.reports] == [reason] * told
    assert not scenario.events.level_changes


def test_the_good_order_is_good() -> None:
    scenario = prepared()
    assert isinstance(scenario.apply(GOOD), OrderReply)
    deadline_ns = scenario.timestamp_ns + 1_000_000
    assert isinstance(scenario.apply(replace(GOOD, deadline_ns=deadline_ns)), OrderReply)


def test_too_many_open_orders() -> None:
    scenario = prepared().run("deposit 1 30000000.00 INR -> ok")
    engine = scenario.engine
    # Past the scenario, which would check all invariants after each of so many.
    for _ in range(OPEN_ORDERS_PER_USER_MAX - 1):
        reply, _ = apply_to(engine, scenario.timestamp_ns, GOOD)
        assert isinstance(reply, OrderReply)
    scenario.run("""
        1 buy 10 @ 200          -> TOO_MANY_OPEN_ORDERS
        1 buy 10 @ 200 ioc      -> filled 10@200
    """)
    reply = scenario.apply(replace(GOOD, post_only=True, price_ticks=999))
    assert reply == Rejected(7, TOO_MANY_OPEN_ORDERS)
    scenario.run("""
        1 cancel id=a           -> cancelled
        1 buy 10 @ 51           -> new
    """)


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        (DEADLINE_PASSED, {"deadline_ns": START_NS, "market_id": 9}),
        (UNKNOWN_MARKET, {"market_id": 9, "client_order_id": "x"}),
        (UNKNOWN_ORDER, {"client_order_id": "x"}),
        (UNKNOWN_ORDER, {"client_order_id": ""}),
        (UNKNOWN_ORDER, {"client_order_id": "", "order_id": 77}),
        # Somebody else's.
        (UNKNOWN_ORDER, {"client_order_id": "", "order_id": 7}),
        (UNKNOWN_ORDER, {"user_id": 3}),
        (ORDER_NOT_OPEN, {"client_order_id": "filled"}),
        (ORDER_NOT_OPEN, {"client_order_id": "expired"}),
    ],
)
def test_refused_cancel(reason: int, changes: dict[str, object]) -> None:
    scenario = prepared().run("""
        1 buy 5 @ 200 id=filled         -> filled 5@200
        1 buy 5 @ 60 ioc id=expired     -> expired
    """)
    assert scenario.apply(replace(CANCEL, **changes)) == Rejected(8, reason)
    assert not scenario.events.reports
