"""An account in one market: what its orders there have in common, found once for a command.

Theory of operation
-------------------
A fill moves four balances of two accounts, and each order holds and releases. Looking each of them
up by user and asset was the largest part of it, so an order points to its seat, and the seat keeps
the two balances that it has once found. A balance that is not there yet is made when it is first
credited, as everywhere; until then nothing is kept.

The orders that rest in the book stand in a doubly linked list through themselves, in the order in
which they came to rest.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, final

from matcher.core.account import Account, Balance
from matcher.core.instrument import Instrument
from proto.codes import SELL

if TYPE_CHECKING:
    from matcher.core.order import Order


@final
class Seat:
    """One account in one market.

    Attributes:
        account: The account.
        instrument: What is traded.
        resting: Orders in the book.
    """

    __slots__ = ("_base", "_first", "_last", "_quote", "account", "instrument", "resting")

    def __init__(self, account: Account, instrument: Instrument) -> None:
        self.account: Final = account
        self.instrument: Final = instrument
        self.resting = 0
        self._first: Order | None = None
        self._last: Order | None = None
        self._base: Balance | None = None
        self._quote: Balance | None = None

    def base(self) -> Balance:
        """Return the balance in what is traded, made empty where there is none."""
        balance = self._base
        if balance is None:
            balance = self._base = self.account.balance(self.instrument.base_asset_id)
        return balance

    def quote(self) -> Balance:
        """Return the balance in what is paid with, made empty where there is none."""
        balance = self._quote
        if balance is None:
            balance = self._quote = self.account.balance(self.instrument.quote_asset_id)
        return balance

    def paying(self, side: int) -> Balance:
        """Return the balance that an order of a side pays from; its funds were checked."""
        return self.base() if side == SELL else self.quote()

    def available_base(self) -> int:
        """Return what is available of what is traded; makes no balance."""
        balance = self._base
        if balance is None:
            return self.account.available(self.instrument.base_asset_id)
        return balance.total - balance.held

    def available_quote(self) -> int:
        """Return what is available of what is paid with; makes no balance."""
        balance = self._quote
        if balance is None:
            return self.account.available(self.instrument.quote_asset_id)
        return balance.total - balance.held

    def add(self, order: "Order") -> None:
        """Note an order that has come to rest. Complexity: O(1)."""
        last = self._last
        if last is None:
            self._first = order
        else:
            last.next_own = order
            order.previous_own = last
        self._last = order
        self.resting += 1

    def remove(self, order: "Order") -> None:
        """Forget an order that rests no longer. Complexity: O(1)."""
        before, behind = order.previous_own, order.next_own
        if before is None:
            assert self._first is order
            self._first = behind
        else:
            before.next_own = behind
            order.previous_own = None
        if behind is None:
            self._last = before
        else:
            behind.previous_own = before
            order.next_own = None
        self.resting -= 1

    def clear(self) -> None:
        """Let go of the orders, when all of them are given up."""
        self._first = self._last = None

    def has(self, order: "Order") -> bool:
        """Say whether an order of this seat rests in the book. Complexity: O(1)."""
        return self._first is order or order.previous_own is not None

    def orders(self) -> Iterator["Order"]:
        """Go through the orders in the book; none may come or go meanwhile."""
        order = self._first
        while order is not None:
            yield order
            order = order.next_own

    def check_invariants(self) -> None:
        """Assert that list and count agree. Complexity: O(orders)."""
        before = None
        count = 0
        for order in self.orders():
            assert order.seat is self
            assert order.previous_own is before
            before = order
            count += 1
        assert self._last is before
        assert self.resting == count
        balances = self.account.balances
        assert self._base is None or self._base is balances[self.instrument.base_asset_id]
        assert self._quote is None or self._quote is balances[self.instrument.quote_asset_id]
