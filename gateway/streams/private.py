"""Streams of the user who has signed in."""

from typing import Final

from gateway import examples as rest
from gateway.examples import Example
from gateway.streams.channel import PRIVATE_TAG, Channel
from proto.api.streams.private import BalanceData, FillData, ReportData, StartData

_START: Final[Example] = {"type": "start", "position": "4710", "user_id": "1"}
_ACCEPTED: Final[Example] = {
    "type": "report",
    "position": "4711.2",
    "event": "accepted",
    "reason": None,
    "fill": None,
    "order": rest.ORDER,
}
_FILL: Final[Example] = {
    "type": "fill",
    "position": "4713.1",
    "user_id": "1",
    "order_id": "23",
    "client_order_id": None,
    "market": "TATA_INR",
    "side": "buy",
    "price": "100.00",
    "quantity": "4",
    "trade_id": "12",
    "fee": "0.40",
    "is_maker": True,
    "order_status": "partially_filled",
    "timestamp": "2024-01-01T12:00:01.000000Z",
}
_FILLED: Final[Example] = {
    **_ACCEPTED,
    "position": "4713.1",
    "event": "fill",
    "fill": {
        "price": "100.00",
        "quantity": "4",
        "trade_id": "12",
        "fee": "0.40",
        "is_maker": True,
    },
    "order": {
        **rest.ORDER,
        "executed_quantity": "4",
        "remaining_quantity": "6",
        "executed_quote_quantity": "400.00",
        "fee": "0.40",
        "status": "partially_filled",
        "updated_at": "2024-01-01T12:00:01.000000Z",
    },
}
_BALANCE: Final[Example] = {
    "type": "balance",
    "position": "4713.1",
    "user_id": "1",
    "asset": "INR",
    "reason": "trade",
    "change": "-400.40",
    "fee": "0.40",
    "total": "600.00",
    "held": "0.00",
    "trade_id": "12",
    "reference": None,
    "timestamp": "2024-01-01T12:00:01.000000Z",
}
_COMPLETE: Final = (
    "Complete: each message once, in order, whatever dies in between. `start` comes first: from "
    "its position on, everything is told. `after` with the last `position` goes on there, without "
    "a `start`."
)

PRIVATE: Final = (
    Channel(
        key="orders",
        address="orders",
        tag=PRIVATE_TAG,
        title="Every execution report",
        description=_COMPLETE + " `order` is the order after the event, as REST shows it.",
        data=StartData | ReportData,
        examples={"The start": _START, "Accepted": _ACCEPTED, "A fill": _FILLED},
    ),
    Channel(
        key="fills",
        address="fills",
        tag=PRIVATE_TAG,
        title="Every fill",
        description=_COMPLETE,
        data=StartData | FillData,
        examples={"The start": _START, "A fill": _FILL},
    ),
    Channel(
        key="balances",
        address="balances",
        tag=PRIVATE_TAG,
        title="Every change of a balance",
        description=_COMPLETE + " `change` is zero where a requested withdrawal only holds.",
        data=StartData | BalanceData,
        examples={"The start": _START, "Bought": _BALANCE},
    ),
)
