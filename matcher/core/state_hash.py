"""One short text that stands for all state, to compare two engines by.

Theory of operation
-------------------
State is written out line by line in an order that its content defines, and hashed. Orders stand
once in full, in the order of the queue of known orders; the books list only their ids, in the order
in which they would trade.

What follows from the rest, but by another way than the engine keeps it, is written too (what is
held, what is due): two engines that disagree on it do not go on alike.

The hash is kept in snapshots, so it is made of messages and plain values, whatever the engine keeps
them as.
"""

from hashlib import blake2b

from matcher.core.order import Order
from matcher.core.order_snapshot import fees_now, forgotten_orders, has_fees, lists_of
from matcher.core.reports import state_of
from matcher.core.state import State
from proto.codec import decode_order
from proto.codes import WAITING
from proto.replies import Fill


def hash_state(state: State) -> str:
    """Return the hash of all state as 32 hexadecimal digits. Complexity: O(state)."""
    digest = blake2b(digest_size=16)
    for section in (_counters, _definitions, _ledger, _orders, _markets):
        for line in section(state):
            digest.update(repr(line).encode())
            digest.update(b"\n")
    return digest.hexdigest()


def _counters(state: State) -> list[object]:
    # A last number below the sequence says no more than the sequence does.
    numbers = max(state.numbers, state.sequence)
    counters = (state.shard, state.sequence, state.timestamp_ns, state.trades, numbers)
    return [counters, *state.timers.content()]


def _definitions(state: State) -> list[object]:
    lines: list[object] = [state.assets[asset_id] for asset_id in sorted(state.assets)]
    lines.append(sorted(state.frozen_assets))
    markets = state.markets
    lines += [markets[market_id].instrument.definition for market_id in sorted(markets)]
    return lines


def _ledger(state: State) -> list[object]:
    ledger = state.ledger
    lines: list[object] = [
        (asset_id, totals.deposited, totals.withdrawn, totals.fees)
        for asset_id, totals in sorted(ledger.totals.items())
    ]
    for user_id in sorted(ledger.accounts):
        account = ledger.accounts[user_id]
        lines.append(account.state())
        lines += [
            (asset_id, balance.total, balance.held)
            for asset_id, balance in sorted(account.balances.items())
        ]
    lines += ledger.transfers.items()
    return lines


def _orders(state: State) -> list[object]:
    known = state.orders.known()
    lines: list[object] = [state.orders.position()]
    few: list[Order] = []
    for order in known:
        # Its own place is where the books list it.
        if order.special is None and order.origin is None and order.rebate_amount == 0:
            told = decode_order(order.state())
            lines.append((told, order.fee_ppm_sum, _first_fills(order)))
        else:
            lines.append(_order(order, state))
            few.append(order)
        if order.fees is not fees_now(order, state) and has_fees(order):
            lines.append((order.fees.maker_ppm, order.fees.taker_ppm))
    lists = lists_of(few)
    lines += [
        (
            order_list.list_type,
            [order.order_id for order in order_list.orders],
            order_list.waits_for_first,
            order_list.is_paired,
        )
        for order_list in lists
    ]
    lines += [_order(order, state) for order in forgotten_orders(state, lists)]
    return lines


def _order(order: Order, state: State) -> object:
    """Return everything about an order that is not plain."""
    market = state.markets[order.instrument.market_id]
    special, origin = order.special, order.origin
    told = decode_order(state_of(market, order))
    lines: list[object] = [told, order.fee_ppm_sum, _first_fills(order), order.rebate_amount]
    if origin is not None:
        lines += [origin.command, decode_order(origin.first)]
    if special is not None:
        followed_ticks = 0
        if order.status == WAITING and order.order_id not in market.fired:
            followed_ticks = market.triggers.followed_ticks(order)
        lines += [special.slide, special.hidden_lots, followed_ticks]
    return lines


def _first_fills(order: Order) -> list[Fill] | None:
    fills = order.first_fills
    if fills is None:
        return None
    return [
        Fill(fill.trade_id, fill.price_ticks, fill.quantity_lots, fill.fee_amount) for fill in fills
    ]


def _markets(state: State) -> list[object]:
    lines: list[object] = []
    for market_id in sorted(state.markets):
        market = state.markets[market_id]
        book = market.book
        lines.append((market.status(), book.sequence))
        lines.append([order.order_id for order in book.bids.orders()])
        lines.append([order.order_id for order in book.asks.orders()])
        lines.append(list(market.fired))
        lines += market.statistics.content()
    return lines
