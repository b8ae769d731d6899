"""Events of users, to make messages of."""

from feed.catalog import Catalog
from proto.codes import (
    BUY,
    CANCELLED,
    DEPOSIT,
    GTC,
    LIMIT,
    NEW,
    PARTIALLY_FILLED,
    REPORT_ACCEPTED,
    REPORT_CANCELLED,
    REPORT_FILL,
)
from proto.events import BalanceChange, ExecutionReport, OrderState
from proto.ids import AssetId, OrderId, Sequence, TradeId, UserId
from proto.market_data import UserMessage
from proto.replies import MarketsReply
from tests.unit.feed.examples import INR, MARKET, NEW_YEAR_NS, TATA

ALL = MarketsReply(0, [TATA, INR], [MARKET])
_STATUSES = {REPORT_ACCEPTED: NEW, REPORT_CANCELLED: CANCELLED, REPORT_FILL: PARTIALLY_FILLED}


def full_catalog() -> Catalog:
    catalog = Catalog()
    catalog.learn(ALL)
    return catalog


def report(
    sequence: int,
    kind: int = REPORT_ACCEPTED,
    reason: int = 0,
    user_id: int = 7,
    market_id: int = 1,
) -> ExecutionReport:
    is_fill = kind == REPORT_FILL
    order = OrderState(
        OrderId(5), UserId(user_id), market_id, "mine", BUY, LIMIT, GTC, False, 2_000, 4,
        1 if is_fill else 0, 50_000_000 if is_fill else 0, 3 if is_fill else 0, _STATUSES[kind],
        NEW_YEAR_NS, NEW_YEAR_NS + sequence * 1_000,
    )  # fmt: skip
    if is_fill:
        return ExecutionReport(
            Sequence(sequence), kind, reason, order, TradeId(sequence), 2_000, 1, 3, False
        )
    return ExecutionReport(Sequence(sequence), kind, reason, order, TradeId(0), 0, 0, 0, False)


def fill(sequence: int, user_id: int = 7) -> ExecutionReport:
    return report(sequence, REPORT_FILL, user_id=user_id)


def balance(sequence: int, user_id: int = 7, asset_id: int = 2) -> BalanceChange:
    return BalanceChange(
        Sequence(sequence), NEW_YEAR_NS, UserId(user_id), AssetId(asset_id), DEPOSIT, 1_500_000, 0,
        1_500_000, 0, TradeId(0), "r",
    )  # fmt: skip


def message(
    *events: ExecutionReport | BalanceChange, losses: int = 1, ordinal: int = 1
) -> UserMessage:
    """A message of events of different commands."""
    return UserMessage(
        losses,
        [(ordinal, event) for event in events if isinstance(event, ExecutionReport)],
        [(ordinal, event) for event in events if isinstance(event, BalanceChange)],
    )
