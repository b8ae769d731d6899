"""Turns a batch of events into the messages of the pub/sub channels. Pure.

One message a channel, however much happened: a market's last status, changes of one price in one
batch as its last quantity, all trades of a market together, and a user hears of everything at once.
Only where that is more than USER_EVENTS_MAX it takes several messages, so that nobody who reads
them is busy with one for long.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from proto.codec import encode
from proto.codes import BUY
from proto.events import BalanceChange, EventBatch, ExecutionReport, LevelChange, Trade
from proto.market_data import (
    DEPTH_CHANNEL,
    MARKET_CHANNEL,
    TRADES_CHANNEL,
    USER_CHANNEL,
    DepthMessage,
    Level,
    PublicTrade,
    TradesMessage,
    UserMessage,
)
from proto.ordinals import numbered

# Events in one message of a user: some milliseconds to read.
USER_EVENTS_MAX: Final = 2_000


def market_messages(
    batch: EventBatch, names: Mapping[int, str], losses: int
) -> list[tuple[str, bytes]]:
    """Make the messages of a batch.

    Args:
        batch: Events of consecutive commands.
        names: Name of each market.
        losses: As in `ClockMessage`.

    Returns:
        Channels and encoded messages: statuses, then depth, then trades, then users.
    """
    statuses = {change.status.market_id: change for change in batch.market_changes}
    messages: list[tuple[str, bytes]] = [
        (MARKET_CHANNEL + names[market_id], encode(change))
        for market_id, change in statuses.items()
    ]
    for market_id, changes in _by_market(batch.level_changes).items():
        depth = _depth_message(changes, batch.timestamp_ns)
        messages.append((DEPTH_CHANNEL + names[market_id], encode(depth)))
    for market_id, trades in _trades_by_market(batch.trades).items():
        message = TradesMessage(trades[0].number, [PublicTrade.of(trade) for trade in trades])
        messages.append((TRADES_CHANNEL + names[market_id], encode(message)))
    messages.extend(_user_messages(batch, losses))
    return messages


def _by_market(changes: list[LevelChange]) -> dict[int, list[LevelChange]]:
    by_market: dict[int, list[LevelChange]] = {}
    for change in changes:
        by_market.setdefault(change.market_id, []).append(change)
    return by_market


def _trades_by_market(trades: list[Trade]) -> dict[int, list[Trade]]:
    by_market: dict[int, list[Trade]] = {}
    for trade in trades:
        by_market.setdefault(trade.market_id, []).append(trade)
    return by_market


def _depth_message(changes: list[LevelChange], timestamp_ns: int) -> DepthMessage:
    bids: dict[int, int] = {}
    asks: dict[int, int] = {}
    for change in changes:
        side = bids if change.side == BUY else asks
        side[change.price_ticks] = change.quantity_lots
    return DepthMessage(
        changes[0].book_sequence,
        changes[-1].book_sequence,
        timestamp_ns,
        [Level(price, quantity) for price, quantity in bids.items()],
        [Level(price, quantity) for price, quantity in asks.items()],
    )


def _user_messages(batch: EventBatch, losses: int) -> list[tuple[str, bytes]]:
    reports: dict[int, list[tuple[int, ExecutionReport]]] = {}
    for ordinal, report in numbered(batch.reports):
        reports.setdefault(report.order.user_id, []).append((ordinal, report))
    changes: dict[int, list[tuple[int, BalanceChange]]] = {}
    for ordinal, change in numbered(batch.balance_changes):
        changes.setdefault(change.user_id, []).append((ordinal, change))
    return [
        (f"{USER_CHANNEL}{user_id}", encode(message))
        for user_id in dict.fromkeys(chain(reports, changes))
        for message in _parts(losses, reports.get(user_id, []), changes.get(user_id, []))
    ]


def _parts(
    losses: int,
    reports: list[tuple[int, ExecutionReport]],
    changes: list[tuple[int, BalanceChange]],
) -> Iterator[UserMessage]:
    if len(reports) + len(changes) <= USER_EVENTS_MAX:
        yield UserMessage(losses, reports, changes)
        return
    # A stream of a user tells of either kind, so their order among each other is nobody's concern.
    for first in range(0, len(reports), USER_EVENTS_MAX):
        yield UserMessage(losses, reports[first : first + USER_EVENTS_MAX], [])
    for first in range(0, len(changes), USER_EVENTS_MAX):
        yield UserMessage(losses, [], changes[first : first + USER_EVENTS_MAX])
