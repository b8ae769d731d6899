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
        before = self.of(command.user_id)
        account = AccountState(
            before.user_id,
            command.tier,
            command.group_id,
            command.self_trade,
            command.is_frozen,
            before.cancel_at_ns,
        )
        if account != before:
            change = AccountChange(Sequence(events.last_sequence), events.timestamp_ns, account)
            events.account_changes.append(change)
        self.known[account.user_id] = account
        return account

    def set_switch(self, user_id: int, cancel_at_ns: int) -> AccountState:
        """Turn a dead man's switch; it is renewed so often that it makes no event."""
        self.known[user_id] = replace(self.of(user_id), cancel_at_ns=cancel_at_ns)
        return self.known[user_id]

    def are_one_party(self, one_id: int, other_id: int) -> bool:
        if one_id == other_id:
            return True
        group_id = self.of(one_id).group_id
        return group_id != 0 and group_id == self.of(other_id).group_id
