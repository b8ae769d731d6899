"""Events: what commands did. The engine's whole output, apart from the reply to each command.

The events of one batch of commands are collected in an `EventBatch`, a list for each kind, in
the order in which they happened. They are a function of the journal: a replay makes the same
bytes.
"""

from msgspec import Struct, field

from proto.definitions import AssetDefinition, MarketDefinition, MarketStatus
from proto.ids import AssetId, OrderId, Sequence, TradeId, UserId


class SpecialState(Struct, array_like=True, frozen=True, gc=False):
    """What an order has that a plain one does not; 0 where it does not apply.

    Attributes:
        self_trade: As it was asked for: ACCOUNT_DEFAULT to DECREMENT.
        expires_ns: Engine time at which it ends, of a GTD or DAY order.
        display_lots: What an iceberg order shows at a time.
        quote_amount: What a market order spends or gets at most.
        trigger: STOP_LOSS, TAKE_PROFIT or TRAILING_STOP.
        trigger_price_ticks: Last price at which it fires, or fired; a trailing stop's moves.
        trail_ticks: Trail of a trailing stop, as a distance.
        trail_bps: The same in hundredths of a percent.
        list_type: OCO or OTO.
        list_id: Identifier of the first order of the list.
    """

    self_trade: int
    expires_ns: int
    display_lots: int
    quote_amount: int
    trigger: int
    trigger_price_ticks: int
    trail_ticks: int
    trail_bps: int
    list_type: int
    list_id: OrderId


class OrderState(Struct, array_like=True, frozen=True, gc=False):
    """An order as it is at one moment.

    Attributes:
        order_id: Identifier: the shard, and the number that the order was given.
        user_id: Owner.
        market_id: Market.
        client_order_id: The client's name for it, or "".
        side: BUY or SELL.
        order_type: LIMIT or MARKET.
        time_in_force: GTC, IOC, FOK, GTD or DAY.
        post_only: Whether it was placed to make only.
        price_ticks: Limit price; 0 for a market order.
        quantity_lots: Quantity as placed, or as amended or reduced since.
        executed_lots: Part of it that was traded; 0..quantity_lots.
        executed_quote_amount: Sum of price x quantity over its fills, in smallest quote units.
        fee_amount: Fees paid so far less rebates, in smallest quote units.
        status: NEW to PENDING.
        created_ns: Engine time at which it was placed.
        updated_ns: Engine time of its last change.
        special: What a plain order does not have; None for a plain one.
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
    special: SpecialState | None = None


class ExecutionReport(Struct, array_like=True, frozen=True, gc=False):
    """What an owner is told of an order.

    Attributes:
        sequence: Sequence of the command that caused it.
        report: REPORT_ACCEPTED to REPORT_REDUCED.
        reason: Why it was rejected, or what ended or reduced it (SELF_TRADE to VOLATILITY_HALT);
            OK otherwise.
        order: The order after the event.
        trade_id: The trade of a fill; 0 otherwise.
        fill_price_ticks: Price of the fill; 0 otherwise.
        fill_quantity_lots: Quantity of the fill; 0 otherwise.
        fill_fee_amount: Fee of the fill, in smallest quote units, negative for a rebate; 0
            otherwise.
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
        maker_fee_amount: Fee of the maker, in smallest quote units; negative for a rebate.
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
    """A change of what an account owns, or of what a withdrawal holds of it.

    Holds of orders follow from the orders and make none.

    Attributes:
        sequence: Sequence of the command that caused it.
        timestamp_ns: Engine time.
        user_id: Whose balance.
        asset_id: Of which asset.
        reason: DEPOSIT to FEES_COLLECTED.
        change_amount: Signed change of the total, fee included; 0 where only a hold changed.
        fee_amount: The part of the change that was a fee; negative for a rebate.
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


class TransferState(Struct, array_like=True, frozen=True, gc=False):
    """A transfer in two steps as it is after an event.

    Attributes:
        sequence: Sequence of the command that caused it.
        timestamp_ns: Engine time.
        reference: Name of the transfer.
        user_id: Whose balance.
        asset_id: Of which asset.
        amount: Smallest units.
        kind: DEPOSIT or WITHDRAWAL.
        status: REQUESTED, CONFIRMED or DECLINED.
    """

    sequence: Sequence
    timestamp_ns: int
    reference: str
    user_id: UserId
    asset_id: AssetId
    amount: int
    kind: int
    status: int


class MarketChange(Struct, array_like=True, frozen=True, gc=False):
    """A market's status after it changed, but for a reference price that follows trades."""

    sequence: Sequence
    timestamp_ns: int
    status: MarketStatus


class AccountState(Struct, array_like=True, frozen=True, gc=False):
    """What holds for a user.

    Attributes:
        user_id: User.
        tier: Fee tier.
        group_id: Group for self-trade prevention, or 0.
        self_trade: ALLOW to DECREMENT.
        is_frozen: Whether frozen.
        cancel_at_ns: Engine time at which the dead man's switch cancels all orders; 0 while off.
    """

    user_id: UserId
    tier: int
    group_id: int
    self_trade: int
    is_frozen: bool
    cancel_at_ns: int


class AccountChange(Struct, array_like=True, frozen=True, gc=False):
    """An account's state after an operator changed it; a dead man's switch makes no such event."""

    sequence: Sequence
    timestamp_ns: int
    account: AccountState


class AssetChange(Struct, array_like=True, frozen=True, gc=False):
    """An asset was frozen, or thawed."""

    sequence: Sequence
    timestamp_ns: int
    asset_id: AssetId
    is_frozen: bool


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
        transfers: Changes of transfers in two steps.
        market_changes: Changes of markets' states, rules and fees.
        account_changes: Changes of accounts.
        asset_changes: Assets frozen or thawed.
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
    transfers: list[TransferState] = field(default_factory=list)
    market_changes: list[MarketChange] = field(default_factory=list)
    account_changes: list[AccountChange] = field(default_factory=list)
    asset_changes: list[AssetChange] = field(default_factory=list)
