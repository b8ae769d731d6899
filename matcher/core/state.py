"""All state of one shard: what the commands so far have made."""

from typing import Final, final

from matcher.core.ledger import Ledger
from matcher.core.market import Market
from matcher.core.orders import Orders
from proto.definitions import AssetDefinition
from proto.ids import Sequence
from proto.limits import RECENT_ORDERS


@final
class State:
    """The state of a shard.

    Attributes:
        shard: The shard, in every identifier that it assigns.
        sequence: Sequence of the last command applied; 0 before the first.
        timestamp_ns: Engine time of that command.
        trades: Trades so far, in all markets.
        assets: Assets by id.
        markets: Markets by id.
        ledger: Balances.
        orders: Open and recent orders.
    """

    __slots__ = (
        "assets",
        "ledger",
        "markets",
        "orders",
        "sequence",
        "shard",
        "timestamp_ns",
        "trades",
    )

    def __init__(self, shard: int) -> None:
        self.shard: Final = shard
        self.sequence = Sequence(0)
        self.timestamp_ns = 0
        self.trades = 0
        self.assets: Final[dict[int, AssetDefinition]] = {}
        self.markets: Final[dict[int, Market]] = {}
        self.ledger: Final = Ledger()
        self.orders: Final = Orders(RECENT_ORDERS)
