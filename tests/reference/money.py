"""Balances, fees and transfers of the reference."""

from collections import defaultdict
from dataclasses import dataclass

from proto import codes
from proto.commands import (
    CollectFees,
    Deposit,
    RequestTransfer,
    SettleTransfer,
    TransferBetween,
    Withdraw,
)
from proto.events import BalanceChange, EventBatch, TransferState
from proto.ids import AssetId, Sequence, TradeId, UserId
from proto.limits import AMOUNT_MAX
from proto.replies import AssetSums, BalanceState, Rejected, Reply, TransferReply
from tests.reference.accounts import Accounts
from tests.reference.market import Market

Transfer = Deposit | Withdraw | RequestTransfer | TransferBetween | CollectFees
# Sums of deposits are told in signed 64-bit integers.
DEPOSITED_MAX = 2**63 - 1


@dataclass
class KnownTransfer:
    command: Transfer
    status: int

    @property
    def kind(self) -> int:
        command = self.command
        if isinstance(command, TransferBetween):
            return codes.TRANSFER_OUT
        if isinstance(command, CollectFees):
            return codes.FEES_COLLECTED
        takes = command.is_withdrawal if isinstance(command, RequestTransfer) else None
        if takes is None:
            takes = isinstance(command, Withdraw)
        return codes.WITHDRAWAL if takes else codes.DEPOSIT

    def asked(self) -> tuple[int, int, int, int, int]:
        """What must be the same for a transfer to be the same again."""
        command = self.command
        to_user_id = command.to_user_id if isinstance(command, TransferBetween) else 0
        return self.kind, command.user_id, to_user_id, command.asset_id, command.amount

    def reply(self, request_id: int) -> TransferReply:
        command = self.command
        to_user_id = command.to_user_id if isinstance(command, TransferBetween) else 0
        return TransferReply(
            request_id,
            UserId(command.user_id),
            AssetId(command.asset_id),
            command.amount,
            command.reference,
            self.kind,
            self.status,
            to_user_id,
        )


class Money:
    def __init__(self, markets: dict[int, Market], accounts: Accounts) -> None:
        self.markets = markets
        self.accounts = accounts
        self.asset_ids: set[int] = set()
        self.frozen: set[int] = set()
        self.totals: dict[tuple[int, int], int] = {}
        self.fees: dict[int, int] = defaultdict(int)
        self.deposited: dict[int, int] = defaultdict(int)
        self.withdrawn: dict[int, int] = defaultdict(int)
        self.transfers: dict[str, KnownTransfer] = {}
        self.requested: list[RequestTransfer] = []

    # Balances

    def total(self, user_id: int, asset_id: int) -> int:
        return self.totals.get((user_id, asset_id), 0)

    def held(self, user_id: int, asset_id: int) -> int:
        return sum(market.held(user_id, asset_id) for market in self.markets.values()) + sum(
            command.amount
            for command in self.requested
            if (command.user_id, command.asset_id) == (user_id, asset_id)
        )

    def available(self, user_id: int, asset_id: int) -> int:
        return self.total(user_id, asset_id) - self.held(user_id, asset_id)

    def change(
        self,
        events: EventBatch,
        user_id: int,
        asset_id: int,
        reason: int,
        amount: int,
        *,
        fee: int = 0,
        trade_id: int = 0,
        reference: str = "",
    ) -> None:
        """Add to a total, and tell."""
        self.totals[user_id, asset_id] = total = self.total(user_id, asset_id) + amount
        held = self.held(user_id, asset_id)
        events.balance_changes.append(
            BalanceChange(
                Sequence(events.last_sequence),
                events.timestamp_ns,
                UserId(user_id),
                AssetId(asset_id),
                reason,
                amount,
                fee,
                total,
                held,
                TradeId(trade_id),
                reference,
            )
        )

    # Transfers

    def transfer(self, command: Transfer, events: EventBatch) -> Reply:
        """Apply or announce a transfer under a new reference."""
        requested = isinstance(command, RequestTransfer)
        new = KnownTransfer(command, codes.REQUESTED if requested else codes.CONFIRMED)
        if command.asset_id not in self.asset_ids:
            return Rejected(command.request_id, codes.UNKNOWN_ASSET)
        known = self.transfers.get(command.reference)
        if known is not None and self._is_same(known, command):
            return known.reply(command.request_id)
        reason = codes.DUPLICATE_REFERENCE if known else self._check(command)
        if reason:
            return Rejected(command.request_id, reason)
        self.transfers[command.reference] = new
        self._move(command, events)
        return new.reply(command.request_id)

    def settle(self, command: SettleTransfer, events: EventBatch) -> Reply:
        """Confirm or reject what was requested."""
        known = self.transfers.get(command.reference)
        if known is None:
            return Rejected(command.request_id, codes.UNKNOWN_TRANSFER)
        status = codes.CONFIRMED if command.confirm else codes.DECLINED
        request = known.command
        if known.status != codes.REQUESTED or not isinstance(request, RequestTransfer):
            if known.status == status:
                return known.reply(command.request_id)
            return Rejected(command.request_id, codes.TRANSFER_SETTLED)
        confirms_deposit = command.confirm and not request.is_withdrawal
        if confirms_deposit and not self._has_room(request.asset_id, request.amount):
            return Rejected(command.request_id, codes.AMOUNT_OUT_OF_RANGE)
        known.status = status
        if request.is_withdrawal:
            self.requested.remove(request)
            if command.confirm:
                self._pay_out(request, events)
            else:
                self._tell(request, codes.WITHDRAWAL_REJECTED, 0, events)
        elif command.confirm:
            self._pay_in(request, events)
        self._tell_steps(known, events)
        return known.reply(command.request_id)

    def _is_same(self, known: KnownTransfer, command: Transfer) -> bool:
        same_kind = type(known.command) is type(command)
        return same_kind and known.asked() == KnownTransfer(command, 0).asked()

    def _check(self, command: Transfer) -> int:
        takes = isinstance(command, Withdraw | TransferBetween) or (
            isinstance(command, RequestTransfer) and command.is_withdrawal
        )
        if isinstance(command, TransferBetween) and command.user_id == command.to_user_id:
            return codes.INVALID_TRANSFER
        if takes and self.accounts.of(command.user_id).is_frozen:
            return codes.USER_FROZEN
        if command.asset_id in self.frozen:
            return codes.ASSET_FROZEN
        if takes and command.amount > self.available(command.user_id, command.asset_id):
            return codes.INSUFFICIENT_BALANCE
        if isinstance(command, CollectFees) and command.amount > self.fees[command.asset_id]:
            return codes.INSUFFICIENT_BALANCE
        if isinstance(command, Deposit) and not self._has_room(command.asset_id, command.amount):
            return codes.AMOUNT_OUT_OF_RANGE
        return codes.OK

    def _has_room(self, asset_id: int, amount: int) -> bool:
        deposited = self.deposited[asset_id] + amount
        return deposited - self.withdrawn[asset_id] <= AMOUNT_MAX and deposited <= DEPOSITED_MAX

    def _move(self, command: Transfer, events: EventBatch) -> None:
        if isinstance(command, Deposit):
            self._pay_in(command, events)
        elif isinstance(command, Withdraw):
            self._pay_out(command, events)
        elif isinstance(command, TransferBetween):
            self._tell(command, codes.TRANSFER_OUT, -command.amount, events)
            self.change(
                events,
                command.to_user_id,
                command.asset_id,
                codes.TRANSFER_IN,
                command.amount,
                reference=command.reference,
            )
        elif isinstance(command, CollectFees):
            self.fees[command.asset_id] -= command.amount
            self._tell(command, codes.FEES_COLLECTED, command.amount, events)
        else:
            if command.is_withdrawal:
                self.requested.append(command)
                self._tell(command, codes.WITHDRAWAL_REQUESTED, 0, events)
            self._tell_steps(self.transfers[command.reference], events)

    def _pay_in(self, command: Deposit | RequestTransfer, events: EventBatch) -> None:
        self.deposited[command.asset_id] += command.amount
        self._tell(command, codes.DEPOSIT, command.amount, events)

    def _pay_out(self, command: Withdraw | RequestTransfer, events: EventBatch) -> None:
        self.withdrawn[command.asset_id] += command.amount
        self._tell(command, codes.WITHDRAWAL, -command.amount, events)

    def _tell(self, command: Transfer, reason: int, amount: int, events: EventBatch) -> None:
        user_id, asset_id = command.user_id, command.asset_id
        self.change(events, user_id, asset_id, reason, amount, reference=command.reference)

    def _tell_steps(self, known: KnownTransfer, events: EventBatch) -> None:
        command = known.command
        events.transfers.append(
            TransferState(
                Sequence(events.last_sequence),
                events.timestamp_ns,
                command.reference,
                UserId(command.user_id),
                AssetId(command.asset_id),
                command.amount,
                known.kind,
                known.status,
            )
        )

    # Views

    def balances(self, user_id: int) -> list[BalanceState]:
        return [
            BalanceState(AssetId(asset_id), total, self.held(user_id, asset_id))
            for (user, asset_id), total in sorted(self.totals.items())
            if user == user_id
        ]

    def sums(self) -> list[AssetSums]:
        return [
            AssetSums(
                AssetId(asset_id),
                sum(total for (_, asset), total in self.totals.items() if asset == asset_id),
                sum(
                    self.held(user_id, asset_id)
                    for user_id in {user_id for user_id, asset in self.totals if asset == asset_id}
                ),
                self.fees[asset_id],
                self.deposited[asset_id],
                self.withdrawn[asset_id],
            )
            for asset_id in sorted(self.asset_ids)
        ]
