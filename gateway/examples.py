"""What the documents show of each call: bodies, and the answers to them.

Orders and trades are of one short session: user 1 buys 10 TATA, which rest until user 2 sells as
many. The tests play it, and hold the answers of the real exchange against these.
"""

from typing import Final

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
BALANCE: Final[Example] = {
    "asset": "INR",
    "total": "1000000.00",
    "held": "1001.00",
    "available": "998999.00",
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
