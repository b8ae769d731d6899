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
GTD: Final = 4
DAY: Final = 5
TIME_IN_FORCE_NAMES: Final = {GTC: "GTC", IOC: "IOC", FOK: "FOK", GTD: "GTD", DAY: "DAY"}

# What makes a waiting order enter the market.
NO_TRIGGER: Final = 0
STOP_LOSS: Final = 1
TAKE_PROFIT: Final = 2
TRAILING_STOP: Final = 3
TRIGGER_NAMES: Final = {
    STOP_LOSS: "stop_loss",
    TAKE_PROFIT: "take_profit",
    TRAILING_STOP: "trailing_stop",
}
# Order type and trigger in one word, as the outside face names an order. The last one is always
# refused, and has a name for the record of that.
TYPE_NAMES: Final = {
    (LIMIT, NO_TRIGGER): "limit",
    (MARKET, NO_TRIGGER): "market",
    (LIMIT, STOP_LOSS): "stop_loss_limit",
    (MARKET, STOP_LOSS): "stop_loss",
    (LIMIT, TAKE_PROFIT): "take_profit_limit",
    (MARKET, TAKE_PROFIT): "take_profit",
    (MARKET, TRAILING_STOP): "trailing_stop",
    (LIMIT, TRAILING_STOP): "trailing_stop_limit",
}

# How orders of a list depend on each other.
OCO: Final = 1
OTO: Final = 2
LIST_TYPE_NAMES: Final = {OCO: "oco", OTO: "oto"}

# What happens where an order would trade with its own owner. ACCOUNT_DEFAULT stands only in an
# order; an account itself has one of the others.
ACCOUNT_DEFAULT: Final = 0
ALLOW: Final = 1
CANCEL_NEWEST: Final = 2
CANCEL_OLDEST: Final = 3
CANCEL_BOTH: Final = 4
DECREMENT: Final = 5
SELF_TRADE_NAMES: Final = {
    ACCOUNT_DEFAULT: "account_default",
    ALLOW: "allow",
    CANCEL_NEWEST: "cancel_newest",
    CANCEL_OLDEST: "cancel_oldest",
    CANCEL_BOTH: "cancel_both",
    DECREMENT: "decrement",
}

# State of a market.
PRE_OPEN: Final = 1
AUCTION: Final = 2
CONTINUOUS: Final = 3
POST_ONLY: Final = 4
CANCEL_ONLY: Final = 5
HALTED: Final = 6
CLOSED: Final = 7
MARKET_STATE_NAMES: Final = {
    PRE_OPEN: "pre_open",
    AUCTION: "auction",
    CONTINUOUS: "continuous",
    POST_ONLY: "post_only",
    CANCEL_ONLY: "cancel_only",
    HALTED: "halted",
    CLOSED: "closed",
}

# Status of an order. NEW and PARTIALLY_FILLED rest in the book; WAITING waits for its trigger and
# PENDING for the order that it depends on; the others are final.
NEW: Final = 1
PARTIALLY_FILLED: Final = 2
FILLED: Final = 3
CANCELLED: Final = 4
EXPIRED: Final = 5
REJECTED: Final = 6
WAITING: Final = 7
PENDING: Final = 8
STATUS_NAMES: Final = {
    NEW: "new",
    PARTIALLY_FILLED: "partially_filled",
    FILLED: "filled",
    CANCELLED: "cancelled",
    EXPIRED: "expired",
    REJECTED: "rejected",
    WAITING: "waiting",
    PENDING: "pending",
}

# What an execution report tells.
REPORT_ACCEPTED: Final = 1
REPORT_FILL: Final = 2
REPORT_CANCELLED: Final = 3
REPORT_EXPIRED: Final = 4
REPORT_REJECTED: Final = 5
REPORT_TRIGGERED: Final = 6
REPORT_AMENDED: Final = 7
REPORT_REDUCED: Final = 8
REPORT_NAMES: Final = {
    REPORT_ACCEPTED: "accepted",
    REPORT_FILL: "fill",
    REPORT_CANCELLED: "cancelled",
    REPORT_EXPIRED: "expired",
    REPORT_REJECTED: "rejected",
    REPORT_TRIGGERED: "triggered",
    REPORT_AMENDED: "amended",
    REPORT_REDUCED: "reduced",
}

# Why a balance changed.
DEPOSIT: Final = 1
WITHDRAWAL: Final = 2
TRADE: Final = 3
WITHDRAWAL_REQUESTED: Final = 4
WITHDRAWAL_REJECTED: Final = 5
TRANSFER_OUT: Final = 6
TRANSFER_IN: Final = 7
FEES_COLLECTED: Final = 8
BALANCE_REASON_NAMES: Final = {
    DEPOSIT: "deposit",
    WITHDRAWAL: "withdrawal",
    TRADE: "trade",
    WITHDRAWAL_REQUESTED: "withdrawal_requested",
    WITHDRAWAL_REJECTED: "withdrawal_rejected",
    TRANSFER_OUT: "transfer_out",
    TRANSFER_IN: "transfer_in",
    FEES_COLLECTED: "fees_collected",
}

# Kind of a transfer (a reason why a balance changed), and its status.
TRANSFER_KIND_NAMES: Final = {
    DEPOSIT: "deposit",
    WITHDRAWAL: "withdrawal",
    TRANSFER_OUT: "transfer",
    FEES_COLLECTED: "fees_collected",
}
REQUESTED: Final = 1
CONFIRMED: Final = 2
DECLINED: Final = 3
TRANSFER_STATUS_NAMES: Final = {
    REQUESTED: "requested",
    CONFIRMED: "confirmed",
    DECLINED: "rejected",
}

# Outcome of a command. OK is none of the reasons. The order in which they are checked stands in
# docs/trading-rules.md; the first that applies is the one that the client is told.
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
USER_FROZEN: Final = 17
ASSET_FROZEN: Final = 18
MARKET_NOT_OPEN: Final = 19
PRICE_OUT_OF_BAND: Final = 20
TOO_MANY_STOP_ORDERS: Final = 21
EXPIRY_IN_PAST: Final = 22
NOT_AMENDABLE: Final = 23
UNKNOWN_TRANSFER: Final = 24
TRANSFER_SETTLED: Final = 25
INVALID_RULES: Final = 26
INVALID_FEES: Final = 27
INVALID_TRANSFER: Final = 28
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
    USER_FROZEN: "USER_FROZEN",
    ASSET_FROZEN: "ASSET_FROZEN",
    MARKET_NOT_OPEN: "MARKET_NOT_OPEN",
    PRICE_OUT_OF_BAND: "PRICE_OUT_OF_BAND",
    TOO_MANY_STOP_ORDERS: "TOO_MANY_STOP_ORDERS",
    EXPIRY_IN_PAST: "EXPIRY_IN_PAST",
    NOT_AMENDABLE: "NOT_AMENDABLE",
    UNKNOWN_TRANSFER: "UNKNOWN_TRANSFER",
    TRANSFER_SETTLED: "TRANSFER_SETTLED",
    INVALID_RULES: "INVALID_RULES",
    INVALID_FEES: "INVALID_FEES",
    INVALID_TRANSFER: "INVALID_TRANSFER",
}

# Why an order ended, or changed, that its owner did not cancel one by one: the `reason` of a
# REPORT_CANCELLED, REPORT_EXPIRED or REPORT_REDUCED. OK there means: its owner cancelled it, or
# its time in force let nothing rest.
SELF_TRADE: Final = 101
PARTNER_DONE: Final = 102
TIME_IS_UP: Final = 103
SESSION_ENDED: Final = 104
NOT_RENEWED: Final = 105
CANCELLED_ALL: Final = 106
REPLACED: Final = 107
COLLAR_REACHED: Final = 108
VOLATILITY_HALT: Final = 109

CAUSE_NAMES: Final = {
    SELF_TRADE: "SELF_TRADE",
    PARTNER_DONE: "PARTNER_DONE",
    TIME_IS_UP: "TIME_IS_UP",
    SESSION_ENDED: "SESSION_ENDED",
    NOT_RENEWED: "NOT_RENEWED",
    CANCELLED_ALL: "CANCELLED_ALL",
    REPLACED: "REPLACED",
    COLLAR_REACHED: "COLLAR_REACHED",
    VOLATILITY_HALT: "VOLATILITY_HALT",
}
