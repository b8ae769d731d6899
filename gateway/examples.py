"""What the documents show of each call: bodies, and the answers to them.

Orders and trades are of one short session: user 1 buys 10 TATA, which rest until user 2 sells as
many. The tests play it, and hold the answers of the real exchange against these.
"""

from typing import Final

import msgspec

from proto.api.problems import refusal
from proto.codes import INSUFFICIENT_BALANCE
from proto.limits import OPEN_ORDERS_PER_USER_MAX, STOP_ORDERS_PER_USER_MAX

Example = dict[str, object]

ORDER: Final[Example] = {
    "order_id": "23",
    "client_order_id": None,
    "user_id": "1",
    "market": "TATA_INR",
    "side": "buy",
    "type": "limit",
    "time_in_force": "GTC",
    "post_only": False,
    "price": "100.00",
    "quantity": "10",
    "executed_quantity": "0",
    "remaining_quantity": "10",
    "executed_quote_quantity": "0.00",
    "fee": "0.00",
    "status": "new",
    "created_at": "2024-01-01T12:00:00.000001Z",
    "updated_at": "2024-01-01T12:00:00.000001Z",
}
CANCEL_ORDER: Final[Example] = {"market": "TATA_INR", "order_id": "23", "user_id": "1"}
CANCELLED_ORDER: Final[Example] = {
    **ORDER,
    "status": "cancelled",
    "updated_at": "2024-01-01T12:00:05.000001Z",
}
PLACE_ORDER: Final[Example] = {
    "market": "TATA_INR",
    "side": "sell",
    "price": "100",
    "quantity": "10",
    "client_order_id": "my-order-1",
    "user_id": "2",
}
FILLED_ORDER: Final[Example] = {
    **ORDER,
    "order_id": "24",
    "client_order_id": "my-order-1",
    "user_id": "2",
    "side": "sell",
    "executed_quantity": "10",
    "remaining_quantity": "0",
    "executed_quote_quantity": "1000.00",
    "fee": "1.00",
    "status": "filled",
}
PLACED_ORDER: Final[Example] = {
    **FILLED_ORDER,
    "fills": [{"price": "100.00", "quantity": "10", "trade_id": "1", "fee": "1.00"}],
}
AMEND_ORDER: Final[Example] = {**CANCEL_ORDER, "quantity": "6"}
AMENDED_ORDER: Final[Example] = {
    **ORDER,
    "quantity": "6",
    "remaining_quantity": "6",
    "updated_at": "2024-01-01T12:00:05.000001Z",
    "fills": [],
}
_BUY: Final[Example] = {
    "market": "TATA_INR",
    "side": "buy",
    "price": "99.50",
    "quantity": "10",
    "user_id": "1",
}
REPLACE_ORDER: Final[Example] = {"order_id": "23", "order": _BUY}
REPLACED_ORDER: Final[Example] = {
    "cancelled": CANCELLED_ORDER,
    "order": {
        **ORDER,
        "order_id": "25",
        "price": "99.50",
        "created_at": "2024-01-01T12:00:05.000001Z",
        "updated_at": "2024-01-01T12:00:05.000001Z",
        "fills": [],
    },
}
_PROFIT: Final[Example] = {
    "market": "TATA_INR",
    "side": "sell",
    "price": "110.00",
    "quantity": "10",
    "user_id": "1",
}
_LOSS: Final[Example] = {
    "market": "TATA_INR",
    "side": "sell",
    "type": "stop_loss",
    "trigger_price": "95.00",
    "quantity": "10",
    "user_id": "1",
}
PLACE_OCO: Final[Example] = {"orders": [_PROFIT, _LOSS]}
_RESTING_PROFIT: Final[Example] = {
    **ORDER,
    "order_id": "26",
    "side": "sell",
    "price": "110.00",
    "list_type": "oco",
    "list_id": "26",
}
_WAITING_LOSS: Final[Example] = {
    **ORDER,
    "order_id": "27",
    "side": "sell",
    "type": "stop_loss",
    "price": None,
    "status": "waiting",
    "trigger_price": "95.00",
    "list_type": "oco",
    "list_id": "26",
}
PLACED_OCO: Final[Example] = {
    "list_type": "oco",
    "list_id": "26",
    "orders": [_RESTING_PROFIT, _WAITING_LOSS],
    "fills": [],
}
PLACE_OTO: Final[Example] = {"first": _BUY, "then": [_PROFIT, _LOSS]}
_OF_OTO: Final[Example] = {"list_type": "oto", "list_id": "28"}
PLACED_OTO: Final[Example] = {
    **_OF_OTO,
    "orders": [
        {**ORDER, "order_id": "28", "price": "99.50", **_OF_OTO},
        {**_RESTING_PROFIT, "order_id": "29", "status": "pending", **_OF_OTO},
        {**_WAITING_LOSS, "order_id": "30", "status": "pending", **_OF_OTO},
    ],
    "fills": [],
}
_REQUEST_ID: Final = "00000000000012ab"
_NEXT_REQUEST_ID: Final = "00000000000012ac"
_NO_MONEY: Final[Example] = {
    "status": 422,
    "request_id": _NEXT_REQUEST_ID,
    "problem": msgspec.to_builtins(refusal(INSUFFICIENT_BALANCE).details(_NEXT_REQUEST_ID)),
}
PLACE_BATCH: Final[Example] = {"orders": [PLACE_ORDER, {**_BUY, "quantity": "1000000"}]}
PLACED_BATCH: Final[Example] = {
    "outcomes": [
        {"status": 200, "request_id": _REQUEST_ID, "order": PLACED_ORDER},
        _NO_MONEY,
    ]
}
CANCEL_BATCH: Final[Example] = {"orders": [CANCEL_ORDER]}
CANCELLED_BATCH: Final[Example] = {
    "outcomes": [{"status": 200, "request_id": _REQUEST_ID, "order": CANCELLED_ORDER}]
}
CANCEL_ALL: Final[Example] = {"user_id": "1", "market": "TATA_INR", "side": "buy"}
CANCELLED_ALL: Final[Example] = {"cancelled_orders": 12, "is_complete": True}
CANCEL_ALL_AFTER: Final[Example] = {"timeout_ms": 30_000, "user_id": "1"}
ACCOUNT: Final[Example] = {
    "user_id": "1",
    "tier": 0,
    "group_id": None,
    "self_trade_prevention": "allow",
    "is_frozen": False,
    "cancel_at": None,
}
SWITCHED_ACCOUNT: Final[Example] = {**ACCOUNT, "cancel_at": "2024-01-01T12:00:30.000001Z"}
SET_ACCOUNT: Final[Example] = {"tier": 1, "self_trade_prevention": "cancel_newest"}
CHANGED_ACCOUNT: Final[Example] = {**ACCOUNT, **SET_ACCOUNT}
MAKE_TRANSFER: Final[Example] = {
    "user_id": "1",
    "to_user_id": "2",
    "asset": "INR",
    "amount": "250.00",
    "reference": "rent-january",
}
TRANSFER: Final[Example] = {
    "reference": "rent-january",
    "kind": "transfer",
    "status": "confirmed",
    "user_id": "1",
    "asset": "INR",
    "amount": "250.00",
    "to_user_id": "2",
}
REQUEST_DEPOSIT: Final[Example] = {
    "user_id": "1",
    "asset": "INR",
    "amount": "1000",
    "reference": "bank-4711",
}
DEPOSIT: Final[Example] = {
    "reference": "bank-4711",
    "kind": "deposit",
    "status": "requested",
    "user_id": "1",
    "asset": "INR",
    "amount": "1000.00",
}
CONFIRMED_DEPOSIT: Final[Example] = {**DEPOSIT, "status": "confirmed"}
REQUEST_WITHDRAWAL: Final[Example] = {**REQUEST_DEPOSIT, "reference": "payout-12"}
WITHDRAWAL: Final[Example] = {**DEPOSIT, "kind": "withdrawal", "reference": "payout-12"}
REJECTED_WITHDRAWAL: Final[Example] = {**WITHDRAWAL, "status": "rejected"}
COLLECT_FEES: Final[Example] = {**REQUEST_DEPOSIT, "amount": "1.50", "reference": "fees-january"}
COLLECTED_FEES: Final[Example] = {
    **CONFIRMED_DEPOSIT,
    "kind": "fees_collected",
    "amount": "1.50",
    "reference": "fees-january",
}
BALANCE_CHANGE: Final[Example] = {
    "change_id": "1704110400000001-24-2",
    "asset": "INR",
    "reason": "trade",
    "change": "-1000.50",
    "fee": "0.50",
    "total": "998999.50",
    "held": "0.00",
    "trade_id": "1",
    "reference": None,
    "timestamp": "2024-01-01T12:00:00.000001Z",
}
BALANCE: Final[Example] = {
    "asset": "INR",
    "total": "1000000.00",
    "held": "1001.00",
    "available": "998999.00",
}
_RULES: Final[Example] = {
    "price_band": "0.000000",
    "market_order_collar": "0.000000",
    "volatility_limit": "0.000000",
    "auction_ms": 0,
    "reference_ms": 300_000,
    "max_open_orders": OPEN_ORDERS_PER_USER_MAX,
    "max_stop_orders": STOP_ORDERS_PER_USER_MAX,
}
MARKET: Final[Example] = {
    "market": "TATA_INR",
    "base": "TATA",
    "quote": "INR",
    "base_decimals": 0,
    "quote_decimals": 2,
    "tick_size": "0.05",
    "lot_size": "1",
    "max_price": "1000000.00",
    "min_quantity": "1",
    "max_quantity": "1000000",
    "min_notional": "1.00",
    "maker_fee": "0.000500",
    "taker_fee": "0.001000",
    "fee_tiers": [{"tier": 0, "maker_fee": "0.000500", "taker_fee": "0.001000"}],
    "state": "continuous",
    "auction_ends_at": None,
    "reference_price": None,
    "rules": _RULES,
}
SET_STATE: Final[Example] = {"state": "auction", "duration_ms": 60_000}
MARKET_IN_AUCTION: Final[Example] = {
    **MARKET,
    "state": "auction",
    "auction_ends_at": "2024-01-01T12:01:00.000001Z",
}
SET_RULES: Final[Example] = {"price_band": "0.1", "max_open_orders": 200}
MARKET_WITH_RULES: Final[Example] = {
    **MARKET,
    "rules": {**_RULES, "price_band": "0.100000", "max_open_orders": 200},
}
SET_REFERENCE_PRICE: Final[Example] = {"price": "100.00"}
MARKET_WITH_REFERENCE: Final[Example] = {**MARKET, "reference_price": "100.00"}
SET_FEES: Final[Example] = {"tier": 1, "maker_fee": "-0.0001", "taker_fee": "0.0008"}
MARKET_WITH_TIER: Final[Example] = {
    **MARKET,
    "fee_tiers": [
        {"tier": 0, "maker_fee": "0.000500", "taker_fee": "0.001000"},
        {"tier": 1, "maker_fee": "-0.000100", "taker_fee": "0.000800"},
    ],
}
DEFINE_ASSET: Final[Example] = {"asset": "GOLD", "decimals": 3}
ASSET: Final[Example] = {**DEFINE_ASSET, "is_frozen": False}
FREEZE_ASSET: Final[Example] = {"is_frozen": True}
FROZEN_ASSET: Final[Example] = {"asset": "INR", "decimals": 2, "is_frozen": True}
DEFINE_MARKET: Final[Example] = {
    "market": "GOLD_INR",
    "base": "GOLD",
    "quote": "INR",
    "tick_size": "1.00",
    "lot_size": "0.01",
    "max_price": "1000000.00",
    "min_quantity": "0.01",
    "max_quantity": "1000.00",
    "min_notional": "10.00",
    "maker_fee": "-0.0001",
    "taker_fee": "0.001",
}
NEW_MARKET: Final[Example] = {
    **MARKET,
    **DEFINE_MARKET,
    "base_decimals": 3,
    "maker_fee": "-0.000100",
    "taker_fee": "0.001000",
    "fee_tiers": [{"tier": 0, "maker_fee": "-0.000100", "taker_fee": "0.001000"}],
}
AUCTION: Final[Example] = {
    "market": "TATA_INR",
    "state": "auction",
    "ends_at": "2024-01-01T12:01:00.000001Z",
    "price": "100.00",
    "quantity": "10",
    "imbalance": "-5",
}
DEPTH: Final[Example] = {
    "market": "TATA_INR",
    "sequence": 2,
    "bids": [["100.00", "10"]],
    "asks": [["100.05", "4"]],
}
TRADE: Final[Example] = {
    "trade_id": "1",
    "market": "TATA_INR",
    "price": "100.00",
    "quantity": "10",
    "quote_quantity": "1000.00",
    "is_buyer_maker": True,
    "timestamp": "2024-01-01T12:00:00.000001Z",
}
CANDLE: Final[Example] = {
    "start": "2024-01-01T12:00:00.000000Z",
    "end": "2024-01-01T13:00:00.000000Z",
    "open": "100.00",
    "high": "100.00",
    "low": "100.00",
    "close": "100.00",
    "volume": "10",
    "quote_volume": "1000.00",
    "trades": 1,
}
TICKER: Final[Example] = {
    "market": "TATA_INR",
    "open": "100.00",
    "high": "100.00",
    "low": "100.00",
    "last": "100.00",
    "volume": "10",
    "quote_volume": "1000.00",
    "change": "0.00",
    "bid": "99.95",
    "ask": None,
    "trades": 1,
    "timestamp": "2024-01-01T12:00:07.000000Z",
}
SERVER_TIME: Final[Example] = {
    "server_time": "2024-01-01T12:00:00.000000Z",
    "epoch_ms": 1704110400000,
}
HEALTH: Final[Example] = {
    "status": "ok",
    "build": {"version": "0.1.0", "kind": "interpreted"},
    "dependencies": {
        "matcher": {"state": "up", "epoch": 1},
        "database": {"state": "up"},
    },
}
