"""Random transfers of every kind."""

import random
from typing import Final

from proto.commands import (
    CollectFees,
    Command,
    Deposit,
    RequestTransfer,
    SettleTransfer,
    TransferBetween,
    Withdraw,
)
from tests.property.venue import USERS
from tests.reference.state import State

AMOUNTS: Final = (1, 7, 60, 600, 5_000, 20_000)
# More than an asset may have in all.
TOO_MUCH: Final = 2**62 - 1


def transfer(dice: random.Random, state: State) -> Command:
    """Return a transfer under a reference that is new, or was used a while ago."""
    known = state.money.transfers
    reference = f"r{len(known)}"
    if known and dice.random() < 0.15:
        reference = dice.choice(list(known)[-30:])
    kind = dice.choice(("deposit", "withdraw", "request", "request", "settle", "settle", "between"))
    if dice.random() < 0.1:
        kind = "collect"
    if kind == "settle":
        return _settle(dice, state)
    user_id, asset_id, amount = dice.choice(USERS), dice.choice((1, 2, 3)), dice.choice(AMOUNTS)
    if dice.random() < 0.03:
        asset_id = 9
    if kind == "deposit":
        amount = TOO_MUCH if dice.random() < 0.05 else amount
        return Deposit(1, user_id, asset_id, amount, reference)
    if kind == "withdraw":
        return Withdraw(1, user_id, asset_id, amount, reference)
    if kind == "request":
        takes = dice.random() < 0.6
        amount = TOO_MUCH if not takes and dice.random() < 0.05 else amount
        return RequestTransfer(1, user_id, asset_id, amount, reference, takes)
    if kind == "between":
        return TransferBetween(1, user_id, dice.choice(USERS), asset_id, amount, reference)
    return CollectFees(1, user_id, asset_id, amount, reference)


def _settle(dice: random.Random, state: State) -> Command:
    transfers = state.money.transfers
    open_ones = [name for name, one in transfers.items() if one.status == 1]
    names = open_ones if open_ones and dice.random() < 0.8 else [*list(transfers)[-10:], "nobody"]
    return SettleTransfer(1, dice.choice(names), dice.random() < 0.6)
