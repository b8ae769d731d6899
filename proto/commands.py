"""Commands: what may change state. Each one that arrives is journaled, then applied once.

`request_id` is the correlation id that a gateway gave the HTTP request; it travels into the
journal and back in the reply. `deadline_ns` is the wall-clock time, in nanoseconds since the
epoch, after which nobody waits for the answer any more: the engine refuses a command that is
stamped later, so a client that was told "outcome unknown" knows the outcome cannot change after
that. Both are 0 where they do not apply. See docs/decisions/0004-deadlines.md.
"""

from msgspec import Struct

from proto.definitions import AssetDefinition, MarketDefinition
from proto.fields import (
    ClientOrderId,
    Integer,
    OrderType,
    PositiveAmount,
    PositiveInteger,
    Reference,
    Side,
    TimeInForce,
)


class PlaceOrder(Struct, array_like=True, frozen=True, gc=False, tag=1):
    """Place an order.

    Attributes:
        request_id: Correlation id.
        deadline_ns: Refuse when stamped later than this; 0 for never.
        market_id: Market.
        user_id: Owner.
        side: BUY or SELL.
        order_type: LIMIT or MARKET.
        time_in_force: GTC, IOC or FOK; a market order is IOC or FOK.
        post_only: Refuse rather than take; only with a GTC limit order.
        price_ticks: Limit price; 0 for a market order.
        quantity_lots: Quantity.
        client_order_id: The client's name for the order, or "".
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
    quantity_lots: PositiveInteger
    client_order_id: ClientOrderId


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


Command = PlaceOrder | CancelOrder | Deposit | Withdraw | DefineAsset | DefineMarket
