"""Small integers that stand for words on the wire, in the journal and in the core.

`Final` integers rather than enums: on the hot path a comparison of two small integers is the
cheapest there is, compiled or not. The tables below turn a code into the word that the outside
face uses; a code keeps its number for ever, because journals hold it.
"""

from typing import Final

# Side of an order; of a trade, the side of its taker.
BUY: Final = 1
SELL: Final = 2
SIDE_NAMES: Final = {BUY: "buy", SELL: "sell"}

# Order type.
LIMIT: Final = 1
MARKET: Final = 2
ORDER_TYPE_NAMES: Final = {LIMIT: "limit", MARKET: "market"}

# Time in force.
GTC: Final = 1
IOC: Final = 2
FOK: Final = 3
TIME_IN_FORCE_NAMES: Final = {GTC: "GTC", IOC: "IOC", FOK: "FOK"}

# Status of an order. NEW and PARTIALLY_FILLED rest in the book; the others are final.
NEW: Final = 1
PARTIALLY_FILLED: Final = 2
FILLED: Final = 3
CANCELLED: Final = 4
EXPIRED: Final = 5
REJECTED: Final = 6
STATUS_NAMES: Final = {
    NEW: "new",
    PARTIALLY_FILLED: "partially_filled",
    FILLED: "filled",
    CANCELLED: "cancelled",
    EXPIRED: "expired",
    REJECTED: "rejected",
}

# What an execution report tells.
REPORT_ACCEPTED: Final = 1
REPORT_FILL: Final = 2
REPORT_CANCELLED: Final = 3
REPORT_EXPIRED: Final = 4
REPORT_REJECTED: Final = 5
REPORT_NAMES: Final = {
    REPORT_ACCEPTED: "accepted",
    REPORT_FILL: "fill",
    REPORT_CANCELLED: "cancelled",
    REPORT_EXPIRED: "expired",
    REPORT_REJECTED: "rejected",
}

# Why a balance changed.
DEPOSIT: Final = 1
WITHDRAWAL: Final = 2
TRADE: Final = 3
BALANCE_REASON_NAMES: Final = {
    DEPOSIT: "deposit",
    WITHDRAWAL: "withdrawal",
    TRADE: "trade",
}

# Outcome of a command. OK is none of the reasons; the reasons are listed in the order in which
# the engine checks them, so the first that applies is the one that the client is told.
OK: Final = 0
DEADLINE_PASSED: Final = 1
UNKNOWN_MARKET: Final = 2
UNKNOWN_ASSET: Final = 3
DUPLICATE_CLIENT_ORDER_ID: Final = 4
DUPLICATE_REFERENCE: Final = 5
INVALID_DEFINITION: Final = 6
INVALID_ORDER: Final = 7
UNKNOWN_ORDER: Final = 8
ORDER_NOT_OPEN: Final = 9
PRICE_OUT_OF_RANGE: Final = 10
QUANTITY_OUT_OF_RANGE: Final = 11
NOTIONAL_TOO_SMALL: Final = 12
TOO_MANY_OPEN_ORDERS: Final = 13
POST_ONLY_WOULD_CROSS: Final = 14
INSUFFICIENT_BALANCE: Final = 15
AMOUNT_OUT_OF_RANGE: Final = 16
REASON_NAMES: Final = {
    OK: "OK",
    DEADLINE_PASSED: "DEADLINE_PASSED",
    UNKNOWN_MARKET: "UNKNOWN_MARKET",
    UNKNOWN_ASSET: "UNKNOWN_ASSET",
    DUPLICATE_CLIENT_ORDER_ID: "DUPLICATE_CLIENT_ORDER_ID",
    DUPLICATE_REFERENCE: "DUPLICATE_REFERENCE",
    INVALID_DEFINITION: "INVALID_DEFINITION",
    INVALID_ORDER: "INVALID_ORDER",
    UNKNOWN_ORDER: "UNKNOWN_ORDER",
    ORDER_NOT_OPEN: "ORDER_NOT_OPEN",
    PRICE_OUT_OF_RANGE: "PRICE_OUT_OF_RANGE",
    QUANTITY_OUT_OF_RANGE: "QUANTITY_OUT_OF_RANGE",
    NOTIONAL_TOO_SMALL: "NOTIONAL_TOO_SMALL",
    TOO_MANY_OPEN_ORDERS: "TOO_MANY_OPEN_ORDERS",
    POST_ONLY_WOULD_CROSS: "POST_ONLY_WOULD_CROSS",
    INSUFFICIENT_BALANCE: "INSUFFICIENT_BALANCE",
    AMOUNT_OUT_OF_RANGE: "AMOUNT_OUT_OF_RANGE",
}
