"""Balances and holds, in integers of each asset's smallest unit.

Theory of operation
-------------------
`total` is what an account owns; `held` is the part that its resting orders reserve. `available` is
derived. Money enters by deposits and leaves by withdrawals only; a trade moves it between users and
into the fees of the asset. So for each asset, always:

    sum of users' totals + fees = deposited - withdrawn <= AMOUNT_MAX

and because no part can exceed the whole, no balance can overflow, whatever is traded.

A transfer is applied once for each reference. References are remembered for ever: the outside may
ask again after any time, and a transfer applied twice is money made from nothing.
"""

from typing import Final, final

from proto.codes import (
    AMOUNT_OUT_OF_RANGE,
    DUPLICATE_REFERENCE,
    INSUFFICIENT_BALANCE,
    OK,
    UNKNOWN_ASSET,
)
from proto.ids import AssetId, UserId
from proto.limits import AMOUNT_MAX

# The sum of all deposits ever is told in replies and kept in signed 64-bit columns.
DEPOSITED_MAX: Final = (1 << 63) - 1


@final
class Balance:
    """Balance of one user in one asset.

    Attributes:
        total: Smallest units owned; 0..AMOUNT_MAX.
        held: Smallest units reserved by resting orders; 0..total.
    """

    __slots__ = ("held", "total")

    def __init__(self) -> None:
        self.total = 0
        self.held = 0

    def available(self) -> int:
        """Return what may be withdrawn or held."""
        return self.total - self.held

    def hold(self, amount: int) -> None:
        """Reserve an amount that is available."""
        self.held += amount
        assert self.held <= self.total

    def release(self, amount: int) -> None:
        """Give back an amount that is held."""
        self.held -= amount
        assert self.held >= 0

    def credit(self, amount: int) -> None:
        """Add to what is owned."""
        self.total += amount
        assert self.total <= AMOUNT_MAX

    def debit(self, amount: int) -> None:
        """Take away an amount that is available."""
        self.total -= amount
        assert self.held <= self.total


@final
class AssetTotals:
    """What one asset's money came from and went to, users aside.

    Attributes:
        deposited: Sum of all deposits.
        withdrawn: Sum of all withdrawals.
        fees: Fees collected.
    """

    __slots__ = ("deposited", "fees", "withdrawn")

    def __init__(self) -> None:
        self.deposited = 0
        self.withdrawn = 0
        self.fees = 0


@final
class Ledger:
    """All balances, and the totals of every asset.

    Attributes:
        accounts: Balances by user and asset. A balance is there from its first credit on.
        totals: Totals by asset.
        transfers: What each reference moved: user, asset, and the amount (a withdrawal's negative).
    """

    __slots__ = ("accounts", "totals", "transfers")

    def __init__(self) -> None:
        self.accounts: Final[dict[int, dict[AssetId, Balance]]] = {}
        self.totals: Final[dict[AssetId, AssetTotals]] = {}
        self.transfers: Final[dict[str, tuple[UserId, AssetId, int]]] = {}

    def add_asset(self, asset_id: AssetId) -> None:
        """Open the totals of a new asset."""
        assert asset_id not in self.totals
        self.totals[asset_id] = AssetTotals()

    def available(self, user_id: int, asset_id: AssetId) -> int:
        """Return a user's available balance; 0 where there is none. Complexity: O(1)."""
        accounts = self.accounts.get(user_id)
        if accounts is None:
            return 0
        balance = accounts.get(asset_id)
        return 0 if balance is None else balance.total - balance.held

    def balance(self, user_id: int, asset_id: AssetId) -> Balance:
        """Return a user's balance, made empty where there is none. Complexity: O(1)."""
        accounts = self.accounts.get(user_id)
        if accounts is None:
            accounts = self.accounts[user_id] = {}
        balance = accounts.get(asset_id)
        if balance is None:
            balance = accounts[asset_id] = Balance()
        return balance

    def is_repeated(self, user_id: UserId, asset_id: AssetId, amount: int, reference: str) -> bool:
        """Say whether this very transfer was applied before.

        Args:
            user_id: User.
            asset_id: Asset.
            amount: Amount; negative for a withdrawal.
            reference: Reference.
        """
        return self.transfers.get(reference) == (user_id, asset_id, amount)

    def transfer(self, user_id: UserId, asset_id: AssetId, amount: int, reference: str) -> int:
        """Apply a deposit, or a withdrawal as a negative amount, under a new reference.

        Args:
            user_id: Whose balance.
            asset_id: Asset.
            amount: Smallest units; negative for a withdrawal; never 0.
            reference: The outside's name for the transfer.

        Returns:
            OK, or with nothing changed, in this order of precedence: UNKNOWN_ASSET;
            DUPLICATE_REFERENCE; INSUFFICIENT_BALANCE for a withdrawal of more than is available;
            AMOUNT_OUT_OF_RANGE for a deposit after which the asset would exceed AMOUNT_MAX.

        Complexity: O(1).
        """
        totals = self.totals.get(asset_id)
        if totals is None:
            return UNKNOWN_ASSET
        if reference in self.transfers:
            return DUPLICATE_REFERENCE
        if amount < 0 and -amount > self.available(user_id, asset_id):
            return INSUFFICIENT_BALANCE
        if totals.deposited - totals.withdrawn + amount > AMOUNT_MAX:
            return AMOUNT_OUT_OF_RANGE
        if totals.deposited + amount > DEPOSITED_MAX:
            return AMOUNT_OUT_OF_RANGE
        # Nothing below this line may fail.
        self.transfers[reference] = (user_id, asset_id, amount)
        balance = self.balance(user_id, asset_id)
        if amount > 0:
            totals.deposited += amount
            balance.credit(amount)
        else:
            totals.withdrawn -= amount
            balance.debit(-amount)
        return OK

    def check_invariants(self) -> None:
        """Assert that balances are in bounds and each asset sums up. Complexity: O(accounts)."""
        users_amounts = dict.fromkeys(self.totals, 0)
        for accounts in self.accounts.values():
            for asset_id, balance in accounts.items():
                assert 0 <= balance.held <= balance.total <= AMOUNT_MAX
                users_amounts[asset_id] += balance.total
        for asset_id, totals in self.totals.items():
            outside_amount = totals.deposited - totals.withdrawn
            assert 0 <= totals.fees <= outside_amount <= AMOUNT_MAX
            assert users_amounts[asset_id] + totals.fees == outside_amount
