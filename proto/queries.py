"""Queries: questions to the matcher that change nothing and are not journaled.

An answer shows the state after every command that came before the question, and leaves the
matcher only when those commands are on disk, like any other reply.
"""

from typing import Annotated

from msgspec import Meta, Struct

from proto.fields import ClientOrderId, Integer, PositiveInteger, Reference
from proto.limits import DEPTH_LEVELS_MAX


class MarketsQuery(Struct, array_like=True, frozen=True, gc=False, tag=20):
    """Ask for every asset and market; answered by `MarketsReply`."""

    request_id: Integer


class DepthQuery(Struct, array_like=True, frozen=True, gc=False, tag=21):
    """Ask for the best levels of a book; answered by `DepthReply`.

    Attributes:
        request_id: Correlation id.
        market_id: Market.
        levels: Most levels wanted on each side.
    """

    request_id: Integer
    market_id: PositiveInteger
    levels: Annotated[int, Meta(ge=1, le=DEPTH_LEVELS_MAX)]


class OrderQuery(Struct, array_like=True, frozen=True, gc=False, tag=22):
    """Ask for one order among the open and recent ones; answered by `OrderReply`.

    Attributes:
        request_id: Correlation id.
        user_id: Owner.
        order_id: The order, or 0 where client_order_id names it.
        client_order_id: The client's name for it, or "" where order_id names it.
    """

    request_id: Integer
    user_id: PositiveInteger
    order_id: Integer
    client_order_id: ClientOrderId


class OpenOrdersQuery(Struct, array_like=True, frozen=True, gc=False, tag=23):
    """Ask for a user's open orders, oldest first; answered by `OpenOrdersReply`.

    Attributes:
        request_id: Correlation id.
        user_id: Owner.
        market_id: One market, or 0 for all.
    """

    request_id: Integer
    user_id: PositiveInteger
    market_id: Integer


class BalancesQuery(Struct, array_like=True, frozen=True, gc=False, tag=24):
    """Ask for a user's balances; answered by `BalancesReply`."""

    request_id: Integer
    user_id: PositiveInteger


class LedgerQuery(Struct, array_like=True, frozen=True, gc=False, tag=25):
    """Ask for the sums of the ledger, asset by asset; answered by `LedgerReply`."""

    request_id: Integer


class MarketDataQuery(Struct, array_like=True, frozen=True, gc=False, tag=26):
    """Ask for all that a feed joins its deltas to; answered by `MarketDataReply`.

    Attributes:
        request_id: Correlation id.
        market_id: Market.
    """

    request_id: Integer
    market_id: PositiveInteger


class HistoryEndQuery(Struct, array_like=True, frozen=True, gc=False, tag=27):
    """Ask how far the history reaches; answered by `HistoryEndReply`."""

    request_id: Integer


class EventsQuery(Struct, array_like=True, frozen=True, gc=False, tag=28):
    """Ask for events of the past again; answered by `EventsReply`, later than other queries.

    Attributes:
        request_id: Correlation id.
        first_sequence: The command whose events are wanted first.
        last_sequence: The last one wanted; as many are given as an answer holds.
    """

    request_id: Integer
    first_sequence: PositiveInteger
    last_sequence: PositiveInteger


class AccountQuery(Struct, array_like=True, frozen=True, gc=False, tag=29):
    """Ask what holds for a user; answered by `AccountReply`."""

    request_id: Integer
    user_id: PositiveInteger


class AuctionQuery(Struct, array_like=True, frozen=True, gc=False, tag=30):
    """Ask what an auction would do now; answered by `AuctionReply`."""

    request_id: Integer
    market_id: PositiveInteger


class TransferQuery(Struct, array_like=True, frozen=True, gc=False, tag=31):
    """Ask for a transfer by its reference; answered by `TransferReply`."""

    request_id: Integer
    reference: Reference


# What the engine answers, from its state.
StateQuery = (
    MarketsQuery
    | DepthQuery
    | OrderQuery
    | OpenOrdersQuery
    | BalancesQuery
    | LedgerQuery
    | MarketDataQuery
    | AccountQuery
    | AuctionQuery
    | TransferQuery
)

Query = StateQuery | HistoryEndQuery | EventsQuery
