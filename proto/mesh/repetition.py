"""Which messages may be sent again while the outcome of the first is unknown. Pure.

An order without a `client_order_id` would be a second order. An amendment that has filled its order
would be refused the second time, a repeated cancel-all would count nothing, a state that is set
again may undo what an operator did meanwhile: whoever sent these is told that the outcome is
unknown, and decides.
"""

from typing import Final

from proto.commands import (
    CancelOrder,
    CollectFees,
    Command,
    DefineAsset,
    DefineMarket,
    Deposit,
    PlaceList,
    PlaceOrder,
    ReplaceOrder,
    RequestTransfer,
    SettleTransfer,
    TransferBetween,
    Withdraw,
)
from proto.queries import Query

Message = Command | Query

# Applied once by what they name: an order, a reference, or what they define.
_APPLIED_ONCE: Final = (
    CancelOrder,
    CollectFees,
    DefineAsset,
    DefineMarket,
    Deposit,
    RequestTransfer,
    SettleTransfer,
    TransferBetween,
    Withdraw,
)


def is_repeatable(message: Message) -> bool:
    """Tell whether the engine answers a repetition with the first outcome, or changes nothing."""
    if isinstance(message, PlaceOrder):
        return message.client_order_id != ""
    if isinstance(message, ReplaceOrder):
        return message.order.client_order_id != ""
    if isinstance(message, PlaceList):
        return message.orders[0].client_order_id != ""
    return not isinstance(message, Command) or isinstance(message, _APPLIED_ONCE)
