"""Transfers: what each moves, holds, tells and refuses; and the same reference again."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from matcher.core.state import State
from matcher.core.transfers import (
    answer_transfer,
    collect_fees,
    deposit,
    request_transfer,
    settle_transfer,
    transfer_between,
    withdraw,
)
from proto.codes import (
    AMOUNT_OUT_OF_RANGE,
    ASSET_FROZEN,
    CONFIRMED,
    DECLINED,
    DEPOSIT,
    DUPLICATE_REFERENCE,
    FEES_COLLECTED,
    INSUFFICIENT_BALANCE,
    INVALID_TRANSFER,
    REASON_NAMES,
    REQUESTED,
    TRANSFER_IN,
    TRANSFER_OUT,
    TRANSFER_SETTLED,
    UNKNOWN_ASSET,
    UNKNOWN_TRANSFER,
    USER_FROZEN,
    WITHDRAWAL,
    WITHDRAWAL_REJECTED,
    WITHDRAWAL_REQUESTED,
)
from proto.commands import (
    CollectFees,
    Deposit,
    RequestTransfer,
    SettleTransfer,
    TransferBetween,
    Withdraw,
)
from proto.events import BalanceChange, EventBatch, TransferState
from proto.limits import AMOUNT_MAX
from proto.queries import TransferQuery
from proto.replies import Rejected, Reply, TransferReply
from tests.unit.core.bank import GOLD, INR, Bank

Command = Deposit | Withdraw | RequestTransfer | TransferBetween | CollectFees

DEPOSITING = Deposit(7, 1, INR, 40, "ref")
WITHDRAWING = Withdraw(7, 1, INR, 40, "ref")
REQUESTING_DEPOSIT = RequestTransfer(7, 1, INR, 40, "ref", False)
REQUESTING_WITHDRAWAL = RequestTransfer(7, 1, INR, 40, "ref", True)
GIVING = TransferBetween(7, 1, 2, INR, 40, "ref")
COLLECTING = CollectFees(7, 1, INR, 40, "ref")
ALL: list[Command] = [
    DEPOSITING,
    WITHDRAWING,
    REQUESTING_DEPOSIT,
    REQUESTING_WITHDRAWAL,
    GIVING,
    COLLECTING,
]
GIVES = (Withdraw, TransferBetween)


def run(bank: Bank, command: Command) -> Reply:
    if isinstance(command, Deposit):
        return bank.apply(deposit, command)
    if isinstance(command, Withdraw):
        return bank.apply(withdraw, command)
    if isinstance(command, RequestTransfer):
        return bank.apply(request_transfer, command)
    if isinstance(command, TransferBetween):
        return bank.apply(transfer_between, command)
    return bank.apply(collect_fees, command)


def settle(bank: Bank, confirm: bool, reference: str = "ref") -> Reply:
    return bank.apply(settle_transfer, SettleTransfer(8, reference, confirm))


def funded() -> Bank:
    """User 1 has 100 of each asset, and 50 of each were collected as fees."""
    bank = Bank()
    for asset_id in (INR, GOLD):
        bank.apply(deposit, Deposit(0, 1, asset_id, 150, f"start-{asset_id}"))
        bank.charge(1, asset_id, 50)
    return bank


def money(state: State) -> object:
    """All that a transfer may change."""
    ledger = state.ledger
    return (
        {key: (t.deposited, t.withdrawn, t.fees) for key, t in ledger.totals.items()},
        {
            (user_id, asset_id): (balance.total, balance.held)
            for user_id, account in ledger.accounts.items()
            for asset_id, balance in account.balances.items()
        },
        list(ledger.accounts),
        dict(ledger.transfers),
    )


def name(value: object) -> str | None:
    return type(value).__name__ if isinstance(value, Command) else None


@pytest.mark.parametrize(
    ("command", "kind", "status", "changes"),
    [
        (DEPOSITING, DEPOSIT, CONFIRMED, [(1, DEPOSIT, 40, 140, 0)]),
        (WITHDRAWING, WITHDRAWAL, CONFIRMED, [(1, WITHDRAWAL, -40, 60, 0)]),
        (REQUESTING_DEPOSIT, DEPOSIT, REQUESTED, []),
        (REQUESTING_WITHDRAWAL, WITHDRAWAL, REQUESTED, [(1, WITHDRAWAL_REQUESTED, 0, 100, 40)]),
        (
            GIVING,
            TRANSFER_OUT,
            CONFIRMED,
            [(1, TRANSFER_OUT, -40, 60, 0), (2, TRANSFER_IN, 40, 40, 0)],
        ),
        (COLLECTING, FEES_COLLECTED, CONFIRMED, [(1, FEES_COLLECTED, 40, 140, 0)]),
    ],
    ids=name,
)
def test_what_is_done_told_and_answered(
    command: Command, kind: int, status: int, changes: list[tuple[int, ...]]
) -> None:
    bank = funded()
    to_user_id = command.to_user_id if isinstance(command, TransferBetween) else 0
    reply = TransferReply(7, 1, INR, 40, "ref", kind, status, to_user_id)
    assert run(bank, command) == reply
    assert bank.changes() == changes
    assert bank.stamps() <= {bank.stamp()}
    for change in bank.events.balance_changes:
        assert (change.fee_amount, change.trade_id, change.reference) == (0, 0, "ref")
        assert bank.balance(change.user_id, INR) == (change.total_amount, change.held_amount)
    # Only one in two steps has states to tell.
    states = [TransferState(*bank.stamp(), "ref", 1, INR, 40, kind, status)]
    assert bank.events.transfers == (states if isinstance(command, RequestTransfer) else [])
    assert answer_transfer(TransferQuery(9, "ref"), bank.state) == replace(reply, request_id=9)


@pytest.mark.parametrize("command", ALL, ids=name)
def test_the_same_again_is_answered_and_does_nothing(command: Command) -> None:
    bank = funded()
    first = run(bank, command)
    assert isinstance(first, TransferReply)
    # The answer comes before any other check: nothing of all this matters any more.
    bank.state.ledger.account(1).is_frozen = True
    bank.state.frozen_assets.add(INR)
    before = money(bank.state)
    assert run(bank, replace(command, request_id=9)) == replace(first, request_id=9)
    assert bank.is_silent()
    assert money(bank.state) == before


@pytest.mark.parametrize("command", ALL, ids=name)
def test_all_transfers_share_one_space_of_references(command: Command) -> None:
    bank = funded()
    run(bank, command)
    before = money(bank.state)
    others = [other for other in ALL if other != command]
    others += [
        replace(command, user_id=3),
        replace(command, asset_id=GOLD),
        replace(command, amount=39),
    ]
    if isinstance(command, TransferBetween):
        others.append(replace(command, to_user_id=3))
    for other in others:
        assert run(bank, other) == Rejected(7, DUPLICATE_REFERENCE), other
        assert bank.is_silent()
    assert money(bank.state) == before


Preparation = Callable[[Bank], None]


def freeze_user(bank: Bank) -> None:
    bank.state.ledger.account(1).is_frozen = True


def freeze_taker(bank: Bank) -> None:
    bank.state.ledger.account(2).is_frozen = True


def freeze_asset(bank: Bank) -> None:
    bank.state.frozen_assets.add(INR)


def hold_61(bank: Bank) -> None:
    bank.apply(request_transfer, RequestTransfer(0, 1, INR, 61, "held", True))


def collect_11(bank: Bank) -> None:
    bank.apply(collect_fees, CollectFees(0, 3, INR, 11, "eleven"))


def fill_asset(bank: Bank) -> None:
    bank.apply(deposit, Deposit(0, 3, INR, AMOUNT_MAX - 150 - 39, "rest"))


@pytest.mark.parametrize(
    ("prepare", "command", "reason"),
    [
        (freeze_user, WITHDRAWING, USER_FROZEN),
        (freeze_user, REQUESTING_WITHDRAWAL, USER_FROZEN),
        (freeze_user, GIVING, USER_FROZEN),
        (freeze_asset, DEPOSITING, ASSET_FROZEN),
        (freeze_asset, WITHDRAWING, ASSET_FROZEN),
        (freeze_asset, REQUESTING_DEPOSIT, ASSET_FROZEN),
        (freeze_asset, REQUESTING_WITHDRAWAL, ASSET_FROZEN),
        (freeze_asset, GIVING, ASSET_FROZEN),
        (freeze_asset, COLLECTING, ASSET_FROZEN),
        (hold_61, WITHDRAWING, INSUFFICIENT_BALANCE),
        (hold_61, REQUESTING_WITHDRAWAL, INSUFFICIENT_BALANCE),
        (hold_61, GIVING, INSUFFICIENT_BALANCE),
        (collect_11, COLLECTING, INSUFFICIENT_BALANCE),
        (fill_asset, DEPOSITING, AMOUNT_OUT_OF_RANGE),
    ],
)
def test_refused(prepare: Preparation, command: Command, reason: int) -> None:
    bank = funded()
    prepare(bank)
    before = money(bank.state)
    reply = run(bank, command)
    assert isinstance(reply, Rejected)
    assert REASON_NAMES[reply.reason] == REASON_NAMES[reason]
    assert bank.is_silent()
    assert money(bank.state) == before
    # The reference is still free.
    assert answer_transfer(TransferQuery(9, "ref"), bank.state) == Rejected(9, UNKNOWN_TRANSFER)


@pytest.mark.parametrize(
    ("prepare", "command"),
    [
        (freeze_user, DEPOSITING),
        (freeze_user, REQUESTING_DEPOSIT),
        (freeze_user, COLLECTING),
        (freeze_taker, GIVING),
        (hold_61, DEPOSITING),
        # To the last unit that there is, and that fits.
        (hold_61, replace(WITHDRAWING, amount=39)),
        (hold_61, replace(REQUESTING_WITHDRAWAL, amount=39)),
        (hold_61, replace(GIVING, amount=39)),
        (collect_11, replace(COLLECTING, amount=39)),
        (fill_asset, replace(DEPOSITING, amount=39)),
        # Nothing happens yet.
        (fill_asset, REQUESTING_DEPOSIT),
        (fill_asset, WITHDRAWING),
        (fill_asset, GIVING),
        (fill_asset, COLLECTING),
    ],
)
def test_not_refused(prepare: Preparation, command: Command) -> None:
    bank = funded()
    prepare(bank)
    assert isinstance(run(bank, command), TransferReply)


@pytest.mark.parametrize("command", ALL, ids=name)
def test_precedence(command: Command) -> None:
    """Break every rule that there is, then mend them one by one."""
    bank = funded()
    bank.apply(deposit, Deposit(0, 9, GOLD, 1, "ref"))
    ledger = bank.state.ledger
    gives = isinstance(command, GIVES) or command is REQUESTING_WITHDRAWAL
    giving = isinstance(command, TransferBetween)
    bad = replace(command, asset_id=99, amount=AMOUNT_MAX)
    if isinstance(bad, TransferBetween):
        bad = replace(bad, to_user_id=bad.user_id)
    freeze_user(bank)
    freeze_asset(bank)
    told: list[int] = []

    def attempt(command: Command) -> None:
        reply = run(bank, command)
        assert isinstance(reply, Rejected)
        told.append(reply.reason)

    attempt(bad)
    bad = replace(bad, asset_id=INR)
    attempt(bad)
    bad = replace(bad, reference="free")
    attempt(bad)
    if isinstance(bad, TransferBetween):
        bad = replace(bad, to_user_id=2)
        attempt(bad)
    if gives:
        ledger.account(1).is_frozen = False
        attempt(bad)
    bank.state.frozen_assets.remove(INR)
    last = run(bank, bad)
    expected = [UNKNOWN_ASSET, DUPLICATE_REFERENCE]
    expected += [INVALID_TRANSFER] if giving else []
    expected += [USER_FROZEN] if gives else []
    assert told == [*expected, ASSET_FROZEN]
    if command is DEPOSITING:
        assert last == Rejected(7, AMOUNT_OUT_OF_RANGE)
    elif command is REQUESTING_DEPOSIT:
        assert isinstance(last, TransferReply)
    else:
        assert last == Rejected(7, INSUFFICIENT_BALANCE)


def test_nothing_is_given_to_oneself() -> None:
    bank = funded()
    assert run(bank, replace(GIVING, to_user_id=1)) == Rejected(7, INVALID_TRANSFER)


@pytest.mark.parametrize(
    ("request_", "confirm", "changes"),
    [
        (REQUESTING_WITHDRAWAL, True, [(1, WITHDRAWAL, -40, 60, 0)]),
        (REQUESTING_WITHDRAWAL, False, [(1, WITHDRAWAL_REJECTED, 0, 100, 0)]),
        (REQUESTING_DEPOSIT, True, [(1, DEPOSIT, 40, 140, 0)]),
        (REQUESTING_DEPOSIT, False, []),
    ],
)
def test_settling(request_: RequestTransfer, confirm: bool, changes: list[tuple[int, ...]]) -> None:
    bank = funded()
    run(bank, request_)
    # Settling goes on, whoever is frozen.
    freeze_user(bank)
    freeze_asset(bank)
    kind = WITHDRAWAL if request_.is_withdrawal else DEPOSIT
    status = CONFIRMED if confirm else DECLINED
    reply = TransferReply(8, 1, INR, 40, "ref", kind, status)
    assert settle(bank, confirm) == reply
    assert bank.changes() == changes
    assert bank.events.transfers == [TransferState(*bank.stamp(), "ref", 1, INR, 40, kind, status)]
    before = money(bank.state)
    # The same way again, and the request again: as it stands now. The other way: no more.
    assert settle(bank, confirm) == reply
    assert bank.is_silent()
    assert run(bank, request_) == replace(reply, request_id=7)
    assert bank.is_silent()
    assert settle(bank, not confirm) == Rejected(8, TRANSFER_SETTLED)
    assert bank.is_silent()
    assert money(bank.state) == before


def test_settling_what_nobody_requested() -> None:
    bank = funded()
    assert settle(bank, True, "never") == Rejected(8, UNKNOWN_TRANSFER)
    assert bank.is_silent()


@pytest.mark.parametrize("command", [DEPOSITING, WITHDRAWING, GIVING, COLLECTING], ids=name)
def test_a_transfer_in_a_single_step_is_settled(command: Command) -> None:
    bank = funded()
    first = run(bank, command)
    assert isinstance(first, TransferReply)
    before = money(bank.state)
    assert settle(bank, True) == replace(first, request_id=8)
    assert bank.is_silent()
    assert settle(bank, False) == Rejected(8, TRANSFER_SETTLED)
    assert bank.is_silent()
    assert money(bank.state) == before


def test_a_deposit_that_no_longer_fits_waits_until_it_does() -> None:
    bank = funded()
    run(bank, REQUESTING_DEPOSIT)
    fill_asset(bank)
    before = money(bank.state)
    assert settle(bank, True) == Rejected(8, AMOUNT_OUT_OF_RANGE)
    assert bank.is_silent()
    assert money(bank.state) == before
    bank.apply(withdraw, Withdraw(0, 3, INR, 1, "room"))
    assert settle(bank, True) == TransferReply(8, 1, INR, 40, "ref", DEPOSIT, CONFIRMED)
    assert bank.balance(1, INR) == (140, 0)


def test_a_declined_deposit_that_does_not_fit_is_declined() -> None:
    bank = funded()
    run(bank, REQUESTING_DEPOSIT)
    fill_asset(bank)
    assert settle(bank, False) == TransferReply(8, 1, INR, 40, "ref", DEPOSIT, DECLINED)


def test_what_is_held_is_neither_moved_nor_held_again() -> None:
    bank = funded()
    for number, amount in enumerate((60, 39)):
        command = RequestTransfer(7, 1, INR, amount, f"held-{number}", True)
        assert isinstance(run(bank, command), TransferReply)
    assert bank.balance(1, INR) == (100, 99)
    assert run(bank, replace(GIVING, amount=2)) == Rejected(7, INSUFFICIENT_BALANCE)
    assert isinstance(run(bank, replace(GIVING, amount=1)), TransferReply)
    settle(bank, False, "held-0")
    settle(bank, True, "held-1")
    assert bank.balance(1, INR) == (60, 0)


def test_a_refused_or_announced_deposit_makes_no_account() -> None:
    bank = Bank()
    run(bank, REQUESTING_DEPOSIT)
    run(bank, WITHDRAWING)
    run(bank, replace(REQUESTING_WITHDRAWAL, reference="other"))
    assert not bank.state.ledger.accounts
    settle(bank, True)
    assert list(bank.state.ledger.accounts) == [1]


def test_a_statement_can_be_rebuilt() -> None:
    bank = funded()
    told: list[BalanceChange] = []

    def tell(events: EventBatch) -> None:
        told.extend(change for change in events.balance_changes if change.user_id == 1)

    for number, command in enumerate(ALL * 3):
        run(bank, replace(command, reference=str(number), amount=number + 1))
        tell(bank.events)
        if isinstance(command, RequestTransfer):
            settle(bank, number % 4 < 2, str(number))
            tell(bank.events)
    total_amount = 100
    for change in told:
        total_amount += change.change_amount
        assert change.total_amount == total_amount
    assert bank.balance(1, INR) == (total_amount, 0)
    assert {change.reason for change in told} == {
        DEPOSIT,
        WITHDRAWAL,
        WITHDRAWAL_REQUESTED,
        WITHDRAWAL_REJECTED,
        TRANSFER_OUT,
        FEES_COLLECTED,
    }
