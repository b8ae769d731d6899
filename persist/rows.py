"""Event batches as rows, in the text format of COPY.

How it works
------------
`HistoryRows` takes batches in the order of their sequences and makes the rows of one transaction:
a line for each event, and for each order its last state only, however often it changed meanwhile.

The lines are made piece by piece while the database takes those before, on another core: so both
work at the same time, and the text of a transaction is never in memory as a whole.

An order whose acceptance is among the batches is one that the database cannot have, so it is copied
into its table like an event. Only of the others an earlier state may be there.

Lines are text because PostgreSQL reads NUMERIC from text as fast as from its own binary form, while
making the latter costs Python several times as much (docs/decisions/0006-history-commits.md has the
figures). What a line looks like is said beside its kind: `order_rows`, `money_rows`,
`control_rows`.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain, islice
from typing import Final, final

from persist.catalog import Catalog
from persist.control_rows import account_change_line, asset_change_line, market_change_line
from persist.fields import TimeTexts
from persist.money_rows import balance_change_line, trade_line, transfer_line
from persist.order_rows import order_event_line, order_line
from proto.codes import REPORT_ACCEPTED
from proto.definitions import AssetDefinition, MarketDefinition
from proto.events import EventBatch, ExecutionReport
from proto.ordinals import numbered

# About a millisecond of work: so long the database may wait for what comes next.
_PIECE_LINES: Final = 500


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
        self._batches: Final[list[EventBatch]] = []
        # The last report of each order, by whether the order is new to the database.
        self._new_orders: Final[dict[int, ExecutionReport]] = {}
        self._known_orders: Final[dict[int, ExecutionReport]] = {}
        self._times_ns: Final[set[int]] = set()
        self._time_texts: Final = TimeTexts()
        self.assets: Final[list[AssetDefinition]] = []
        self.markets: Final[list[MarketDefinition]] = []

    def add(self, batch: EventBatch) -> None:
        """Add the events of a batch that follows those before it. Complexity: O(events)."""
        for asset in batch.assets:
            self._catalog.add_asset(asset)
            self.assets.append(asset)
        for market in batch.markets:
            self._catalog.add_market(market)
            self.markets.append(market)
        new, known, times_ns = self._new_orders, self._known_orders, self._times_ns
        for report in batch.reports:
            order = report.order
            order_id = order.order_id
            times_ns.add(order.updated_ns)
            if report.report == REPORT_ACCEPTED or order_id in new:
                new[order_id] = report
            else:
                known[order_id] = report
        times_ns.update([trade.timestamp_ns for trade in batch.trades])
        times_ns.update([change.timestamp_ns for change in batch.balance_changes])
        self._batches.append(batch)

    def times_ns(self) -> Collection[int]:
        """Return every time that is in the rows of the histories, each once."""
        return self._times_ns

    def histories(self) -> dict[str, Iterator[bytes]]:
        """Make the rows of each table that only grows, columns HISTORY_COLUMNS, in pieces.

        Raises:
            KeyError: From an iterator, where an event names what nobody has defined.
        """
        lines = {
            "order_events": self._order_events(),
            "trades": self._trades(),
            "balance_changes": self._balance_changes(),
            "transfers": self._transfers(),
            "market_changes": self._market_changes(),
            "account_changes": self._account_changes(),
            "asset_changes": self._asset_changes(),
        }
        return {table: _pieces(made) for table, made in lines.items()}

    def new_orders(self) -> Iterator[bytes]:
        """Make the rows of orders that are not in the database, columns ORDER_COLUMNS, in pieces.

        Raises:
            KeyError: As `histories`.
        """
        return _pieces(self._orders(self._new_orders))

    def known_orders(self) -> Iterator[bytes]:
        """Make the rows of all other orders, which take the place of what is there of them.

        Raises:
            KeyError: As `histories`.
        """
        return _pieces(self._orders(self._known_orders))

    def _orders(self, reports: dict[int, ExecutionReport]) -> Iterator[str]:
        catalog, times = self._catalog, self._time_texts
        return (order_line(report, catalog, times) for report in reports.values())

    def _order_events(self) -> Iterator[str]:
        catalog, times = self._catalog, self._time_texts
        for batch in self._batches:
            for ordinal, report in numbered(batch.reports):
                yield order_event_line(ordinal, report, catalog, times)

    def _trades(self) -> Iterator[str]:
        catalog, times = self._catalog, self._time_texts
        trades = chain.from_iterable(batch.trades for batch in self._batches)
        return (trade_line(trade, catalog, times) for trade in trades)

    def _balance_changes(self) -> Iterator[str]:
        catalog, times = self._catalog, self._time_texts
        for batch in self._batches:
            for ordinal, change in numbered(batch.balance_changes):
                yield balance_change_line(ordinal, change, catalog, times)

    def _transfers(self) -> Iterator[str]:
        catalog, times = self._catalog, self._time_texts
        transfers = chain.from_iterable(batch.transfers for batch in self._batches)
        return (transfer_line(transfer, catalog, times) for transfer in transfers)

    def _market_changes(self) -> Iterator[str]:
        catalog, times = self._catalog, self._time_texts
        for batch in self._batches:
            for ordinal, change in numbered(batch.market_changes):
                yield market_change_line(ordinal, change, catalog, times)

    def _account_changes(self) -> Iterator[str]:
        changes = chain.from_iterable(batch.account_changes for batch in self._batches)
        return (account_change_line(change, self._time_texts) for change in changes)

    def _asset_changes(self) -> Iterator[str]:
        catalog, times = self._catalog, self._time_texts
        changes = chain.from_iterable(batch.asset_changes for batch in self._batches)
        return (asset_change_line(change, catalog, times) for change in changes)


def _pieces(lines: Iterable[str]) -> Iterator[bytes]:
    following = iter(lines)
    while text := "".join(islice(following, _PIECE_LINES)):
        yield text.encode("utf-8")
