"""Commands that move money without a trade.

Theory of operation
-------------------
Each command names a `Transfer`. A reference that is known is answered as it stands now where it
asks for the same again, and refused where it does not; a new one is checked, in the order of
docs/trading-rules.md, then kept for ever, then takes effect.

A transfer in two steps takes effect twice. Requested, a withdrawal holds its amount, and a deposit
does nothing. Settled, the hold ends, and the transfer happens like one in a single step, or does
not. What was held cannot be missing, so settling asks neither for the balance nor whether somebody
is frozen; a deposit is refused where it no longer fits, and may be settled again later.

Every change of a total, and of what a withdrawal holds, is told as a `BalanceChange`; what becomes
of a transfer in two steps also as a `TransferState`.
"""

from typing import Final, final

from msgspec.structs import replace

from matcher.core.account import Account
from matcher.core.events import Events
from matcher.core.state import State
from matcher.core.transfer import Transfer
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
    OK,
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
from proto.events import TransferState
from proto.ids import AssetId, TradeId, UserId
from proto.queries import TransferQuery
from proto.replies import Rejected, Reply, TransferReply

_NO_TRADE: Final = TradeId(0)


def deposit(command: Deposit, state: State, events: Events) -> Reply:
    """Credit a user at once. Complexity: O(1)."""
    transfer = Transfer(UserId(command.user_id), AssetId(command.asset_id), command.amount, DEPOSIT)
    return _begin(command.request_id, command.reference, transfer, state, events)


def withdraw(command: Withdraw, state: State, events: Events) -> Reply:
    """Debit a user at once. Complexity: O(1)."""
    transfer = Transfer(
        UserId(command.user_id), AssetId(command.asset_id), command.amount, WITHDRAWAL
    )
    return _begin(command.request_id, command.reference, transfer, state, events)


def transfer_between(command: TransferBetween, state: State, events: Events) -> Reply:
    """Move available balance from one user to another. Complexity: O(1)."""
    transfer = Transfer(
        UserId(command.user_id),
        AssetId(command.asset_id),
        command.amount,
        TRANSFER_OUT,
        to_user_id=command.to_user_id,
    )
    return _begin(command.request_id, command.reference, transfer, state, events)


def collect_fees(command: CollectFees, state: State, events: Events) -> Reply:
    """Pay collected fees out to a user. Complexity: O(1)."""
    transfer = Transfer(
        UserId(command.user_id), AssetId(command.asset_id), command.amount, FEES_COLLECTED
    )
    return _begin(command.request_id, command.reference, transfer, state, events)


def request_transfer(command: RequestTransfer, state: State, events: Events) -> Reply:
    """Announce a deposit, or hold what a withdrawal is to take. Complexity: O(1)."""
    transfer = Transfer(
        UserId(command.user_id),
        AssetId(command.asset_id),
        command.amount,
        WITHDRAWAL if command.is_withdrawal else DEPOSIT,
        REQUESTED,
        in_two_steps=True,
    )
    return _begin(command.request_id, command.reference, transfer, state, events)


def settle_transfer(command: SettleTransfer, state: State, events: Events) -> Reply:
    """Confirm or reject a requested transfer.

    One in a single step counts as one that was confirmed.

    Complexity: O(1).
    """
    ledger = state.ledger
    request_id, reference = command.request_id, command.reference
    requested = ledger.transfers.get(reference)
    if requested is None:
        return Rejected(request_id, UNKNOWN_TRANSFER)
    status = CONFIRMED if command.confirm else DECLINED
    if requested.status == status:
        return _reply(request_id, reference, requested)
    if requested.status != REQUESTED:
        return Rejected(request_id, TRANSFER_SETTLED)
    settled = replace(requested, status=status)
    if not _fits(settled, state):
        return Rejected(request_id, AMOUNT_OUT_OF_RANGE)
    # Nothing below this line may fail.
    ledger.transfers[reference] = settled
    account = ledger.find(settled.user_id)
    if requested.holds():
        account.balance(settled.asset_id).release(settled.amount)
    _Effect(state, reference, settled, events).take(account)
    return _reply(request_id, reference, settled)


def answer_transfer(query: TransferQuery, state: State) -> Reply:
    """Tell how a transfer stands, or UNKNOWN_TRANSFER. Complexity: O(1)."""
    transfer = state.ledger.transfers.get(query.reference)
    if transfer is None:
        return Rejected(query.request_id, UNKNOWN_TRANSFER)
    return _reply(query.request_id, query.reference, transfer)


def _begin(
    request_id: int, reference: str, transfer: Transfer, state: State, events: Events
) -> Reply:
    """Answer a known reference; check a new one, keep it and let it take effect."""
    ledger = state.ledger
    if transfer.asset_id not in ledger.totals:
        return Rejected(request_id, UNKNOWN_ASSET)
    first = ledger.transfers.get(reference)
    if first is not None:
        if transfer.repeats(first):
            return _reply(request_id, reference, first)
        return Rejected(request_id, DUPLICATE_REFERENCE)
    account = ledger.find(transfer.user_id)
    reason = _check(transfer, account, state)
    if reason != OK:
        return Rejected(request_id, reason)
    # Nothing below this line may fail.
    ledger.transfers[reference] = transfer
    _Effect(state, reference, transfer, events).take(account)
    return _reply(request_id, reference, transfer)


def _check(transfer: Transfer, account: Account, state: State) -> int:
    """Check a new transfer, from INVALID_TRANSFER on."""
    if transfer.to_user_id == transfer.user_id:
        return INVALID_TRANSFER
    gives = transfer.kind in (WITHDRAWAL, TRANSFER_OUT)
    if gives and account.is_frozen:
        return USER_FROZEN
    if transfer.asset_id in state.frozen_assets:
        return ASSET_FROZEN
    if gives and transfer.amount > account.available(transfer.asset_id):
        return INSUFFICIENT_BALANCE
    if (
        transfer.kind == FEES_COLLECTED
        and transfer.amount > state.ledger.totals[transfer.asset_id].fees
    ):
        return INSUFFICIENT_BALANCE
    return OK if _fits(transfer, state) else AMOUNT_OUT_OF_RANGE


def _fits(transfer: Transfer, state: State) -> bool:
    """Say whether the asset stays in its bounds; only a deposit that happens can break them."""
    if transfer.kind != DEPOSIT or transfer.status != CONFIRMED:
        return True
    return state.ledger.totals[transfer.asset_id].has_room(transfer.amount)


@final
class _Effect:
    """What a transfer does when it gets its status, and what is told of it."""

    __slots__ = ("_events", "_reference", "_state", "_transfer")

    def __init__(self, state: State, reference: str, transfer: Transfer, events: Events) -> None:
        self._state: Final = state
        self._reference: Final = reference
        self._transfer: Final = transfer
        self._events: Final = events

    def take(self, account: Account) -> None:
        """Move, hold or do nothing, as the status says; a hold that ends was released before.

        Args:
            account: The user's; stored or new.
        """
        transfer = self._transfer
        if transfer.in_two_steps:
            self._tell_state()
        if transfer.status == CONFIRMED:
            self._move(account)
        elif transfer.kind == WITHDRAWAL:
            reason = WITHDRAWAL_REJECTED
            if transfer.status == REQUESTED:
                reason = WITHDRAWAL_REQUESTED
                account.balance(transfer.asset_id).hold(transfer.amount)
            self._tell_change(account, reason, 0)

    def _move(self, account: Account) -> None:
        """Let it happen; what is given is taken before what is got is added."""
        ledger = self._state.ledger
        transfer = self._transfer
        kind, asset_id, amount = transfer.kind, transfer.asset_id, transfer.amount
        totals = ledger.totals[asset_id]
        if kind == DEPOSIT:
            totals.deposited += amount
        elif kind == FEES_COLLECTED:
            totals.fees -= amount
            assert totals.fees >= 0
        elif kind == WITHDRAWAL:
            totals.withdrawn += amount
        if kind in (DEPOSIT, FEES_COLLECTED):
            ledger.store(account)
            account.balance(asset_id).credit(amount)
            self._tell_change(account, kind, amount)
            return
        account.balance(asset_id).debit(amount)
        self._tell_change(account, kind, -amount)
        if kind == TRANSFER_OUT:
            taker = ledger.account(transfer.to_user_id)
            taker.balance(asset_id).credit(amount)
            self._tell_change(taker, TRANSFER_IN, amount)

    def _tell_change(self, account: Account, reason: int, change_amount: int) -> None:
        state, asset_id = self._state, self._transfer.asset_id
        balance = account.balance(asset_id)
        self._events.balance_change(
            state.sequence,
            state.timestamp_ns,
            account.user_id,
            asset_id,
            reason,
            change_amount,
            0,
            balance.total,
            balance.held,
            _NO_TRADE,
            self._reference,
        )

    def _tell_state(self) -> None:
        state, transfer = self._state, self._transfer
        self._events.transfers.append(
            TransferState(
                state.sequence,
                state.timestamp_ns,
                self._reference,
                transfer.user_id,
                transfer.asset_id,
                transfer.amount,
                transfer.kind,
                transfer.status,
            )
        )


def _reply(request_id: int, reference: str, transfer: Transfer) -> TransferReply:
    return TransferReply(
        request_id,
        transfer.user_id,
        transfer.asset_id,
        transfer.amount,
        reference,
        transfer.kind,
        transfer.status,
        transfer.to_user_id,
    )
