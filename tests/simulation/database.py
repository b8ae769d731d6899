"""The history database: a transaction is in it whole or not at all, whoever is told of it.

Rows are kept as the lines that COPY would be given, so what is compared in the end is every column.
"""

from collections.abc import Iterable
from typing import Final, final

from persist.catalog import Catalog
from persist.columns import HISTORY_COLUMNS
from persist.continuity import Position, Positions
from persist.rows import HistoryRows
from persist.store import PositionMovedError
from proto.definitions import AssetDefinition, MarketDefinition
from tests.simulation.stream import AwayError


@final
class Database:
    """Tables.

    Attributes:
        is_up: Whether it answers.
        transactions: Transactions so far.
        lines: The rows of each table that only grows.
        orders: The row of each order.
    """

    def __init__(self) -> None:
        self.is_up = True
        self.transactions = 0
        self.lines: Final[dict[str, list[bytes]]] = {table: [] for table in HISTORY_COLUMNS}
        self.orders: Final[dict[bytes, bytes]] = {}
        self._positions: Final[dict[int, Position]] = {}
        self._assets: Final[dict[int, AssetDefinition]] = {}
        self._markets: Final[dict[int, MarketDefinition]] = {}

    def last_sequence(self, shard: int) -> int:
        """Return how far the history of a shard reaches, for those who judge."""
        position = self._positions.get(shard)
        return 0 if position is None else position.last_sequence

    def load(self) -> tuple[Positions, Catalog]:
        """Return what a session begins with.

        Raises:
            AwayError: If it does not answer.
        """
        self._answer()
        catalog = Catalog()
        for asset in self._assets.values():
            catalog.add_asset(asset)
        for market in self._markets.values():
            catalog.add_market(market)
        return Positions(list(self._positions.values())), catalog

    def commit(self, rows: HistoryRows, moves: list[tuple[Position, Position]]) -> None:
        """Write one transaction, as `persist.store.Store.write` does.

        Raises:
            AwayError: If it does not answer.
            PositionMovedError: If a position is not where the rows begin; nothing was written.
        """
        self._answer()
        self.transactions += 1
        self.move(moves)
        self._check_new(rows)
        self.insert(rows)

    def move(self, moves: list[tuple[Position, Position]]) -> None:
        """Move positions, each from the value that the rows were made for."""
        for before, _ in moves:
            if self.last_sequence(before.shard) != before.last_sequence:
                raise PositionMovedError(f"shard {before.shard}")
        self._positions.update({after.shard: after for _, after in moves})

    def insert(self, rows: HistoryRows) -> None:
        """Insert rows, and update those of orders."""
        self._assets.update({asset.asset_id: asset for asset in rows.assets})
        self._markets.update({market.market_id: market for market in rows.markets})
        for table, pieces in rows.histories().items():
            self.lines[table] += lines_of(pieces)
        for line in (*lines_of(rows.new_orders()), *lines_of(rows.known_orders())):
            self.orders[line.partition(b"\t")[0]] = line

    def _check_new(self, rows: HistoryRows) -> None:
        """Check what the key of `orders` checks when COPY brings orders that should be new."""
        for line in lines_of(rows.new_orders()):
            order_id = line.partition(b"\t")[0]
            assert order_id not in self.orders, order_id

    def _answer(self) -> None:
        if not self.is_up:
            raise AwayError("the database does not answer")


def lines_of(pieces: Iterable[bytes]) -> list[bytes]:
    """Return the lines that pieces for COPY hold, each with its end."""
    return b"".join(pieces).splitlines(keepends=True)
