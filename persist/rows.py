"""Event batches as rows, in the text format of COPY.

How it works
------------
`HistoryRows` takes batches in the order of their sequences and makes the rows of one transaction:
a line for each event, and for each order its last state only, however often it changed meanwhile.
Lines are text because PostgreSQL reads NUMERIC from text as fast as from its own binary form, while
making the latter costs Python several times as much (docs/decisions/0006-history-commits.md has the
figures). What a line looks like is said beside its kind: `order_rows`, `money_rows`,
`control_rows`.
"""

from collections.abc import Collection, Iterable
from typing import Final, final

from persist.catalog import Catalog
from persist.columns import HISTORY_COLUMNS
from persist.control_rows import account_change_line, asset_change_line, market_change_line
from persist.fields import TimeTexts
from persist.money_rows import balance_change_line, trade_line, transfer_line
from persist.order_rows import order_event_line, order_line
from proto.definitions import AssetDefinition, MarketDefinition
from proto.events import EventBatch, ExecutionReport
from proto.ordinals import numbered


@final
class HistoryRows:
    """The rows of one transaction.

    Attributes:
        assets: Assets to be defined.
        markets: Markets to be defined.
    """

    def __init__(self, catalog: Catalog) -> None:
        """Begin without rows.

        Args:
            catalog: Learns the assets and markets of the batches that are added.
        """
        self._catalog: Final = catalog
        # The last report of each order.
        self._orders: Final[dict[int, ExecutionReport]] = {}
        # Times that decide where in the histories a row goes, and all others.
        self._times: Final = TimeTexts()
        self._other_times: Final = TimeTexts()
        self.assets: Final[list[AssetDefinition]] = []
        self.markets: Final[list[MarketDefinition]] = []
        self._lines: Final[dict[str, list[str]]] = {table: [] for table in HISTORY_COLUMNS}

    def add(self, batch: EventBatch) -> None:
        """Add the events of a batch that follows those before it. Complexity: O(events)."""
        catalog, times = self._catalog, self._times
        for asset in batch.assets:
            catalog.add_asset(asset)
            self.assets.append(asset)
        for market in batch.markets:
            catalog.add_market(market)
            self.markets.append(market)
        orders, lines = self._orders, self._lines
        order_events = lines["order_events"]
        for ordinal, report in numbered(batch.reports):
            orders[report.order.order_id] = report
            order_events.append(order_event_line(ordinal, report, catalog, times))
        lines["trades"].extend(trade_line(trade, catalog, times) for trade in batch.trades)
        lines["balance_changes"].extend(
            balance_change_line(ordinal, change, catalog, times)
            for ordinal, change in numbered(batch.balance_changes)
        )
        self._add_control(batch)

    def times_ns(self) -> Collection[int]:
        """Return every time that is in the rows of the histories, each once."""
        return self._times.keys()

    def histories(self) -> dict[str, bytes]:
        """Return the rows of each table that only grows, columns HISTORY_COLUMNS."""
        return {table: _joined(lines) for table, lines in self._lines.items()}

    def orders(self) -> bytes:
        """Return the rows of `orders`, columns ORDER_COLUMNS: one for each order, its last."""
        catalog, times = self._catalog, self._other_times
        return _joined(order_line(report, catalog, times) for report in self._orders.values())

    def _add_control(self, batch: EventBatch) -> None:
        """Add what goes to tables that are not cut by time."""
        catalog, times, lines = self._catalog, self._other_times, self._lines
        lines["transfers"].extend(
            transfer_line(transfer, catalog, times) for transfer in batch.transfers
        )
        lines["account_changes"].extend(
            account_change_line(change, times) for change in batch.account_changes
        )
        lines["market_changes"].extend(
            market_change_line(ordinal, change, catalog, times)
            for ordinal, change in numbered(batch.market_changes)
        )
        lines["asset_changes"].extend(
            asset_change_line(change, catalog, times) for change in batch.asset_changes
        )


def _joined(lines: Iterable[str]) -> bytes:
    return "".join(lines).encode("utf-8")
