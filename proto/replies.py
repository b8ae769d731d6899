"""Replies: what the matcher answers to commands and queries, one for each.

`request_id` is that of the command or query. A refusal is a value, `Rejected`; which reply
answers what stands in `proto/commands.py` and `proto/queries.py`.
"""

from msgspec import Struct

from proto.definitions import AssetDefinition, MarketDefinition, MarketStatus
from proto.events import AccountState, OrderState
from proto.ids import AssetId, TradeId, UserId
from proto.market_data import Candle, Level, Ticker


class Fill(Struct, array_like=True, frozen=True, gc=False):
    """One match, as its taker is told at once.

    Attributes:
        trade_id: Identifier of the trade.
        price_ticks: Price.
        quantity_lots: Quantity.
        fee_amount: Taker's fee, in smallest quote units.
    """

    trade_id: TradeId
    price_ticks: int
    quantity_lots: int
    fee_amount: int


class Rejected(Struct, array_like=True, frozen=True, gc=False, tag=40):
    """The command or query was refused and changed nothing.

    Attributes:
        request_id: Correlation id.
        reason: One of the reasons in `proto.codes`.
    """

    request_id: int
    reason: int


class OrderReply(Struct, array_like=True, frozen=True, gc=False, tag=41):
    """An order: placed, cancelled or found.

    Attributes:
        request_id: Correlation id.
        order: The order. To a repeated client_order_id, as it was when it was first placed.
        fills: What it matched on arrival; empty after a cancel, and for an order found.
    """

    request_id: int
    order: OrderState
    fills: list[Fill]


class TransferReply(Struct, array_like=True, frozen=True, gc=False, tag=42):
    """A transfer stands like this, now or since its reference was first seen.

    Attributes:
        request_id: Correlation id.
        user_id: Whose balance.
        asset_id: Asset.
        amount: Smallest units moved.
        reference: Reference.
        kind: DEPOSIT, WITHDRAWAL, TRANSFER_OUT or FEES_COLLECTED.
        status: CONFIRMED; of a transfer in two steps also REQUESTED or DECLINED.
        to_user_id: Who gets a TRANSFER_OUT; 0 for the other kinds.
    """

    request_id: int
    user_id: UserId
    asset_id: AssetId
    amount: int
    reference: str
    kind: int
    status: int
    to_user_id: int = 0


class Defined(Struct, array_like=True, frozen=True, gc=False, tag=43):
    """An asset or market exists, as defined."""

    request_id: int


class MarketsReply(Struct, array_like=True, frozen=True, gc=False, tag=44):
    """Every asset and market, in the order of their identifiers.

    Attributes:
        request_id: Correlation id.
        assets: Assets.
        markets: Markets.
        statuses: State, rules and fees of each market.
        frozen_asset_ids: Assets that are frozen.
    """

    request_id: int
    assets: list[AssetDefinition]
    markets: list[MarketDefinition]
    statuses: list[MarketStatus] = []
    frozen_asset_ids: list[AssetId] = []


class DepthReply(Struct, array_like=True, frozen=True, gc=False, tag=45):
    """The best levels of a book.

    Attributes:
        request_id: Correlation id.
        market_id: Market.
        book_sequence: Changes of this book so far.
        bids: Highest price first.
        asks: Lowest price first.
    """

    request_id: int
    market_id: int
    book_sequence: int
    bids: list[Level]
    asks: list[Level]


class OpenOrdersReply(Struct, array_like=True, frozen=True, gc=False, tag=46):
    """A user's open orders, oldest first."""

    request_id: int
    orders: list[OrderState]


class BalanceState(Struct, array_like=True, frozen=True, gc=False):
    """One balance.

    Attributes:
        asset_id: Asset.
        total_amount: Smallest units owned.
        held_amount: Part of it reserved by open orders and withdrawals.
    """

    asset_id: AssetId
    total_amount: int
    held_amount: int


class BalancesReply(Struct, array_like=True, frozen=True, gc=False, tag=47):
    """A user's balances in the order of asset ids; assets never touched are left out."""

    request_id: int
    balances: list[BalanceState]


class AssetSums(Struct, array_like=True, frozen=True, gc=False):
    """One asset over the whole ledger; `users_amount + fees_amount` = deposited - withdrawn.

    Attributes:
        asset_id: Asset.
        users_amount: Sum of all users' totals.
        held_amount: Sum of what is held of them.
        fees_amount: Fees collected.
        deposited_amount: Sum of all deposits.
        withdrawn_amount: Sum of all withdrawals.
    """

    asset_id: AssetId
    users_amount: int
    held_amount: int
    fees_amount: int
    deposited_amount: int
    withdrawn_amount: int


class LedgerReply(Struct, array_like=True, frozen=True, gc=False, tag=48):
    """The sums of the ledger.

    Attributes:
        request_id: Correlation id.
        sequence: Sequence of the last command applied.
        trades: Trades so far.
        sums: One for each asset, in the order of their identifiers.
    """

    request_id: int
    sequence: int
    trades: int
    sums: list[AssetSums]


class MarketDataReply(Struct, array_like=True, frozen=True, gc=False, tag=49):
    """Everything about one market that its channels then change.

    Attributes:
        request_id: Correlation id.
        market_id: Market.
        book_sequence: Changes of the book so far; the next `DepthMessage` to apply starts above.
        bids: All buy levels, highest price first.
        asks: All sell levels, lowest price first.
        trade_number: Trades of the market so far; the next trade to apply has the number above.
        candles: The running candle of each interval that had a trade.
        ticker: The last 24 hours.
        last_trade_id: The shard's last trade, of whichever market: those of this market so far have
            identifiers up to it, and all that follow have higher ones. 0 before the first.
    """

    request_id: int
    market_id: int
    book_sequence: int
    bids: list[Level]
    asks: list[Level]
    trade_number: int
    candles: list[Candle]
    ticker: Ticker
    last_trade_id: TradeId


class HistoryEndReply(Struct, array_like=True, frozen=True, gc=False, tag=50):
    """How far the history reaches.

    Attributes:
        request_id: Correlation id.
        epoch: Epoch of the matcher; no event has a higher one.
        last_sequence: Sequence of the last command that is on disk.
    """

    request_id: int
    epoch: int
    last_sequence: int


class ListReply(Struct, array_like=True, frozen=True, gc=False, tag=52):
    """Orders of a list, as they are after it was placed.

    Attributes:
        request_id: Correlation id.
        orders: In the order of the command.
        fills: What the one that arrived at once matched.
    """

    request_id: int
    orders: list[OrderState]
    fills: list[Fill]


class ReplaceReply(Struct, array_like=True, frozen=True, gc=False, tag=53):
    """An order was cancelled and another placed.

    Attributes:
        request_id: Correlation id.
        cancelled: The one; as it is now, where the command is repeated.
        order: The other.
        fills: What it matched on arrival.
    """

    request_id: int
    cancelled: OrderState
    order: OrderState
    fills: list[Fill]


class CancelAllReply(Struct, array_like=True, frozen=True, gc=False, tag=54):
    """Orders were cancelled.

    Attributes:
        request_id: Correlation id.
        cancelled_orders: How many.
        is_complete: Whether none is left; otherwise the command is to be sent again.
    """

    request_id: int
    cancelled_orders: int
    is_complete: bool


class AccountReply(Struct, array_like=True, frozen=True, gc=False, tag=55):
    """What holds for a user."""

    request_id: int
    account: AccountState


class MarketReply(Struct, array_like=True, frozen=True, gc=False, tag=56):
    """State, rules and fees of a market."""

    request_id: int
    status: MarketStatus


class AuctionReply(Struct, array_like=True, frozen=True, gc=False, tag=57):
    """What an auction would do if it uncrossed now.

    Attributes:
        request_id: Correlation id.
        market_id: Market.
        state: State of the market.
        ends_ns: Engine time at which an auction ends by itself; 0 where nothing is set.
        price_ticks: Price; 0 where nothing would trade.
        quantity_lots: What would trade.
        imbalance_lots: What is left at that price: more to buy where positive.
    """

    request_id: int
    market_id: int
    state: int
    ends_ns: int
    price_ticks: int
    quantity_lots: int
    imbalance_lots: int


class EventsReply(Struct, array_like=True, frozen=True, gc=False, tag=51):
    """Events of the past, made again from the journal.

    Attributes:
        request_id: Correlation id.
        batch: An encoded `EventBatch` that begins with the first sequence asked for, as in an
            entry of the `db_processor` stream; empty where there is none to be had now, and
            asking again later is all there is to do.
    """

    request_id: int
    batch: bytes


Reply = (
    Rejected
    | OrderReply
    | TransferReply
    | Defined
    | MarketsReply
    | DepthReply
    | OpenOrdersReply
    | BalancesReply
    | LedgerReply
    | MarketDataReply
    | HistoryEndReply
    | EventsReply
    | ListReply
    | ReplaceReply
    | CancelAllReply
    | AccountReply
    | MarketReply
    | AuctionReply
)
