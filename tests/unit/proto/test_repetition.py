"""What a client may send again without doing it twice."""

import pytest

from proto.commands import (
    AmendOrder,
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    CollectFees,
    DefineAsset,
    Deposit,
    PlaceList,
    PlaceOrder,
    ReplaceOrder,
    RequestTransfer,
    SetAccount,
    SetAsset,
    SetMarketState,
    SettleTransfer,
    TransferBetween,
    Withdraw,
)
from proto.definitions import AssetDefinition
from proto.mesh.repetition import Message, is_repeatable
from proto.queries import AccountQuery, OrderQuery, TransferQuery


def order(name: str) -> PlaceOrder:
    return PlaceOrder(1, 0, 1, 1, 1, 1, 1, False, 100, 1, name)


@pytest.mark.parametrize(
    "message",
    [
        order("mine"),
        ReplaceOrder(7, "", order("mine")),
        PlaceList(1, [order("mine"), order("")]),
        CancelOrder(1, 0, 1, 1, 7, ""),
        Deposit(1, 1, 1, 5, "a"),
        Withdraw(1, 1, 1, 5, "a"),
        RequestTransfer(1, 1, 1, 5, "a", True),
        SettleTransfer(1, "a", True),
        TransferBetween(1, 1, 2, 1, 5, "a"),
        CollectFees(1, 1, 1, 5, "a"),
        DefineAsset(1, AssetDefinition(1, "INR", 2)),
        AccountQuery(1, 1),
        OrderQuery(1, 1, 7, ""),
        TransferQuery(1, "a"),
    ],
    ids=lambda message: type(message).__name__,
)
def test_what_is_applied_once(message: Message) -> None:
    assert is_repeatable(message)


@pytest.mark.parametrize(
    "message",
    [
        order(""),
        ReplaceOrder(7, "", order("")),
        PlaceList(1, [order(""), order("mine")]),
        AmendOrder(1, 0, 1, 1, 7, "", 100, 0),
        CancelAll(1, 0, 1, 0, 0),
        CancelAllAfter(1, 0, 1, 1_000),
        SetAccount(1, 1, 0, 0, 1, True),
        SetAsset(1, 1, True),
        SetMarketState(1, 1, 3, 0),
    ],
    ids=lambda message: type(message).__name__,
)
def test_what_would_be_done_twice_or_undo_something(message: Message) -> None:
    assert not is_repeatable(message)
