"""What the channels are told of a batch of events."""

import pytest

from matcher.market_messages import USER_EVENTS_MAX, market_messages
from proto.codec import decode_depth, decode_market_change, decode_trades, decode_user
from proto.codes import (
    AUCTION,
    BUY,
    CANCELLED,
    CONTINUOUS,
    GTC,
    HALTED,
    LIMIT,
    REPORT_CANCELLED,
    SELF_TRADE,
    SELL,
    TRADE,
    WITHDRAWAL_REQUESTED,
)
from proto.definitions import FeeTier, MarketRules, MarketStatus
from proto.events import (
    BalanceChange,
    EventBatch,
    ExecutionReport,
    LevelChange,
    MarketChange,
    OrderState,
    Trade,
)
from proto.ids import AssetId, OrderId, Sequence, TradeId, UserId
from proto.market_data import Level
from tests.packed import packed

NAMES = {1: "TATA_INR", 2: "BTC_INR"}
LOSSES = 3


def no_events() -> EventBatch:
    return EventBatch(0, 1, 1, 1, 5, [], [], [], [], [], [])


def messages_of(batch: EventBatch) -> list[tuple[str, bytes]]:
    return market_messages([packed(batch)], NAMES, LOSSES)


def change(sequence: int, market_id: int, state: int) -> MarketChange:
    status = MarketStatus(market_id, state, 0, 0, 0, MarketRules(), [FeeTier(0, -10, 20)])
    return MarketChange(Sequence(sequence), 5, status)


def cancelled(sequence: int, user_id: int) -> ExecutionReport:
    order = OrderState(
        OrderId(9), UserId(user_id), 1, "", BUY, LIMIT, GTC, False, 100, 5, 0, 0, 0, CANCELLED, 1, 5
    )
    return ExecutionReport(
        Sequence(sequence), REPORT_CANCELLED, SELF_TRADE, order, TradeId(0), 0, 0, 0, False
    )


def balance(sequence: int, user_id: int, reason: int) -> BalanceChange:
    return BalanceChange(
        Sequence(sequence), 5, UserId(user_id), AssetId(1), reason, 0, 0, 9, 4, TradeId(0), "r"
    )


def test_a_batch_without_events_says_nothing() -> None:
    assert messages_of(no_events()) == []


def test_each_market_tells_its_last_status() -> None:
    batch = no_events()
    batch.market_changes += [change(1, 1, AUCTION), change(2, 2, HALTED), change(3, 1, CONTINUOUS)]
    messages = messages_of(batch)
    assert [channel for channel, _ in messages] == ["market.TATA_INR", "market.BTC_INR"]
    first, second = (decode_market_change(data) for _, data in messages)
    assert (first.sequence, first.status.state) == (3, CONTINUOUS)
    assert (second.sequence, second.status.state) == (2, HALTED)


def test_a_user_hears_of_orders_and_money_at_once_and_of_nobody_elses() -> None:
    batch = no_events()
    batch.reports += [cancelled(1, 7), cancelled(2, 8)]
    batch.balance_changes += [balance(3, 7, TRADE), balance(4, 7, WITHDRAWAL_REQUESTED)]
    (first, to_first), (second, to_second) = messages_of(batch)
    assert (first, second) == ("user.7", "user.8")
    seven, eight = decode_user(to_first), decode_user(to_second)
    assert seven.reports == [(1, cancelled(1, 7))]
    assert [c.reason for _, c in seven.balance_changes] == [TRADE, WITHDRAWAL_REQUESTED]
    assert (eight.reports, eight.balance_changes) == ([(1, cancelled(2, 8))], [])
    assert seven.losses == eight.losses == LOSSES


def test_events_are_numbered_in_their_command_whoever_they_are_of() -> None:
    batch = no_events()
    batch.reports += [cancelled(1, 7), cancelled(1, 8), cancelled(1, 7), cancelled(2, 7)]
    batch.balance_changes += [balance(2, 8, TRADE), balance(2, 7, TRADE)]
    (_, to_seven), (_, to_eight) = messages_of(batch)
    seven, eight = decode_user(to_seven), decode_user(to_eight)
    assert [ordinal for ordinal, _ in seven.reports] == [1, 3, 1]
    assert [ordinal for ordinal, _ in eight.reports] == [2]
    assert [ordinal for ordinal, _ in eight.balance_changes] == [1]
    assert [ordinal for ordinal, _ in seven.balance_changes] == [2]


def test_very_much_comes_in_several_messages_in_order() -> None:
    most, reports, changes = USER_EVENTS_MAX, 2 * USER_EVENTS_MAX + 1, USER_EVENTS_MAX + 1
    batch = no_events()
    batch.reports += [cancelled(1, 7)] * reports
    batch.balance_changes += [balance(1, 7, TRADE)] * changes
    messages = [decode_user(data) for _, data in messages_of(batch)]
    lengths = [(len(message.reports), len(message.balance_changes)) for message in messages]
    assert lengths == [(most, 0), (most, 0), (1, 0), (0, most), (0, 1)]
    assert [n for message in messages for n, _ in message.reports] == list(range(1, reports + 1))
    told = [n for message in messages for n, _ in message.balance_changes]
    assert told == list(range(1, changes + 1))


@pytest.mark.parametrize(("more", "messages"), [(0, 1), (1, 2)])
def test_what_fits_comes_together(more: int, messages: int) -> None:
    batch = no_events()
    batch.reports += [cancelled(1, 7)] * (USER_EVENTS_MAX - 3)
    batch.balance_changes += [balance(1, 7, TRADE)] * (3 + more)
    assert len(messages_of(batch)) == messages


def test_a_crossed_book_and_its_uncrossing_are_depth_and_trades_like_any() -> None:
    batch = no_events()
    for number, (side, price, lots) in enumerate(((BUY, 110, 5), (SELL, 90, 5), (BUY, 110, 0)), 1):
        batch.level_changes.append(LevelChange(1, number, side, price, lots))
    batch.trades.append(
        Trade(
            TradeId(1), 1, 1, Sequence(2), 5, 100, 5, 500, SELL,
            OrderId(2), OrderId(1), UserId(8), UserId(7), 1, 1,
        )
    )  # fmt: skip
    batch.market_changes.append(change(2, 1, CONTINUOUS))
    messages = messages_of(batch)
    assert [channel.partition(".")[0] for channel, _ in messages] == ["market", "depth", "trades"]
    depth = decode_depth(messages[1][1])
    assert (depth.first_sequence, depth.last_sequence) == (1, 3)
    assert (depth.bids, depth.asks) == ([Level(110, 0)], [Level(90, 5)])
    assert decode_trades(messages[2][1]).trades[0].price_ticks == 100
