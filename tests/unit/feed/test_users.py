"""Users whose orders are followed: what they hear, and that they are told where they may not."""

import pytest

import feed.users
from feed.catalog import Catalog
from feed.streams import orders_stream
from feed.users import Users
from proto.codes import (
    BUY,
    CANCELLED,
    DEPOSIT,
    GTC,
    LIMIT,
    NEW,
    REPORT_ACCEPTED,
    REPORT_CANCELLED,
    SELF_TRADE,
)
from proto.events import BalanceChange, ExecutionReport, OrderState
from proto.ids import AssetId, OrderId, Sequence, TradeId, UserId
from proto.market_data import UserMessage
from proto.replies import MarketsReply
from tests.unit.feed.examples import INR, MARKET, NEW_YEAR_NS, TATA, Outlet

SEVEN = orders_stream(7)
ALL = MarketsReply(0, [TATA, INR], [MARKET])


def report(sequence: int, kind: int = REPORT_ACCEPTED, reason: int = 0) -> ExecutionReport:
    status = CANCELLED if kind == REPORT_CANCELLED else NEW
    order = OrderState(
        OrderId(5), UserId(7), 1, "", BUY, LIMIT, GTC, False, 2_000, 4, 0, 0, 0, status,
        NEW_YEAR_NS, NEW_YEAR_NS,
    )  # fmt: skip
    return ExecutionReport(Sequence(sequence), kind, reason, order, TradeId(0), 0, 0, 0, False)


def balance(sequence: int) -> BalanceChange:
    return BalanceChange(
        Sequence(sequence), NEW_YEAR_NS, UserId(7), AssetId(2), DEPOSIT, 1_500_000, 0, 1_500_000, 0,
        TradeId(0), "r",
    )  # fmt: skip


def reports(*sequences: int) -> UserMessage:
    return UserMessage([report(sequence) for sequence in sequences], [])


def followed(catalog: Catalog | None = None, user_id: int = 7) -> tuple[Users, Outlet]:
    """A user whose channel Redis has confirmed."""
    if catalog is None:
        catalog = Catalog()
        catalog.learn(ALL)
    outlet = Outlet()
    users = Users(catalog, outlet, lambda: None)
    assert users.hold(user_id)
    users.on_subscribed(user_id)
    users.release(user_id)
    return users, outlet


def kinds(outlet: Outlet, stream: str = SEVEN) -> list[object]:
    return [data["type"] for data in outlet.take(stream)]


def test_what_happened_is_told_command_by_command_orders_before_money() -> None:
    users, outlet = followed()
    users.on_message(7, UserMessage([report(1), report(3)], [balance(1), balance(2)]))
    assert kinds(outlet) == ["report", "balance", "balance", "report"]


def test_a_report_says_why_and_a_balance_what_for() -> None:
    users, outlet = followed()
    ended = report(1, REPORT_CANCELLED, SELF_TRADE)
    users.on_message(7, UserMessage([ended], [balance(1)]))
    first, second = outlet.take(SEVEN)
    assert (first["event"], first["reason"], first["fill"]) == ("cancelled", "SELF_TRADE", None)
    assert second == {
        "type": "balance",
        "user_id": "7",
        "asset": "INR",
        "reason": "deposit",
        "change": "1.500000",
        "fee": "0.000000",
        "total": "1.500000",
        "held": "0.000000",
        "trade_id": None,
        "reference": "r",
        "timestamp": "2024-01-01T00:00:00.000000Z",
    }


def test_nobody_reads_so_nothing_is_written() -> None:
    users, outlet = followed()
    outlet.deaf.add(SEVEN)
    users.on_message(7, reports(1))
    users.on_message(8, reports(1))
    assert outlet.messages == []


def test_what_a_restarted_matcher_says_again_is_left_out() -> None:
    users, outlet = followed()
    users.on_message(7, reports(4, 5))
    users.on_message(7, reports(3, 4, 5, 6))
    users.on_message(7, reports(6))
    assert len(outlet.take(SEVEN)) == 3


def test_whoever_waits_is_told_once_redis_has_confirmed() -> None:
    users = Users(Catalog(), Outlet(), lambda: None)
    told: list[str] = []

    def give_up() -> None:
        told.append("gave up")

    assert users.hold(7)
    users.when_followed(7, lambda: told.append("followed"))
    users.when_followed(7, give_up)
    users.stop_waiting(7, give_up)
    users.on_subscribed(8)
    assert not users.is_followed(7)
    assert told == []
    users.on_subscribed(7)
    users.on_subscribed(7)
    assert users.is_followed(7)
    assert told == ["followed"]
    users.stop_waiting(7, give_up)


def test_a_user_is_reset_when_the_channel_is_back_and_not_before() -> None:
    users, outlet = followed()
    users.on_message(7, reports(9))
    users.on_disconnected()
    assert not users.is_followed(7)
    assert kinds(outlet) == ["report"]
    users.on_subscribed(7)
    # The exchange may even have begun anew.
    users.on_message(7, reports(1))
    assert outlet.take(SEVEN)[0] == {"type": "reset", "user_id": "7"}
    users.on_subscribed(7)
    assert outlet.messages == []


def test_a_user_who_has_heard_nothing_yet_is_not_reset_by_a_first_connection() -> None:
    outlet = Outlet()
    users = Users(Catalog(), outlet, lambda: None)
    users.hold(7)
    users.on_disconnected()
    users.on_subscribed(7)
    assert outlet.messages == []


def test_a_loss_resets_those_who_are_followed() -> None:
    users, outlet = followed()
    users.hold(8)
    users.on_lost()
    assert [message["stream"] for message in outlet.messages] == [SEVEN]
    users.on_subscribed(8)
    assert len(outlet.messages) == 1


def test_messages_about_a_new_market_wait_in_order_until_it_is_known() -> None:
    catalog = Catalog()
    users, outlet = followed(catalog)
    users.on_message(7, reports(1))
    users.on_message(7, UserMessage([], [balance(2)]))
    assert users.needs_definitions
    catalog.learn(MarketsReply(0, [TATA, INR], []))
    users.on_definitions()
    assert outlet.messages == []
    assert users.needs_definitions
    catalog.learn(ALL)
    users.on_definitions()
    assert not users.needs_definitions
    assert kinds(outlet) == ["report", "balance"]
    users.on_message(7, reports(3))
    assert kinds(outlet) == ["report"]


def test_what_waits_is_bounded_and_those_who_lose_by_it_are_reset(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed.users, "WAITING_MAX", 3)
    users, outlet = followed(Catalog())
    for sequence in range(1, 4):
        users.on_message(7, reports(sequence))
    assert outlet.messages == []
    users.on_message(7, reports(4))
    assert kinds(outlet) == ["reset"]
    assert not users.needs_definitions


def test_long_messages_that_wait_are_bounded_by_what_is_in_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed.users, "QUEUES_MAX", 5)
    users, outlet = followed(Catalog())
    users.on_message(7, reports(1, 2, 3))
    users.on_message(7, reports(4, 5))
    assert outlet.messages == []
    users.on_message(7, reports(6))
    assert kinds(outlet) == ["reset"]


def test_users_are_bounded_and_leave_when_nobody_reads_them() -> None:
    outlet = Outlet()
    users = Users(Catalog(), outlet, lambda: None, users_max=2)
    assert [users.hold(user_id) for user_id in (7, 7, 8, 9)] == [True, True, True, False]
    users.release(7)
    users.release(8)
    outlet.deaf |= {SEVEN, orders_stream(8)}
    # One request is still about to read user 7.
    assert users.forget_unread() == [8]
    users.release(7)
    outlet.deaf.remove(SEVEN)
    assert users.forget_unread() == []
    outlet.deaf.add(SEVEN)
    assert users.forget_unread() == [7]
    assert users.hold(9)


def test_a_message_that_could_not_be_read_resets_its_user_alone() -> None:
    users, outlet = followed()
    assert users.hold(8)
    users.on_bad_message(8)
    assert outlet.messages == []
    users.on_subscribed(8)
    users.on_message(7, reports(5))
    outlet.messages.clear()
    users.on_bad_message(7)
    users.on_bad_message(9)
    assert [message["data"] for message in outlet.messages] == [{"type": "reset", "user_id": "7"}]


def test_what_waits_for_a_market_is_not_told_after_the_reset_of_its_user() -> None:
    catalog = Catalog()
    users, outlet = followed(catalog)
    assert users.hold(8)
    users.on_subscribed(8)
    users.on_message(7, reports(1))
    users.on_message(8, UserMessage([report(1)], []))
    users.on_bad_message(7)
    catalog.learn(ALL)
    users.on_definitions()
    assert kinds(outlet) == ["reset"]
    assert kinds(outlet, orders_stream(8)) == ["report"]
