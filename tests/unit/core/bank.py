"""A state with two assets and no market: what commands that move money are tested on."""

from collections.abc import Callable
from typing import Final, TypeVar

from matcher.core.events import Events
from matcher.core.replies import Answer
from matcher.core.state import State
from proto.definitions import AssetDefinition
from proto.events import BalanceChange, TransferState
from proto.ids import AssetId, Sequence
from proto.replies import Reply
from tests.applying import batch_of, reply_of

INR: Final = AssetId(1)
GOLD: Final = AssetId(2)
START_NS: Final = 1_700_000_000_000_000_000

CommandT = TypeVar("CommandT")


class Bank:
    """Applies commands, and holds the ledger to its invariants after each one."""

    def __init__(self) -> None:
        self.state: Final = State(0)
        self.events = batch_of(_new_events())
        for asset in (AssetDefinition(INR, "INR", 2), AssetDefinition(GOLD, "GOLD", 0)):
            self.state.assets[asset.asset_id] = asset
            self.state.ledger.add_asset(AssetId(asset.asset_id))

    def apply(
        self, handle: Callable[[CommandT, State, Events], Answer], command: CommandT
    ) -> Reply:
        self.state.sequence = Sequence(self.state.sequence + 1)
        self.state.timestamp_ns = START_NS + self.state.sequence
        events = _new_events()
        answer = handle(command, self.state, events)
        self.events = batch_of(events)
        self.state.ledger.check_invariants({})
        return reply_of(answer) if isinstance(answer, bytes) else answer

    def charge(self, user_id: int, asset_id: AssetId, amount: int) -> None:
        """Let a user pay a fee, without a trade."""
        self.state.ledger.account(user_id).balance(asset_id).debit(amount)
        self.state.ledger.totals[asset_id].fees += amount

    def balance(self, user_id: int, asset_id: AssetId) -> tuple[int, int]:
        """Return total and held."""
        balance = self.state.ledger.find(user_id).balance(asset_id)
        return balance.total, balance.held

    def changes(self) -> list[tuple[int, int, int, int, int]]:
        """List what the last command told of balances: user, reason, change, total, held."""
        return [
            (c.user_id, c.reason, c.change_amount, c.total_amount, c.held_amount)
            for c in self.events.balance_changes
        ]

    def is_silent(self) -> bool:
        """Say whether the last command told nothing."""
        return self.events == batch_of(_new_events())

    def stamp(self) -> tuple[int, int]:
        """Return sequence and engine time of the last command."""
        return self.state.sequence, self.state.timestamp_ns

    def stamps(self) -> set[tuple[int, int]]:
        """Return those that its events have."""
        told: list[BalanceChange | TransferState] = [
            *self.events.balance_changes,
            *self.events.transfers,
        ]
        return {(event.sequence, event.timestamp_ns) for event in told}


def _new_events() -> Events:
    return Events(0, 1, 1)
