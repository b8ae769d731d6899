"""All state of one shard: what the commands so far have made."""

from typing import Final, final

from matcher.core.ledger import Ledger
from matcher.core.market import Market
from matcher.core.order import Order
from matcher.core.orders import Orders
from matcher.core.timers import Timers
from proto.definitions import AssetDefinition
from proto.ids import AssetId, OrderId, Sequence, order_id_of
from proto.limits import RECENT_ORDERS


@final
class State:
    """The state of a shard.

    Attributes:
        shard: The shard, in every identifier that it assigns.
        sequence: Sequence of the last command applied; 0 before the first.
        timestamp_ns: Engine time of that command.
        trades: Trades so far, in all markets.
        numbers: The last number given to an order, or to a place in a queue.
        assets: Assets by id.
        markets: Markets by id.
        ledger: Balances.
        orders: Open and recent orders.
        timers: What is due when.
        frozen_assets: Assets that are frozen.
        fired_markets: Markets in which something has fired that is not in the market yet.
    """

    __slots__ = (
        "assets",
        "fired_markets",
        "frozen_assets",
        "ledger",
        "markets",
        "numbers",
        "orders",
        "sequence",
        "shard",
        "timers",
        "timestamp_ns",
        "trades",
    )

    def __init__(self, shard: int) -> None:
        self.shard: Final = shard
        self.sequence = Sequence(0)
        self.timestamp_ns = 0
        self.trades = 0
        self.numbers = 0
        self.assets: Final[dict[int, AssetDefinition]] = {}
        self.markets: Final[dict[int, Market]] = {}
        self.ledger: Final = Ledger()
        self.orders: Final = Orders(RECENT_ORDERS)
        self.timers: Final = Timers()
        self.frozen_assets: Final[set[AssetId]] = set()
        self.fired_markets: Final[set[int]] = set()

    def find_order(self, user_id: int, order_id: int, client_order_id: str) -> Order | None:
        """Find an order of a user.

        Args:
            user_id: Owner; an order of somebody else is not found.
            order_id: Its id, or 0.
            client_order_id: The owner's name for it, used where order_id is 0.
        """
        if order_id:
            order = self.orders.find(order_id)
            return order if order is not None and order.user_id == user_id else None
        account = self.ledger.accounts.get(user_id)
        return None if account is None else account.names.get(client_order_id)

    def next_number(self) -> int:
        """Give the next number: the last one plus 1, or the sequence where that is higher."""
        self.numbers = number = max(self.numbers + 1, self.sequence)
        return number

    def next_order_id(self) -> OrderId:
        """Give the next number in the form of an identifier: for a new order, or a new place."""
        return order_id_of(self.shard, self.next_number())
