"""The ledger: accounts that come into being, and invariants that see every way to lose money."""

from collections.abc import Callable

import pytest

from matcher.core.account import Account
from matcher.core.ledger import DEPOSITED_MAX, AssetTotals, Ledger
from matcher.core.transfer import Transfer
from matcher.core.transfers import deposit, request_transfer
from proto.codes import CONFIRMED, DECLINED, DEPOSIT, REQUESTED, TRANSFER_OUT, WITHDRAWAL
from proto.commands import Deposit, RequestTransfer
from proto.ids import UserId
from proto.limits import AMOUNT_MAX
from tests.unit.core.bank import GOLD, INR, Bank


def test_an_account_is_stored_only_when_it_is_asked_for() -> None:
    ledger = Ledger()
    found = ledger.find(5)
    assert found.user_id == 5
    assert not ledger.accounts
    assert ledger.find(5) is not found
    ledger.store(found)
    assert ledger.find(5) is found
    assert ledger.account(5) is found
    # Once more does no harm; another one in its place would.
    ledger.store(found)
    with pytest.raises(AssertionError):
        ledger.store(Account(UserId(5)))
    assert ledger.account(6) is ledger.find(6)
    assert list(ledger.accounts) == [5, 6]


@pytest.mark.parametrize(
    ("deposited", "withdrawn", "room"),
    [
        (0, 0, AMOUNT_MAX),
        (AMOUNT_MAX, 0, 0),
        (AMOUNT_MAX, 10, 10),
        (AMOUNT_MAX - 3, 0, 3),
        # Few are left, but the sum of all deposits is told too.
        (DEPOSITED_MAX - 5, DEPOSITED_MAX - 5, 5),
        (DEPOSITED_MAX, DEPOSITED_MAX, 0),
    ],
)
def test_room_for_one_more_deposit(deposited: int, withdrawn: int, room: int) -> None:
    totals = AssetTotals()
    totals.deposited, totals.withdrawn = deposited, withdrawn
    assert totals.has_room(room)
    assert not totals.has_room(room + 1)


def test_only_a_withdrawal_that_waits_holds() -> None:
    held = [
        (kind, status)
        for kind in (DEPOSIT, WITHDRAWAL, TRANSFER_OUT)
        for status in (REQUESTED, CONFIRMED, DECLINED)
        if Transfer(UserId(1), INR, 5, kind, status).holds()
    ]
    assert held == [(WITHDRAWAL, REQUESTED)]


def prepared() -> Bank:
    """User 1 owns 100 of INR; a withdrawal holds 30 of them, and orders hold 20."""
    bank = Bank()
    bank.apply(deposit, Deposit(0, 1, INR, 110, "in"))
    bank.charge(1, INR, 10)
    bank.apply(request_transfer, RequestTransfer(0, 1, INR, 30, "out", True))
    bank.state.ledger.account(1).balance(INR).hold(20)
    return bank


def test_holds_are_those_of_orders_and_withdrawals() -> None:
    ledger = prepared().state.ledger
    ledger.check_invariants({(1, INR): 20})
    ledger.check_invariants({(1, INR): 20, (2, INR): 0, (1, GOLD): 0})


@pytest.mark.parametrize(
    "held_by_orders",
    [
        {},
        {(1, INR): 19},
        {(1, INR): 21},
        {(1, GOLD): 20},
        {(1, INR): 20, (2, INR): 1},
        {(1, INR): 20, (1, GOLD): 1},
    ],
)
def test_other_holds_are_seen(held_by_orders: dict[tuple[int, int], int]) -> None:
    with pytest.raises(AssertionError):
        prepared().state.ledger.check_invariants(held_by_orders)


def lose(ledger: Ledger) -> None:
    ledger.account(1).balance(INR).debit(1)


def invent(ledger: Ledger) -> None:
    ledger.account(2).balance(INR).credit(1)


def hold_for_nobody(ledger: Ledger) -> None:
    ledger.account(1).balance(INR).hold(1)


def overdraw(ledger: Ledger) -> None:
    # A user gains what another is missing: the sum is right, the balance is not.
    ledger.account(2).balance(INR).credit(101)
    ledger.account(1).balance(INR).total -= 101


def overdraw_fees(ledger: Ledger) -> None:
    ledger.totals[INR].fees -= 11
    ledger.account(1).balance(INR).credit(11)


def deposit_without_transfer(ledger: Ledger) -> None:
    ledger.totals[INR].deposited += 5
    ledger.account(1).balance(INR).credit(5)


def withdraw_without_transfer(ledger: Ledger) -> None:
    ledger.totals[INR].withdrawn += 5
    ledger.account(1).balance(INR).debit(5)


def forget_a_transfer(ledger: Ledger) -> None:
    del ledger.transfers["in"]


def forget_a_withdrawal(ledger: Ledger) -> None:
    del ledger.transfers["out"]


def misplace_an_account(ledger: Ledger) -> None:
    ledger.accounts[3] = ledger.accounts.pop(1)


@pytest.mark.parametrize(
    "spoil",
    [
        lose,
        invent,
        hold_for_nobody,
        overdraw,
        overdraw_fees,
        deposit_without_transfer,
        withdraw_without_transfer,
        forget_a_transfer,
        forget_a_withdrawal,
        misplace_an_account,
    ],
)
def test_what_is_wrong_is_seen(spoil: Callable[[Ledger], None]) -> None:
    ledger = prepared().state.ledger
    spoil(ledger)
    with pytest.raises(AssertionError):
        ledger.check_invariants({(1, INR): 20})
