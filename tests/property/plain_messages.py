"""The messages of the channels, made of events as messages: slow, and plain to see."""

from collections.abc import Iterator, Mapping
from itertools import chain

from proto.codes import BUY, SELL
from proto.events import BalanceChange, EventBatch, ExecutionReport, LevelChange, MarketChange
from proto.market_data import DepthMessage, Level, TradesMessage, UserMessage
from proto.ordinals import numbered
from tests.public_trades import public_trade

Message = MarketChange | DepthMessage | TradesMessage | UserMessage


def plain_messages(
    batch: EventBatch, names: Mapping[int, str], losses: int, user_events_max: int
) -> list[tuple[str, Message]]:
    """Make the messages of a batch; see `matcher.market_messages`."""
    return [
        *_statuses(batch, names),
        *_depths(batch, names),
        *_trades(batch, names),
        *_users(batch, losses, user_events_max),
    ]


def _statuses(batch: EventBatch, names: Mapping[int, str]) -> Iterator[tuple[str, Message]]:
    for market_id in dict.fromkeys(change.status.market_id for change in batch.market_changes):
        changes = [c for c in batch.market_changes if c.status.market_id == market_id]
        yield f"market.{names[market_id]}", changes[-1]


def _depths(batch: EventBatch, names: Mapping[int, str]) -> Iterator[tuple[str, Message]]:
    for market_id in dict.fromkeys(change.market_id for change in batch.level_changes):
        changes = [change for change in batch.level_changes if change.market_id == market_id]
        first, last = changes[0].book_sequence, changes[-1].book_sequence
        bids, asks = _levels(changes, BUY), _levels(changes, SELL)
        depth = DepthMessage(first, last, batch.timestamp_ns, bids, asks)
        yield f"depth.{names[market_id]}", depth


def _levels(changes: list[LevelChange], side: int) -> list[Level]:
    """Return the last quantity at each price, in the order in which prices came first."""
    last = {c.price_ticks: c.quantity_lots for c in changes if c.side == side}
    return [Level(price_ticks, quantity_lots) for price_ticks, quantity_lots in last.items()]


def _trades(batch: EventBatch, names: Mapping[int, str]) -> Iterator[tuple[str, Message]]:
    for market_id in dict.fromkeys(trade.market_id for trade in batch.trades):
        trades = [trade for trade in batch.trades if trade.market_id == market_id]
        message = TradesMessage(trades[0].number, [public_trade(trade) for trade in trades])
        yield f"trades.{names[market_id]}", message


def _users(batch: EventBatch, losses: int, user_events_max: int) -> Iterator[tuple[str, Message]]:
    reports, changes = list(numbered(batch.reports)), list(numbered(batch.balance_changes))
    users = chain(
        (report.order.user_id for _, report in reports), (change.user_id for _, change in changes)
    )
    for user_id in dict.fromkeys(users):
        own_reports = [(ordinal, r) for ordinal, r in reports if r.order.user_id == user_id]
        own_changes = [(ordinal, c) for ordinal, c in changes if c.user_id == user_id]
        for message in _of_user(losses, own_reports, own_changes, user_events_max):
            yield f"user.{user_id}", message


def _of_user(
    losses: int,
    reports: list[tuple[int, ExecutionReport]],
    changes: list[tuple[int, BalanceChange]],
    most: int,
) -> Iterator[UserMessage]:
    if len(reports) + len(changes) <= most:
        yield UserMessage(losses, reports, changes)
        return
    for start in range(0, len(reports), most):
        yield UserMessage(losses, reports[start : start + most], [])
    for start in range(0, len(changes), most):
        yield UserMessage(losses, [], changes[start : start + most])
