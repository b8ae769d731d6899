"""Exactly once, message by message: the same client_order_id, the same reference again."""

import pytest
from msgspec.structs import replace

from proto.codes import (
    AMOUNT_OUT_OF_RANGE,
    BUY,
    CONFIRMED,
    DEPOSIT,
    DUPLICATE_CLIENT_ORDER_ID,
    DUPLICATE_REFERENCE,
    FOK,
    GTC,
    INSUFFICIENT_BALANCE,
    IOC,
    LIMIT,
    SELL,
    UNKNOWN_ASSET,
    WITHDRAWAL,
)
from proto.commands import Deposit, PlaceOrder, Withdraw
from proto.limits import AMOUNT_MAX
from proto.replies import OrderReply, Rejected, TransferReply
from tests.unit.core.scenario import Scenario

ORDER = PlaceOrder(1, 0, 1, 1, BUY, LIMIT, GTC, False, 102, 10, "mine")


def prepared() -> Scenario:
    return Scenario().run("""
        deposit 1 10000.00 INR  -> ok
        deposit 2 500 GOLD      -> ok
        2 sell 3 @ 100          -> new
        2 sell 4 @ 101          -> new
    """)


@pytest.mark.parametrize(
    "changes",
    [{}, {"time_in_force": IOC}, {"time_in_force": FOK}, {"quantity_lots": 7}, {"price_ticks": 99}],
)
def test_the_first_outcome_is_told_again_whatever_came_later(changes: dict[str, object]) -> None:
    scenario = prepared()
    order = replace(ORDER, **changes)
    first = scenario.apply(order)
    assert isinstance(first, OrderReply)
    scenario.apply(replace(ORDER, user_id=2, side=SELL, price_ticks=90, client_order_id=""))
    again = scenario.apply(replace(order, request_id=5, deadline_ns=2**61))
    assert again == replace(first, request_id=5)
    assert not scenario.events.reports


def test_the_first_outcome_is_told_after_a_cancel() -> None:
    scenario = prepared()
    first = scenario.apply(ORDER)
    scenario.run("1 cancel id=mine -> cancelled")
    assert scenario.apply(ORDER) == first


@pytest.mark.parametrize(
    "changes",
    [
        {"side": SELL},
        {"time_in_force": IOC},
        {"post_only": True},
        {"price_ticks": 103},
        {"quantity_lots": 11},
    ],
)
def test_another_order_under_a_used_name_is_refused(changes: dict[str, object]) -> None:
    scenario = prepared()
    scenario.apply(ORDER)
    assert scenario.apply(replace(ORDER, **changes)) == Rejected(1, DUPLICATE_CLIENT_ORDER_ID)


def test_transfers_are_answered_and_told() -> None:
    scenario = Scenario()
    deposit = Deposit(3, 1, 1, 500, "a")
    assert scenario.apply(deposit) == TransferReply(3, 1, 1, 500, "a", DEPOSIT, CONFIRMED)
    (change,) = scenario.events.balance_changes
    assert (change.change_amount, change.total_amount, change.reference) == (500, 500, "a")
    assert scenario.apply(replace(deposit, request_id=4)) == TransferReply(
        4, 1, 1, 500, "a", DEPOSIT, CONFIRMED
    )
    assert not scenario.events.balance_changes
    assert scenario.apply(Withdraw(5, 1, 1, 200, "b")) == TransferReply(
        5, 1, 1, 200, "b", WITHDRAWAL, CONFIRMED
    )
    (change,) = scenario.events.balance_changes
    assert (change.change_amount, change.total_amount) == (-200, 300)


def test_an_asset_never_exceeds_its_bound() -> None:
    scenario = Scenario()
    assert scenario.apply(Deposit(1, 1, 9, 5, "a")) == Rejected(1, UNKNOWN_ASSET)
    assert scenario.apply(Withdraw(1, 1, 9, 5, "a")) == Rejected(1, UNKNOWN_ASSET)
    assert isinstance(scenario.apply(Deposit(1, 1, 1, AMOUNT_MAX, "a")), TransferReply)
    assert scenario.apply(Deposit(1, 2, 1, 1, "b")) == Rejected(1, AMOUNT_OUT_OF_RANGE)
    assert isinstance(scenario.apply(Withdraw(1, 1, 1, 10, "c")), TransferReply)
    assert isinstance(scenario.apply(Deposit(1, 2, 1, 10, "b")), TransferReply)
    assert scenario.apply(Deposit(1, 2, 1, 1, "d")) == Rejected(1, AMOUNT_OUT_OF_RANGE)
    assert scenario.apply(Withdraw(1, 2, 1, 11, "e")) == Rejected(1, INSUFFICIENT_BALANCE)
    assert scenario.apply(Deposit(1, 2, 1, 10, "a")) == Rejected(1, DUPLICATE_REFERENCE)


def test_the_sum_of_all_deposits_stays_in_a_column() -> None:
    scenario = Scenario()
    for number in range(2):
        deposit = Deposit(1, 1, 1, AMOUNT_MAX, f"in-{number}")
        assert isinstance(scenario.apply(deposit), TransferReply)
        withdrawal = Withdraw(1, 1, 1, AMOUNT_MAX, f"out-{number}")
        assert isinstance(scenario.apply(withdrawal), TransferReply)
    assert scenario.apply(Deposit(1, 1, 1, 2, "x")) == Rejected(1, AMOUNT_OUT_OF_RANGE)
