"""All accounts and transfers, and what each asset's money came from and went to.

Theory of operation
-------------------
`total` is what an account owns; `held` is the part that its open orders and its requested
withdrawals reserve. `available` is derived. Money enters by deposits and leaves by withdrawals
only; a trade moves it between users and into the fees of the asset, or, for a rebate, out of what
the other side of that very trade pays. So for each asset, always:

    sum of users' totals + fees = deposited - withdrawn <= AMOUNT_MAX

and because no part is below 0 and none can exceed the whole, no balance can overflow, whatever is
traded.

A transfer is applied once for each reference. References are remembered for ever: the outside may
ask again after any time, and a transfer applied twice is money made from nothing.
"""

from collections.abc import Mapping
from typing import Final, final

from matcher.core.account import Account
from matcher.core.transfer import Transfer
from proto.codes import CONFIRMED, DEPOSIT, WITHDRAWAL
from proto.ids import AssetId, UserId
from proto.limits import AMOUNT_MAX

# The sum of all deposits ever is told in replies and kept in signed 64-bit columns.
DEPOSITED_MAX: Final = (1 << 63) - 1


@final
class AssetTotals:
    """What one asset's money came from and went to, users aside.

    Attributes:
        deposited: Sum of all deposits.
        withdrawn: Sum of all withdrawals.
        fees: Fees collected and not paid out; at least 0.
    """

    __slots__ = ("deposited", "fees", "withdrawn")

    def __init__(self) -> None:
        self.deposited = 0
        self.withdrawn = 0
        self.fees = 0

    def has_room(self, amount: int) -> bool:
        """Say whether the asset stays in its bounds with one more deposit."""
        deposited = self.deposited + amount
        return deposited - self.withdrawn <= AMOUNT_MAX and deposited <= DEPOSITED_MAX


@final
class Ledger:
    """All accounts, the totals of every asset, and all transfers.

    Attributes:
        accounts: Accounts by user; each from when something first happened to it.
        totals: Totals by asset.
        transfers: Transfers by reference, in the order in which they were first seen.
    """

    __slots__ = ("accounts", "totals", "transfers")

    def __init__(self) -> None:
        self.accounts: Final[dict[int, Account]] = {}
        self.totals: Final[dict[AssetId, AssetTotals]] = {}
        self.transfers: Final[dict[str, Transfer]] = {}

    def add_asset(self, asset_id: AssetId) -> None:
        """Open the totals of a new asset."""
        assert asset_id not in self.totals
        self.totals[asset_id] = AssetTotals()

    def find(self, user_id: int) -> Account:
        """Return a user's account, or a new one that is not stored. Complexity: O(1)."""
        account = self.accounts.get(user_id)
        return Account(UserId(user_id)) if account is None else account

    def account(self, user_id: int) -> Account:
        """Return a user's account, stored where it is new. Complexity: O(1)."""
        account = self.accounts.get(user_id)
        if account is None:
            account = self.accounts[user_id] = Account(UserId(user_id))
        return account

    def store(self, account: Account) -> None:
        """Store an account that `find` gave, if it is new. Complexity: O(1)."""
        stored = self.accounts.setdefault(account.user_id, account)
        assert stored is account

    def check_invariants(self, held_by_orders: Mapping[tuple[int, AssetId], int]) -> None:
        """Assert that balances are in bounds, each asset sums up, and holds are accounted for.

        Args:
            held_by_orders: What open orders hold, by user and asset; 0 where left out.

        Complexity: O(accounts + transfers).
        """
        held_amounts = self._check_transfers()
        for key, amount in held_by_orders.items():
            held_amounts[key] = held_amounts.get(key, 0) + amount
        users_amounts = dict.fromkeys(self.totals, 0)
        for user_id, account in self.accounts.items():
            assert account.user_id == user_id
            for asset_id, balance in account.balances.items():
                assert 0 <= balance.held <= balance.total <= AMOUNT_MAX
                assert balance.held == held_amounts.pop((user_id, asset_id), 0)
                users_amounts[asset_id] += balance.total
        assert not any(held_amounts.values())
        for asset_id, totals in self.totals.items():
            outside_amount = totals.deposited - totals.withdrawn
            assert 0 <= totals.fees <= outside_amount <= AMOUNT_MAX
            assert totals.deposited <= DEPOSITED_MAX
            assert users_amounts[asset_id] + totals.fees == outside_amount

    def _check_transfers(self) -> dict[tuple[int, AssetId], int]:
        """Assert that totals are those of the transfers; sum up what withdrawals hold."""
        deposited = dict.fromkeys(self.totals, 0)
        withdrawn = dict.fromkeys(self.totals, 0)
        held_amounts: dict[tuple[int, AssetId], int] = {}
        for transfer in self.transfers.values():
            asset_id, amount = transfer.asset_id, transfer.amount
            assert amount > 0
            if transfer.holds():
                key = (transfer.user_id, asset_id)
                held_amounts[key] = held_amounts.get(key, 0) + amount
            elif transfer.status == CONFIRMED and transfer.kind == DEPOSIT:
                deposited[asset_id] += amount
            elif transfer.status == CONFIRMED and transfer.kind == WITHDRAWAL:
                withdrawn[asset_id] += amount
        for asset_id, totals in self.totals.items():
            assert totals.deposited == deposited[asset_id]
            assert totals.withdrawn == withdrawn[asset_id]
        return held_amounts
