"""What to do when a message left and no answer came: it may have been applied, or not.

A question has changed nothing. What is applied once however often it comes (`proto.mesh.repetition`
knows) may simply be sent again. Of anything else, the client is told where to look first: at which
address of REST, and with which request of a WebSocket where that shows it too.
"""

from typing import Final

from proto.api.problems import Problem
from proto.commands import (
    AmendOrder,
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    CollectFees,
    Command,
    DefineAsset,
    DefineMarket,
    PlaceList,
    PlaceOrder,
    ReplaceOrder,
    RequestTransfer,
    SetAccount,
    SetAsset,
    SetFees,
    SetMarketRules,
    SetMarketState,
    SetReferencePrice,
    SettleTransfer,
    TransferBetween,
)
from proto.mesh.errors import MeshError
from proto.mesh.repetition import is_repeatable
from proto.queries import Query

_ONE_ORDER: Final = "GET /api/v1/order shows the order as it is (over WebSocket: GET_ORDER)"
_OPEN_ORDERS: Final = "GET /api/v1/order/open shows what is left (over WebSocket: GET_OPEN_ORDERS)"
_BOOK: Final = "GET /api/v1/depth shows what is left"
_MARKETS: Final = "GET /api/v1/markets shows what holds for the market"
_SECOND: Final = (
    "it would be placed a second time, for it has no client_order_id; GET /api/v1/order/open and "
    "GET /api/v1/orders show whether it is there (over WebSocket, GET_OPEN_ORDERS shows it while "
    "it is open)"
)
_REPLACED: Final = (
    "GET /api/v1/order shows whether the old order is still open: if it is, nothing was replaced; "
    "if not, GET /api/v1/order/open and GET /api/v1/orders show whether the new one is there (over "
    "WebSocket: GET_ORDER, and GET_OPEN_ORDERS while it is open)"
)
_WHERE: Final[dict[type[Command], str]] = {
    AmendOrder: _ONE_ORDER,
    CancelOrder: _ONE_ORDER,
    CancelAllAfter: "cancel_at in GET /api/v1/account shows the switch",
    DefineAsset: "GET /api/v1/balances lists all assets",
    DefineMarket: _MARKETS,
    SetFees: _MARKETS,
    SetMarketRules: _MARKETS,
    SetMarketState: _MARKETS,
    SetReferencePrice: _MARKETS,
    SetAccount: "GET /api/v1/account shows what holds for the user",
    SetAsset: "POST /api/v1/admin/assets with its own definition shows is_frozen",
}


def outcome_unknown(error: MeshError, message: Command | Query) -> Problem:
    """Tell what to do about a message whose answer did not come.

    Args:
        error: Why it did not come.
        message: The message that had left.
    """
    return Problem("OUTCOME_UNKNOWN", f"{error}; {_advice(message)}")


def _advice(message: Command | Query) -> str:
    if not isinstance(message, Command):
        return "nothing was changed: ask again"
    where = _where(message)
    if is_repeatable(message):
        return (
            "it may or may not have been applied: send the same again, which is applied at most "
            f"once; {where}"
        )
    return f"it may or may not have been applied; look before you send it again: {where}"


def _where(command: Command) -> str:
    """Say where the client sees what became of a command."""
    if isinstance(command, PlaceOrder):
        return _of_order(command)
    if isinstance(command, ReplaceOrder):
        return _ONE_ORDER if command.order.client_order_id else _REPLACED
    if isinstance(command, PlaceList):
        return _of_order(command.orders[0])
    if isinstance(command, CollectFees | RequestTransfer | SettleTransfer | TransferBetween):
        return f"GET /api/v1/transfers/{command.reference} shows how it stands"
    if isinstance(command, CancelAll):
        where = _OPEN_ORDERS if command.user_id else _BOOK
        return f"{where}; orders that came since would be cancelled too"
    return _WHERE[type(command)]


def _of_order(order: PlaceOrder) -> str:
    return _ONE_ORDER if order.client_order_id else _SECOND
