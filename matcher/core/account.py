"""A user's account: balances, open orders, and what the operator said of them.

Theory of operation
-------------------
Every order points to its owner's account, so that settling a fill looks up nothing but the asset.
An account is stored when something first happens to it; until then the ledger makes a new one for
whoever asks, and a refused command leaves nothing behind.

What an account has in one market stands in its seat there (`seat.py`), with the orders that rest in
the book. Those that wait for a trigger or for another order stand in one dict for each market,
oldest first.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, final

from mypy_extensions import mypyc_attr

from proto.codes import ALLOW
from proto.events import AccountState
from proto.ids import AssetId, UserId
from proto.limits import AMOUNT_MAX

if TYPE_CHECKING:
    from matcher.core.order import Order
    from matcher.core.seat import Seat


@final
@mypyc_attr(acyclic=True)
class Balance:
    """Balance of one user in one asset.

    Attributes:
        total: Smallest units owned; 0..AMOUNT_MAX.
        held: Smallest units reserved by open orders and requested withdrawals; 0..total.
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
class Account:
    """One user.

    Attributes:
        user_id: User.
        balances: Balances by asset, each from its first credit on.
        seats: Seats by market, each from its first order on.
        names: Known orders by client_order_id.
        waiting: Orders that wait or are pending, by market and order, oldest first.
        tier: Fee tier.
        group_id: Group that counts as one party in self-trade prevention; 0 for none.
        self_trade: What happens where an order does not say itself: ALLOW to DECREMENT.
        is_frozen: Whether the user may neither place orders nor move money out.
        cancel_at_ns: Engine time at which the dead man's switch cancels all orders; 0 while off.
    """

    __slots__ = (
        "balances",
        "cancel_at_ns",
        "group_id",
        "is_frozen",
        "names",
        "seats",
        "self_trade",
        "tier",
        "user_id",
        "waiting",
    )

    def __init__(self, user_id: UserId) -> None:
        self.user_id: Final = user_id
        self.balances: Final[dict[AssetId, Balance]] = {}
        self.seats: Final[dict[int, Seat]] = {}
        self.names: Final[dict[str, Order]] = {}
        self.waiting: Final[dict[int, dict[int, Order]]] = {}
        self.tier = 0
        self.group_id = 0
        self.self_trade: int = ALLOW
        self.is_frozen = False
        self.cancel_at_ns = 0

    def available(self, asset_id: AssetId) -> int:
        """Return the available balance; 0 where there is none. Complexity: O(1)."""
        balance = self.balances.get(asset_id)
        return 0 if balance is None else balance.total - balance.held

    def balance(self, asset_id: AssetId) -> Balance:
        """Return a balance, made empty where there is none. Complexity: O(1)."""
        balance = self.balances.get(asset_id)
        if balance is None:
            balance = self.balances[asset_id] = Balance()
        return balance

    def resting_count(self, market_id: int) -> int:
        """Count its orders in one book. Complexity: O(1)."""
        seat = self.seats.get(market_id)
        return 0 if seat is None else seat.resting

    def waiting_count(self, market_id: int) -> int:
        """Count its orders that wait or are pending in one market. Complexity: O(1)."""
        orders = self.waiting.get(market_id)
        return 0 if orders is None else len(orders)

    def open_orders(self, market_id: int = 0) -> Iterator["Order"]:
        """Go through its open orders, those that wait or are pending last.

        Args:
            market_id: One market, or 0 for all.
        """
        for seat in self.seats.values():
            if market_id in (0, seat.instrument.market_id):
                yield from seat.orders()
        for waiting_id, orders in self.waiting.items():
            if market_id in (0, waiting_id):
                yield from orders.values()

    def is_party_with(self, other: "Account") -> bool:
        """Say whether orders of both must not trade, where self-trades are prevented."""
        return self is other or 0 < self.group_id == other.group_id

    def state(self) -> AccountState:
        """Return what holds for the user."""
        return AccountState(
            self.user_id,
            self.tier,
            self.group_id,
            self.self_trade,
            self.is_frozen,
            self.cancel_at_ns,
        )
