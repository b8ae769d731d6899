"""One short text that stands for all state, to compare two engines by.

Theory of operation
-------------------
State is written out line by line in an order that its content defines, and hashed. Orders stand
once in full, in the order of the queue of known orders; the books list only their ids, in the order
in which they would trade.
"""

from hashlib import blake2b

from matcher.core.order import Order
from matcher.core.state import State


def hash_state(state: State) -> str:
    """Return the hash of all state as 32 hexadecimal digits. Complexity: O(state)."""
    digest = blake2b(digest_size=16)
    for section in (_counters, _definitions, _ledger, _orders, _markets):
        for line in section(state):
            digest.update(repr(line).encode())
            digest.update(b"\n")
    return digest.hexdigest()


def _counters(state: State) -> list[object]:
    return [(state.shard, state.sequence, state.timestamp_ns, state.trades)]


def _definitions(state: State) -> list[object]:
    lines: list[object] = [state.assets[asset_id] for asset_id in sorted(state.assets)]
    markets = state.markets
    lines += [markets[market_id].instrument.definition for market_id in sorted(markets)]
    return lines


def _ledger(state: State) -> list[object]:
    ledger = state.ledger
    lines: list[object] = [
        (asset_id, totals.deposited, totals.withdrawn, totals.fees)
        for asset_id, totals in sorted(ledger.totals.items())
    ]
    lines += [
        (user_id, asset_id, balance.total, balance.held)
        for user_id in sorted(ledger.accounts)
        for asset_id, balance in sorted(ledger.accounts[user_id].items())
    ]
    lines += ledger.transfers.items()
    return lines


def _orders(state: State) -> list[object]:
    lines: list[object] = [state.orders.position()]
    lines += [_order(order) for order in state.orders.known()]
    return lines


def _order(order: Order) -> object:
    return order.state(), order.fee_ppm_sum, order.first_fills


def _markets(state: State) -> list[object]:
    lines: list[object] = []
    for market_id in sorted(state.markets):
        market = state.markets[market_id]
        book = market.book
        lines.append((market_id, book.sequence))
        lines.append([order.order_id for order in book.bids.orders()])
        lines.append([order.order_id for order in book.asks.orders()])
        lines += market.statistics.content()
    return lines
