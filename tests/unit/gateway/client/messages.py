"""What an exchange says, for tests: data of streams, and answers."""

from zlib import crc32

import msgspec

from gateway import examples

Sides = tuple[dict[str, str], dict[str, str]]


def checksum(bids: dict[str, str], asks: dict[str, str]) -> int:
    """The checksum of docs/websocket.md, made the slow way."""
    best_bids = sorted(bids.items(), key=lambda level: -float(level[0]))[:10]
    best_asks = sorted(asks.items(), key=lambda level: float(level[0]))[:10]
    sides = (
        ",".join(f"{price}:{quantity}" for price, quantity in s) for s in (best_bids, best_asks)
    )
    return crc32("|".join(sides).encode())


def snapshot(
    bids: dict[str, str], asks: dict[str, str], sequence: int = 1, market: str = "TATA_INR"
) -> dict[str, object]:
    return {
        "type": "snapshot",
        "market": market,
        "first_sequence": sequence,
        "last_sequence": sequence,
        "bids": list(bids.items()),
        "asks": list(asks.items()),
        "timestamp": "2024-01-01T00:00:00.000000Z",
        "checksum": checksum(bids, asks),
    }


def delta(
    bids: dict[str, str],
    asks: dict[str, str],
    first: int,
    after: Sides,
    last: int | None = None,
) -> dict[str, object]:
    """A delta; `after` is the whole book after it."""
    return {
        **snapshot(bids, asks, first),
        "type": "delta",
        "last_sequence": first if last is None else last,
        "checksum": checksum(*after),
    }


def trade(number: int) -> dict[str, object]:
    return {**examples.TRADE, "trade_id": str(number)}


def start(position: str = "4710") -> dict[str, object]:
    return {"type": "start", "position": position, "user_id": "7"}


def fill(position: str) -> dict[str, object]:
    return {
        "type": "fill", "position": position, "user_id": "7", "order_id": "9",
        "client_order_id": None, "market": "TATA_INR", "side": "buy", "price": "100.00",
        "quantity": "4", "trade_id": "12", "fee": "0.40", "is_maker": True,
        "order_status": "partially_filled", "timestamp": "2024-01-01T00:00:00.000000Z",
    }  # fmt: skip


def report(position: str, event: str = "accepted") -> dict[str, object]:
    return {
        "type": "report", "position": position, "event": event, "reason": None, "fill": None,
        "order": examples.ORDER,
    }  # fmt: skip


def balance(position: str) -> dict[str, object]:
    return {
        "type": "balance", "position": position, "user_id": "7", "asset": "INR",
        "reason": "trade", "change": "-400.40", "fee": "0.40", "total": "600.00", "held": "0.00",
        "trade_id": "12", "reference": None, "timestamp": "2024-01-01T00:00:00.000000Z",
    }  # fmt: skip


def ticker(market: str = "TATA_INR", last: str = "100.00") -> dict[str, object]:
    return {**examples.TICKER, "market": market, "last": last}


def kline(start: str, close: str = "100.00", *, closed: bool = False) -> dict[str, object]:
    return {
        "market": "TATA_INR", "interval": "1m", **examples.CANDLE, "start": start, "close": close,
        "closed": closed,
    }  # fmt: skip


def raw(data: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(data))
