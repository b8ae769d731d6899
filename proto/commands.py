"""Commands: what may change state. Each one that arrives is journaled, then applied once.

`request_id` is the correlation id that a gateway gave the HTTP request; it travels into the
journal and back in the reply. `deadline_ns` is the wall-clock time, in nanoseconds since the
epoch, after which nobody waits for the answer any more: the engine refuses a command that is
stamped later, so a client that was told "outcome unknown" knows the outcome cannot change after
that. Both are 0 where they do not apply. See docs/decisions/0004-deadlines.md.
"""

from typing import Annotated

from msgspec import Meta, Struct

from proto.definitions import AssetDefinition, FeeTier, MarketDefinition, MarketRules
from proto.fields import (
    AccountSelfTrade,
    Amount,
    BasisPoints,
    ClientOrderId,
    Integer,
    ListType,
    MarketStateCode,
    OrderType,
    PositiveAmount,
    PositiveInteger,
    Reference,
    SelfTrade,
    Side,
    SideOrBoth,
    Tier,
    TimeInForce,
    TimeoutMs,
    Trigger,
)


class OrderTerms(Struct, array_like=True, frozen=True, gc=False):
    """What few orders ask for. Plain limit and market orders have none.

    What excludes what stands in docs/trading-rules.md; 0 and false always mean "not asked for".

    Attributes:
        self_trade: ACCOUNT_DEFAULT, or what happens before it would trade with its own owner.
        expires_ns: Engine time at which a GTD order ends.
        display_lots: What an iceberg order shows at a time.
        quote_amount: What a market order spends or gets at most, in smallest quote units.
        slide: A post-only order that would take is moved to the best price at which it does not.
        trigger: STOP_LOSS, TAKE_PROFIT or TRAILING_STOP.
        trigger_price_ticks: Last price at which a STOP_LOSS or TAKE_PROFIT fires.
        trail_ticks: How far a TRAILING_STOP follows behind the best price since it was placed.
        trail_bps: The same in hundredths of a percent of that price; one of the two is given.
    """

    self_trade: SelfTrade = 0
    expires_ns: Integer = 0
    display_lots: Integer = 0
    quote_amount: Amount = 0
    slide: bool = False
    trigger: Trigger = 0
    trigger_price_ticks: Integer = 0
    trail_ticks: Integer = 0
    trail_bps: BasisPoints = 0


class PlaceOrder(Struct, array_like=True, frozen=True, gc=False, tag=1):
    """Place an order.

    Attributes:
        request_id: Correlation id.
        deadline_ns: Refuse when stamped later than this; 0 for never.
        market_id: Market.
        user_id: Owner.
        side: BUY or SELL.
        order_type: LIMIT or MARKET.
        time_in_force: GTC, IOC, FOK, GTD or DAY; a market order is IOC or FOK, except that one with
            a trigger is GTC, GTD or DAY.
        post_only: Refuse rather than take; only with a limit order that may rest.
        price_ticks: Limit price; 0 for a market order.
        quantity_lots: Quantity; 0 for a market order with a quote_amount.
        client_order_id: The client's name for the order, or "".
        terms: What else it asks for; None for a plain order.
    """

    request_id: Integer
    deadline_ns: Integer
    market_id: PositiveInteger
    user_id: PositiveInteger
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    post_only: bool
    price_ticks: Integer
    quantity_lots: Integer
    client_order_id: ClientOrderId
    terms: OrderTerms | None = None


class CancelOrder(Struct, array_like=True, frozen=True, gc=False, tag=2):
    """Cancel what is left of an open order of one's own.

    Attributes:
        request_id: Correlation id.
        deadline_ns: Refuse when stamped later than this; 0 for never.
        market_id: Market that the order must be of.
        user_id: Owner.
        order_id: The order, or 0 where client_order_id names it.
        client_order_id: The client's name for it, or "" where order_id names it.
    """

    request_id: Integer
    deadline_ns: Integer
    market_id: PositiveInteger
    user_id: PositiveInteger
    order_id: Integer
    client_order_id: ClientOrderId


class Deposit(Struct, array_like=True, frozen=True, gc=False, tag=3):
    """Credit a user with an amount from outside; once for each reference.

    Attributes:
        request_id: Correlation id.
        user_id: Who is credited.
        asset_id: Asset.
        amount: Smallest units of the asset.
        reference: The outside's name for the transfer; deposits and withdrawals share one space.
    """

    request_id: Integer
    user_id: PositiveInteger
    asset_id: PositiveInteger
    amount: PositiveAmount
    reference: Reference


class Withdraw(Struct, array_like=True, frozen=True, gc=False, tag=4):
    """Debit a user's available balance; once for each reference.

    Attributes:
        request_id: Correlation id.
        user_id: Who is debited.
        asset_id: Asset.
        amount: Smallest units of the asset.
        reference: The outside's name for the transfer; deposits and withdrawals share one space.
    """

    request_id: Integer
    user_id: PositiveInteger
    asset_id: PositiveInteger
    amount: PositiveAmount
    reference: Reference


class DefineAsset(Struct, array_like=True, frozen=True, gc=False, tag=5):
    """Create an asset."""

    request_id: Integer
    asset: AssetDefinition


class DefineMarket(Struct, array_like=True, frozen=True, gc=False, tag=6):
    """Create a market of two assets that exist."""

    request_id: Integer
    market: MarketDefinition


class AmendOrder(Struct, array_like=True, frozen=True, gc=False, tag=7):
    """Change the price or the quantity of an open order of one's own; answered by `OrderReply`.

    Attributes:
        request_id: Correlation id.
        deadline_ns: Refuse when stamped later than this; 0 for never.
        market_id: Market that the order must be of.
        user_id: Owner.
        order_id: The order, or 0 where client_order_id names it.
        client_order_id: The client's name for it, or "" where order_id names it.
        price_ticks: New limit price; 0 leaves it.
        quantity_lots: New quantity, what was executed included; 0 leaves it.
        trigger_price_ticks: New trigger price of a waiting order; 0 leaves it.
    """

    request_id: Integer
    deadline_ns: Integer
    market_id: PositiveInteger
    user_id: PositiveInteger
    order_id: Integer
    client_order_id: ClientOrderId
    price_ticks: Integer
    quantity_lots: Integer
    trigger_price_ticks: Integer = 0


class ReplaceOrder(Struct, array_like=True, frozen=True, gc=False, tag=8):
    """Cancel an open order and place another, both or neither; answered by `ReplaceReply`.

    Attributes:
        order_id: The order to cancel, or 0 where client_order_id names it.
        client_order_id: The client's name for it, or "" where order_id names it.
        order: The order to place; its request_id, deadline, market and user are the command's.
    """

    order_id: Integer
    client_order_id: ClientOrderId
    order: PlaceOrder

    @property
    def request_id(self) -> int:
        """Correlation id."""
        return self.order.request_id


class CancelAll(Struct, array_like=True, frozen=True, gc=False, tag=9):
    """Cancel open orders, waiting and pending ones included; answered by `CancelAllReply`.

    Attributes:
        request_id: Correlation id.
        deadline_ns: Refuse when stamped later than this; 0 for never.
        user_id: Whose orders; 0 for everybody's, and then market_id is given.
        market_id: Of which market; 0 for all.
        side: BUY, SELL, or 0 for both.
    """

    request_id: Integer
    deadline_ns: Integer
    user_id: Integer
    market_id: Integer
    side: SideOrBoth


class PlaceList(Struct, array_like=True, frozen=True, gc=False, tag=10):
    """Place orders that depend on each other, all or none; answered by `ListReply`.

    Attributes:
        list_type: OCO: two orders of one side, of which the first that trades, fires or ends
            cancels the other. OTO: when the first is filled, the others are placed: one, or two
            that are an OCO.
        orders: Of one market and one user; request_id and deadline are those of the first.
    """

    list_type: ListType
    orders: Annotated[list[PlaceOrder], Meta(min_length=2, max_length=3)]

    @property
    def request_id(self) -> int:
        """Correlation id."""
        return self.orders[0].request_id


class CancelAllAfter(Struct, array_like=True, frozen=True, gc=False, tag=11):
    """Cancel all orders of a user unless told again in time; answered by `AccountReply`.

    Attributes:
        request_id: Correlation id.
        deadline_ns: Refuse when stamped later than this; 0 for never.
        user_id: Whose orders.
        timeout_ms: From now; 0 turns the switch off.
    """

    request_id: Integer
    deadline_ns: Integer
    user_id: PositiveInteger
    timeout_ms: TimeoutMs


class AdvanceTime(Struct, array_like=True, frozen=True, gc=False, tag=12):
    """Do what time alone brings about; the matcher sends it to itself. Answered by `Defined`."""

    request_id: Integer


class RequestTransfer(Struct, array_like=True, frozen=True, gc=False, tag=13):
    """Announce a deposit, or hold what a withdrawal takes; once for each reference.

    Answered by `TransferReply`.

    Attributes:
        request_id: Correlation id.
        user_id: Whose balance.
        asset_id: Asset.
        amount: Smallest units of the asset.
        reference: The outside's name for the transfer, in the space that all transfers share.
        is_withdrawal: Whether it takes rather than gives.
    """

    request_id: Integer
    user_id: PositiveInteger
    asset_id: PositiveInteger
    amount: PositiveAmount
    reference: Reference
    is_withdrawal: bool


class SettleTransfer(Struct, array_like=True, frozen=True, gc=False, tag=14):
    """Confirm or reject a transfer that was requested; answered by `TransferReply`.

    Attributes:
        request_id: Correlation id.
        reference: The transfer's.
        confirm: Whether it happens; otherwise what is held is given back.
    """

    request_id: Integer
    reference: Reference
    confirm: bool


class TransferBetween(Struct, array_like=True, frozen=True, gc=False, tag=15):
    """Move available balance to another user; once for each reference.

    Answered by `TransferReply` (of the giving user).

    Attributes:
        request_id: Correlation id.
        user_id: Who gives.
        to_user_id: Who gets.
        asset_id: Asset.
        amount: Smallest units of the asset.
        reference: Name of the transfer, in the space that all transfers share.
    """

    request_id: Integer
    user_id: PositiveInteger
    to_user_id: PositiveInteger
    asset_id: PositiveInteger
    amount: PositiveAmount
    reference: Reference


class CollectFees(Struct, array_like=True, frozen=True, gc=False, tag=16):
    """Pay collected fees out to a user; once for each reference. Answered by `TransferReply`.

    Attributes:
        request_id: Correlation id.
        user_id: Who gets them.
        asset_id: Asset.
        amount: Smallest units of the asset.
        reference: Name of the transfer, in the space that all transfers share.
    """

    request_id: Integer
    user_id: PositiveInteger
    asset_id: PositiveInteger
    amount: PositiveAmount
    reference: Reference


class SetAccount(Struct, array_like=True, frozen=True, gc=False, tag=17):
    """Say what holds for a user; answered by `AccountReply`.

    Attributes:
        request_id: Correlation id.
        user_id: User.
        tier: Fee tier of orders placed from now on.
        group_id: Users of one group count as one in self-trade prevention; 0 for none.
        self_trade: What happens where an order does not say itself.
        is_frozen: Whether the user may neither place orders nor move money out.
    """

    request_id: Integer
    user_id: PositiveInteger
    tier: Tier
    group_id: Integer
    self_trade: AccountSelfTrade
    is_frozen: bool


class SetAsset(Struct, array_like=True, frozen=True, gc=False, tag=18):
    """Freeze an asset, or thaw it; answered by `Defined`.

    Attributes:
        request_id: Correlation id.
        asset_id: Asset.
        is_frozen: Whether it may neither be moved nor traded with new orders.
    """

    request_id: Integer
    asset_id: PositiveInteger
    is_frozen: bool


class SetMarketState(Struct, array_like=True, frozen=True, gc=False, tag=19):
    """Change the state of a market; answered by `MarketReply`.

    Attributes:
        request_id: Correlation id.
        market_id: Market.
        state: PRE_OPEN to CLOSED.
        duration_ms: After which an AUCTION uncrosses by itself; 0 where the operator ends it.
    """

    request_id: Integer
    market_id: PositiveInteger
    state: MarketStateCode
    duration_ms: TimeoutMs


class SetMarketRules(Struct, array_like=True, frozen=True, gc=False, tag=20):
    """Change the rules of a market, for orders from now on; answered by `MarketReply`."""

    request_id: Integer
    market_id: PositiveInteger
    rules: MarketRules


class SetReferencePrice(Struct, array_like=True, frozen=True, gc=False, tag=21):
    """Set what bands and halts of a market are measured from; answered by `MarketReply`."""

    request_id: Integer
    market_id: PositiveInteger
    price_ticks: PositiveInteger


class SetFees(Struct, array_like=True, frozen=True, gc=False, tag=22):
    """Set the fees of one tier in a market, for orders from now on; answered by `MarketReply`."""

    request_id: Integer
    market_id: PositiveInteger
    fees: FeeTier


Command = (
    PlaceOrder
    | CancelOrder
    | Deposit
    | Withdraw
    | DefineAsset
    | DefineMarket
    | AmendOrder
    | ReplaceOrder
    | CancelAll
    | PlaceList
    | CancelAllAfter
    | AdvanceTime
    | RequestTransfer
    | SettleTransfer
    | TransferBetween
    | CollectFees
    | SetAccount
    | SetAsset
    | SetMarketState
    | SetMarketRules
    | SetReferencePrice
    | SetFees
)
