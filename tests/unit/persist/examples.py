"""Orders, markets and the like to make rows of."""

from collections.abc import Iterable

from persist.rows import HistoryRows
from proto.codes import BUY, GTC, IOC, LIMIT, NEW, OK
from proto.definitions import AssetDefinition, MarketDefinition
from proto.events import EventBatch, ExecutionReport, OrderState, SpecialState
from proto.ids import OrderId, Sequence, TradeId, UserId

NOON_NS = 1_764_590_400_000_000_000  # 2025-12-01 12:00:00 UTC.
NOON = "2025-12-01 12:00:00+00:00"
BTC = AssetDefinition(1, "BTC", 8)
USDT = AssetDefinition(2, "USDT", 6)
BTC_USDT = MarketDefinition(1, "BTC_USDT", 1, 2, 2, 5, 5, 10, 10**9, 1, 10**9, 1, -100, 2_000)


def history_lines(rows: HistoryRows, table: str) -> list[str]:
    """Return the rows of a table that only grows."""
    return _lines(rows.histories()[table])


def order_lines(rows: HistoryRows) -> list[str]:
    """Return the rows of orders: those of new ones, then of known ones."""
    return [*_lines(rows.new_orders()), *_lines(rows.known_orders())]


def _lines(pieces: Iterable[bytes]) -> list[str]:
    return b"".join(pieces).decode().splitlines()


def batch() -> EventBatch:
    return EventBatch(0, 1, 1, 1, NOON_NS, [BTC, USDT], [BTC_USDT], [], [], [], [])


def order(
    status: int = NEW,
    executed_lots: int = 0,
    order_id: int = 7,
    order_type: int = LIMIT,
    client_order_id: str = "",
    updated_ns: int = NOON_NS,
    special: SpecialState | None = None,
) -> OrderState:
    return OrderState(
        OrderId(order_id),
        UserId(3),
        1,
        client_order_id,
        BUY,
        order_type,
        GTC if order_type == LIMIT else IOC,
        False,
        2_000 if order_type == LIMIT else 0,
        25,
        executed_lots,
        executed_lots * 10_000,
        executed_lots * 20,
        status,
        NOON_NS,
        updated_ns,
        special,
    )


def special(
    self_trade: int = 0,
    expires_ns: int = 0,
    display_lots: int = 0,
    quote_amount: int = 0,
    trigger: int = 0,
    trigger_price_ticks: int = 0,
    trail_ticks: int = 0,
    trail_bps: int = 0,
    list_type: int = 0,
    list_id: int = 0,
) -> SpecialState:
    return SpecialState(
        self_trade,
        expires_ns,
        display_lots,
        quote_amount,
        trigger,
        trigger_price_ticks,
        trail_ticks,
        trail_bps,
        list_type,
        OrderId(list_id),
    )


def report(kind: int, state: OrderState, reason: int = OK, sequence: int = 7) -> ExecutionReport:
    return ExecutionReport(Sequence(sequence), kind, reason, state, TradeId(0), 0, 0, 0, False)
