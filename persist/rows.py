r"""Event batches as rows, in the text format of COPY.

How it works
------------
`HistoryRows` takes batches in the order of their sequences and makes the rows of one transaction:
a line for each trade, report and balance change, and for each order its last state only, however
often it changed meanwhile. Lines are text because PostgreSQL reads NUMERIC from text as fast as
from its own binary form, while making the latter costs Python several times as much
(docs/decisions/0006-history-commits.md has the figures).

Only `client_order_id` and `reference` hold what a client wrote. COPY's special characters in them
are escaped, and U+0000, which no text of PostgreSQL can hold, is stored as U+2400, its picture.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, final

from persist.catalog import Catalog
from proto.codes import (
    BALANCE_REASON_NAMES,
    BUY,
    MARKET,
    ORDER_TYPE_NAMES,
    REASON_NAMES,
    REPORT_FILL,
    REPORT_NAMES,
    REPORT_REJECTED,
    SELL,
    SIDE_NAMES,
    STATUS_NAMES,
    TIME_IN_FORCE_NAMES,
)
from proto.definitions import AssetDefinition, MarketDefinition
from proto.events import BalanceChange, EventBatch, ExecutionReport, OrderState, Trade

TRADE_COLUMNS: Final = (
    "trade_id",
    "market",
    "number",
    "price",
    "quantity",
    "quote_quantity",
    "taker_side",
    "is_buyer_maker",
    "taker_order_id",
    "maker_order_id",
    "taker_user_id",
    "maker_user_id",
    "taker_fee",
    "maker_fee",
    "sequence",
    "timestamp",
)
ORDER_COLUMNS: Final = (
    "order_id",
    "user_id",
    "market",
    "client_order_id",
    "side",
    "type",
    "time_in_force",
    "post_only",
    "price",
    "quantity",
    "executed_quantity",
    "executed_quote_quantity",
    "fee",
    "status",
    "created_at",
    "updated_at",
)
ORDER_EVENT_COLUMNS: Final = (
    "order_id",
    "sequence",
    "user_id",
    "market",
    "event",
    "reason",
    "status",
    "price",
    "quantity",
    "executed_quantity",
    "trade_id",
    "fill_price",
    "fill_quantity",
    "fill_fee",
    "is_maker",
    "timestamp",
)
BALANCE_CHANGE_COLUMNS: Final = (
    "user_id",
    "asset",
    "sequence",
    "reason",
    "change",
    "fee",
    "total",
    "held",
    "trade_id",
    "reference",
    "timestamp",
)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NULL: Final = r"\N"
_NO_FILL: Final = "\\N\t\\N\t\\N\t\\N\t\\N"
_ESCAPES: Final = str.maketrans(
    {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": "\N{SYMBOL FOR NULL}"}
)
_TAKER_SIDES: Final = {BUY: "buy\tf", SELL: "sell\tt"}
_TRUTH: Final = {False: "f", True: "t"}


def moment(timestamp_ns: int) -> datetime:
    """Return engine time as the database keeps it, cut to microseconds."""
    return _EPOCH + timedelta(microseconds=timestamp_ns // 1_000)


def escape(text: str) -> str:
    r"""Write a client's text as a COPY field; "" is NULL."""
    return text.translate(_ESCAPES) if text else _NULL


@final
class _TimeTexts(dict[int, str]):
    """Texts of times: a batch of commands has one time, and each of its commands many events."""

    def __missing__(self, timestamp_ns: int) -> str:
        text = self[timestamp_ns] = moment(timestamp_ns).isoformat(" ")
        return text


@final
class HistoryRows:
    """The rows of one transaction."""

    def __init__(self, catalog: Catalog) -> None:
        """Begin without rows.

        Args:
            catalog: Learns the assets and markets of the batches that are added.
        """
        self._catalog: Final = catalog
        self._orders: Final[dict[int, OrderState]] = {}
        self._times: Final = _TimeTexts()
        self._order_times: Final = _TimeTexts()
        self.assets: Final[list[AssetDefinition]] = []
        self.markets: Final[list[MarketDefinition]] = []
        self._trades: Final[list[str]] = []
        self._order_events: Final[list[str]] = []
        self._balance_changes: Final[list[str]] = []

    def add(self, batch: EventBatch) -> None:
        """Add the events of a batch that follows those before it. Complexity: O(events)."""
        for asset in batch.assets:
            self._catalog.add_asset(asset)
            self.assets.append(asset)
        for market in batch.markets:
            self._catalog.add_market(market)
            self.markets.append(market)
        orders = self._orders
        for report in batch.reports:
            orders[report.order.order_id] = report.order
        self._order_events.extend(map(self._order_event, batch.reports))
        self._trades.extend(map(self._trade, batch.trades))
        self._balance_changes.extend(map(self._balance_change, batch.balance_changes))

    def times_ns(self) -> Collection[int]:
        """Return every time that is in the rows of the histories, each once."""
        return self._times.keys()

    def trades(self) -> bytes:
        """Return the rows of `trades`, columns TRADE_COLUMNS."""
        return _joined(self._trades)

    def order_events(self) -> bytes:
        """Return the rows of `order_events`, columns ORDER_EVENT_COLUMNS."""
        return _joined(self._order_events)

    def balance_changes(self) -> bytes:
        """Return the rows of `balance_changes`, columns BALANCE_CHANGE_COLUMNS."""
        return _joined(self._balance_changes)

    def orders(self) -> bytes:
        """Return the rows of `orders`, columns ORDER_COLUMNS: one for each order, its last."""
        return _joined(map(self._order, self._orders.values()))

    def _trade(self, trade: Trade) -> str:
        market = self._catalog.markets[trade.market_id]
        return (
            f"{trade.trade_id}\t{market.name}\t{trade.number}\t{market.price(trade.price_ticks)}\t"
            f"{market.quantity(trade.quantity_lots)}\t{market.quote_amount(trade.quote_amount)}\t"
            f"{_TAKER_SIDES[trade.taker_side]}\t{trade.taker_order_id}\t{trade.maker_order_id}\t"
            f"{trade.taker_user_id}\t{trade.maker_user_id}\t"
            f"{market.quote_amount(trade.taker_fee_amount)}\t"
            f"{market.quote_amount(trade.maker_fee_amount)}\t"
            f"{trade.sequence}\t{self._times[trade.timestamp_ns]}\n"
        )

    def _order_event(self, report: ExecutionReport) -> str:
        order = report.order
        market = self._catalog.markets[order.market_id]
        reason = REASON_NAMES[report.reason] if report.report == REPORT_REJECTED else _NULL
        price = _NULL if order.order_type == MARKET else market.price(order.price_ticks)
        if report.report == REPORT_FILL:
            fill = (
                f"{report.trade_id}\t{market.price(report.fill_price_ticks)}\t"
                f"{market.quantity(report.fill_quantity_lots)}\t"
                f"{market.quote_amount(report.fill_fee_amount)}\t{_TRUTH[report.is_maker]}"
            )
        else:
            fill = _NO_FILL
        return (
            f"{order.order_id}\t{report.sequence}\t{order.user_id}\t{market.name}\t"
            f"{REPORT_NAMES[report.report]}\t{reason}\t{STATUS_NAMES[order.status]}\t{price}\t"
            f"{market.quantity(order.quantity_lots)}\t{market.quantity(order.executed_lots)}\t"
            f"{fill}\t{self._times[order.updated_ns]}\n"
        )

    def _balance_change(self, change: BalanceChange) -> str:
        asset = self._catalog.assets[change.asset_id]
        text = asset.text
        return (
            f"{change.user_id}\t{asset.name}\t{change.sequence}\t"
            f"{BALANCE_REASON_NAMES[change.reason]}\t{text(change.change_amount)}\t"
            f"{text(change.fee_amount)}\t{text(change.total_amount)}\t{text(change.held_amount)}\t"
            f"{change.trade_id or _NULL}\t{escape(change.reference)}\t"
            f"{self._times[change.timestamp_ns]}\n"
        )

    def _order(self, order: OrderState) -> str:
        market = self._catalog.markets[order.market_id]
        price = _NULL if order.order_type == MARKET else market.price(order.price_ticks)
        return (
            f"{order.order_id}\t{order.user_id}\t{market.name}\t{escape(order.client_order_id)}\t"
            f"{SIDE_NAMES[order.side]}\t{ORDER_TYPE_NAMES[order.order_type]}\t"
            f"{TIME_IN_FORCE_NAMES[order.time_in_force]}\t{_TRUTH[order.post_only]}\t{price}\t"
            f"{market.quantity(order.quantity_lots)}\t{market.quantity(order.executed_lots)}\t"
            f"{market.quote_amount(order.executed_quote_amount)}\t"
            f"{market.quote_amount(order.fee_amount)}\t{STATUS_NAMES[order.status]}\t"
            f"{self._order_times[order.created_ns]}\t{self._order_times[order.updated_ns]}\n"
        )


def _joined(lines: Iterable[str]) -> bytes:
    return "".join(lines).encode("utf-8")
