"""Events: what commands did. The engine's whole output, apart from the reply to each command.

The events of one batch of commands are collected in an `EventBatch`, a list for each kind, in
the order in which they happened. They are a function of the journal: a replay makes the same
bytes.
"""

from msgspec import Struct

from proto.definitions import AssetDefinition, MarketDefinition
from proto.ids import AssetId, OrderId, Sequence, TradeId, UserId


class OrderState(Struct, array_like=True, frozen=True, gc=False):
    """An order as it is at one moment.

    Attributes:
        order_id: Identifier, from the sequence of the command that placed it.
        user_id: Owner.
        market_id: Market.
        client_order_id: The client's name for it, or "".
        side: BUY or SELL.
        order_type: LIMIT or MARKET.
        time_in_force: GTC, IOC or FOK.
        post_only: Whether it was placed to make only.
        price_ticks: Limit price; 0 for a market order.
        quantity_lots: Quantity as placed.
        executed_lots: Part of it that was traded; 0..quantity_lots.
        executed_quote_amount: Sum of price x quantity over its fills, in smallest quote units.
        fee_amount: Fees paid so far, in smallest quote units.
        status: NEW, PARTIALLY_FILLED, FILLED, CANCELLED, EXPIRED or REJECTED.
        created_ns: Engine time at which it was placed.
        updated_ns: Engine time of its last change.
    """

    order_id: OrderId
    user_id: UserId
    market_id: int
    client_order_id: str
    side: int
    order_type: int
    time_in_force: int
    post_only: bool
    price_ticks: int
    quantity_lots: int
    executed_lots: int
    executed_quote_amount: int
    fee_amount: int
    status: int
    created_ns: int
    updated_ns: int


class ExecutionReport(Struct, array_like=True, frozen=True, gc=False):
    """What an owner is told of an order.

    Attributes:
        sequence: Sequence of the command that caused it.
        report: REPORT_ACCEPTED, REPORT_FILL, REPORT_CANCELLED, REPORT_EXPIRED or REPORT_REJECTED.
        reason: Why it was rejected; OK otherwise.
        order: The order after the event.
        trade_id: The trade of a fill; 0 otherwise.
        fill_price_ticks: Price of the fill; 0 otherwise.
        fill_quantity_lots: Quantity of the fill; 0 otherwise.
        fill_fee_amount: Fee of the fill, in smallest quote units; 0 otherwise.
        is_maker: Whether the order was the resting side of the fill.
    """

    sequence: Sequence
    report: int
    reason: int
    order: OrderState
    trade_id: TradeId
    fill_price_ticks: int
    fill_quantity_lots: int
    fill_fee_amount: int
    is_maker: bool


class Trade(Struct, array_like=True, frozen=True, gc=False):
    """A fill, once for both sides.

    Attributes:
        trade_id: Identifier.
        market_id: Market.
        number: Position among the trades of its market, from 1, gapless.
        sequence: Sequence of the taker's command.
        timestamp_ns: Engine time.
        price_ticks: Price: the maker's.
        quantity_lots: Quantity.
        quote_amount: Price x quantity, in smallest quote units.
        taker_side: BUY or SELL.
        taker_order_id: The order that took.
        maker_order_id: The order that rested.
        taker_user_id: Its owner.
        maker_user_id: Its owner.
        taker_fee_amount: Fee of the taker, in smallest quote units.
        maker_fee_amount: Fee of the maker, in smallest quote units.
    """

    trade_id: TradeId
    market_id: int
    number: int
    sequence: Sequence
    timestamp_ns: int
    price_ticks: int
    quantity_lots: int
    quote_amount: int
    taker_side: int
    taker_order_id: OrderId
    maker_order_id: OrderId
    taker_user_id: UserId
    maker_user_id: UserId
    taker_fee_amount: int
    maker_fee_amount: int


class BalanceChange(Struct, array_like=True, frozen=True, gc=False):
    """A change of what an account owns. Holds are not ownership and make none.

    Attributes:
        sequence: Sequence of the command that caused it.
        timestamp_ns: Engine time.
        user_id: Whose balance.
        asset_id: Of which asset.
        reason: DEPOSIT, WITHDRAWAL or TRADE.
        change_amount: Signed change of the total, fee included.
        fee_amount: The part of the change that was a fee; 0 or more.
        total_amount: Total after the change.
        held_amount: Held part of the total after the change.
        trade_id: The trade; 0 for a transfer.
        reference: Reference of the transfer; "" for a trade.
    """

    sequence: Sequence
    timestamp_ns: int
    user_id: UserId
    asset_id: AssetId
    reason: int
    change_amount: int
    fee_amount: int
    total_amount: int
    held_amount: int
    trade_id: TradeId
    reference: str


class LevelChange(Struct, array_like=True, frozen=True, gc=False):
    """A price level's new total.

    Attributes:
        market_id: Market.
        book_sequence: Counts the changes of this book, from 1, gapless.
        side: BUY or SELL.
        price_ticks: Price of the level.
        quantity_lots: What rests there now; 0 when the level is gone.
    """

    market_id: int
    book_sequence: int
    side: int
    price_ticks: int
    quantity_lots: int


class EventBatch(Struct, array_like=True, gc=False):
    """The events of the commands `first_sequence` .. `last_sequence`, both included.

    This is also the message of the `db_processor` stream (with `level_changes` left empty: a
    book is not history). A batch without events is still sent, so that the sequence shows a gap.

    Attributes:
        shard: Shard of the matcher.
        epoch: Epoch of the matcher that applied the batch.
        first_sequence: Sequence of the first command.
        last_sequence: Sequence of the last command; the next batch starts one above it.
        timestamp_ns: Engine time of the last command.
        assets: Assets created.
        markets: Markets created.
        reports: Execution reports.
        trades: Trades.
        balance_changes: Balance changes.
        level_changes: Changes of books.
    """

    shard: int
    epoch: int
    first_sequence: int
    last_sequence: int
    timestamp_ns: int
    assets: list[AssetDefinition]
    markets: list[MarketDefinition]
    reports: list[ExecutionReport]
    trades: list[Trade]
    balance_changes: list[BalanceChange]
    level_changes: list[LevelChange]
