"""What holds for each user of the reference."""

from msgspec.structs import replace

from proto import codes
from proto.commands import SetAccount
from proto.events import AccountChange, AccountState, EventBatch
from proto.ids import Sequence, UserId


class Accounts:
    def __init__(self) -> None:
        self.known: dict[int, AccountState] = {}

    def of(self, user_id: int) -> AccountState:
        default = AccountState(UserId(user_id), 0, 0, codes.ALLOW, False, 0)
        return self.known.get(user_id, default)

    def set(self, command: SetAccount, events: EventBatch) -> AccountState:
        return self._change(
            AccountState(
                UserId(command.user_id),
                command.tier,
                command.group_id,
                command.self_trade,
                command.is_frozen,
                self.of(command.user_id).cancel_at_ns,
            ),
            events,
        )

    def set_switch(self, user_id: int, cancel_at_ns: int, events: EventBatch) -> AccountState:
        return self._change(replace(self.of(user_id), cancel_at_ns=cancel_at_ns), events)

    def are_one_party(self, one_id: int, other_id: int) -> bool:
        if one_id == other_id:
            return True
        group_id = self.of(one_id).group_id
        return group_id != 0 and group_id == self.of(other_id).group_id

    def _change(self, account: AccountState, events: EventBatch) -> AccountState:
        if account != self.of(account.user_id):
            change = AccountChange(Sequence(events.last_sequence), events.timestamp_ns, account)
            events.account_changes.append(change)
        self.known[account.user_id] = account
        return account
