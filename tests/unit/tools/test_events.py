"""Replies and events as lines; a batch is made by hand, so no engine has a say."""

import pytest

from matcher.tools.events import describe_events, event_text
from matcher.tools.replies import describe_reply, reply_text
from proto.codes import (
    AUCTION,
    CANCEL_BOTH,
    CANCELLED,
    CONFIRMED,
    DECLINED,
    GTC,
    LIMIT,
    NEW,
    REPORT_CANCELLED,
    REPORT_TRIGGERED,
    SELF_TRADE,
    SELL,
    STOP_LOSS,
    USER_FROZEN,
    WAITING,
    WITHDRAWAL,
    WITHDRAWAL_REQUESTED,
)
from proto.definitions import FeeTier, MarketRules, MarketStatus
from proto.events import (
    AccountChange,
    AccountState,
    AssetChange,
    BalanceChange,
    EventBatch,
    ExecutionReport,
    MarketChange,
    OrderState,
    SpecialState,
    TransferState,
)
from proto.ids import AssetId, OrderId, Sequence, TradeId, UserId
from proto.replies import (
    AccountReply,
    CancelAllReply,
    Fill,
    ListReply,
    OrderReply,
    Rejected,
    ReplaceReply,
    Reply,
    TransferReply,
)
from tests.unit.tools.test_commands import catalog

AT = Sequence(5)
ACCOUNT = AccountState(UserId(3), 1, 0, CANCEL_BOTH, True, 60 * 10**9)


def order(status: int, order_id: int = 9, special: SpecialState | None = None) -> OrderState:
    return OrderState(
        OrderId(order_id), UserId(3), 1, "", SELL, LIMIT, GTC, False, 2_000, 10, 4, 0, 0,
        status, 1, 5, special,
    )  # fmt: skip


def report(kind: int, state: OrderState, reason: int = 0) -> ExecutionReport:
    return ExecutionReport(AT, kind, reason, state, TradeId(0), 0, 0, 0, False)


def transfer(status: int) -> TransferReply:
    return TransferReply(7, UserId(3), AssetId(1), 5, "r", WITHDRAWAL, status)


FILLS = [Fill(TradeId(1), 2_000, 4, 1)]


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        (Rejected(7, USER_FROZEN), "rejected: USER_FROZEN"),
        (OrderReply(7, order(NEW), FILLS), "order 9 new, executed 4 in 1 fill"),
        (
            ReplaceReply(7, order(CANCELLED, 8), order(NEW), []),
            "order 9 in place of 8 new, executed 4",
        ),
        (
            ListReply(7, [order(NEW), order(WAITING, 10)], FILLS),
            "order 9 new, executed 4 in 1 fill; order 10 waiting, executed 4",
        ),
        (CancelAllReply(7, 12, True), "cancelled 12 orders"),
        (CancelAllReply(7, 12, False), "cancelled 12 orders, and there are more"),
        (transfer(CONFIRMED), "confirmed"),
        (transfer(DECLINED), "rejected"),
        (AccountReply(7, ACCOUNT), "done"),
    ],
)
def test_a_reply_is_a_line(reply: Reply, line: str) -> None:
    assert reply_text(describe_reply(reply, catalog())) == line


def test_each_kind_of_event_is_a_line() -> None:
    events = EventBatch(0, 1, 5, 5, 5, [], [], [], [], [], [])
    stop = SpecialState(0, 0, 0, 0, STOP_LOSS, 1_990, 0, 0, 0, OrderId(0))
    events.reports += [
        report(REPORT_TRIGGERED, order(NEW, special=stop)),
        report(REPORT_CANCELLED, order(CANCELLED), SELF_TRADE),
    ]
    events.balance_changes.append(
        BalanceChange(
            AT, 5, UserId(3), AssetId(1), WITHDRAWAL_REQUESTED, 0, 0, 900, 150, TradeId(0), "r"
        )
    )
    events.transfers.append(
        TransferState(AT, 5, "r", UserId(3), AssetId(1), 150, WITHDRAWAL, CONFIRMED)
    )
    status = MarketStatus(
        1, AUCTION, 60 * 10**9, 2_000, 5, MarketRules(reference_ms=0), [FeeTier(0, -100, 500)]
    )
    events.market_changes.append(MarketChange(AT, 5, status))
    events.account_changes.append(AccountChange(AT, 5, ACCOUNT))
    events.asset_changes.append(AssetChange(AT, 5, AssetId(1), True))
    lines = [f"{e['event']} {event_text(e)}" for e in describe_events(events, catalog())]
    assert lines == [
        "report order 9 of user 3 triggered, executed 4 of 10, trigger 99.50",
        "report order 9 of user 3 cancelled: SELF_TRADE, executed 4 of 10",
        "balance user 3 INR 0.00 withdrawal_requested, total 9.00, held 1.50",
        "transfer withdrawal of 1.50 INR of user 3 confirmed, reference='r'",
        "market TATA_INR auction until 1970-01-01T00:01:00.000000Z, reference 100.00, band_ppm 0, "
        "collar_ppm 0, volatility_ppm 0, auction_ms 0, reference_ms 0, open_orders_max 20000, "
        "stop_orders_max 20000, tier 0: -0.000100 maker 0.000500 taker",
        "account user 3 tier 1, self-trade cancel_both, frozen, "
        "cancels all at 1970-01-01T00:01:00.000000Z",
        "asset INR frozen",
    ]
