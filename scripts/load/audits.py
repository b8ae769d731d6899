"""The audits: what clients saw against what the exchange keeps. Pure; each can fail.

Every audit takes plain values from the two sides and gives an `Audit` with numbers, and with the
first few findings where it failed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from proto.codes import CANCELLED, EXPIRED, FILLED, REJECTED, STATUS_NAMES
from proto.decimals import parse_units
from proto.replies import AssetSums
from scripts.load.record import RESTING_STATUSES, Record, SeenOrder, TakerFill
from scripts.watching.book import BookState

FINDINGS_MAX: Final = 5
# Texts of one market have the same decimals; summed with the most that any can have.
_SUM_DECIMALS: Final = 18
_FINAL_STATUSES: Final = frozenset(STATUS_NAMES[code] for code in (FILLED, CANCELLED, EXPIRED))


class Audit(Struct, frozen=True):
    """The result of one audit.

    Attributes:
        name: What was compared.
        ok: Whether it held.
        detail: The numbers, in a few words.
        findings: Where it failed, the first FINDINGS_MAX findings.
    """

    name: str
    ok: bool
    detail: str
    findings: tuple[str, ...] = ()


class StoredTrade(NamedTuple):
    """A row of `trades`, as far as clients see it; `is_buyer_maker` and `time_us` as text."""

    trade_id: int
    market: str
    price: str
    quantity: str
    taker_order_id: int
    maker_order_id: int
    quote_quantity: str
    is_buyer_maker: str
    time_us: str

    def public_row(self) -> tuple[str, ...]:
        """Return what everybody may see, in the layout of `scripts.watching.told`."""
        return (
            str(self.trade_id),
            self.market,
            self.price,
            self.quantity,
            self.quote_quantity,
            self.is_buyer_maker,
            self.time_us,
        )


class StoredOrder(NamedTuple):
    """A row of `orders`."""

    order_id: int
    user_id: int
    client_order_id: str
    status: str
    executed_quantity: str


class OpenOrder(NamedTuple):
    """An open order, as the matcher or the database has it."""

    order_id: int
    status: str
    executed_quantity: str


def conclude(name: str, detail: str, findings: Sequence[str]) -> Audit:
    """Make the result of an audit from everything that it found."""
    more = len(findings) - FINDINGS_MAX
    shown = [*findings[:FINDINGS_MAX], *([f"and {more} more"] if more > 0 else [])]
    return Audit(name, not findings, detail, tuple(shown))


def audit_troubles(record: Record, killed: bool) -> Audit:
    """No request failed; after a kill, failures are expected, and only counted."""
    counts = ", ".join(f"{word}: {count}" for word, count in sorted(record.troubles.items()))
    detail = counts or "no request failed"
    if killed:
        refused = sorted(record.refused)
        findings = [f"{name} was refused by a rule" for name in refused]
        return conclude("errors (matcher killed)", f"{detail}; retries {record.retries}", findings)
    return conclude("errors", detail, [counts] if counts else [])


def audit_sums(sums: Iterable[AssetSums], asset_names: Mapping[int, str]) -> Audit:
    """For each asset, users + fees = deposited - withdrawn, and what is held is owned."""
    findings = []
    names = []
    for asset in sums:
        name = asset_names[asset.asset_id]
        names.append(name)
        inside = asset.users_amount + asset.fees_amount
        outside = asset.deposited_amount - asset.withdrawn_amount
        if inside != outside:
            findings.append(f"{name}: users + fees {inside}, deposits - withdrawals {outside}")
        if not 0 <= asset.held_amount <= asset.users_amount:
            findings.append(f"{name}: held {asset.held_amount} of {asset.users_amount}")
    if not names:
        findings.append("the ledger has no asset")
    return conclude("money is conserved", f"{len(names)} assets: {', '.join(names)}", findings)


def audit_trades(
    fills: Sequence[TakerFill],
    trades: Sequence[StoredTrade],
    market_names: Mapping[int, str],
    order_ids: set[int],
) -> Audit:
    """Every fill that a taker saw is one trade in the database, and there are no others.

    Args:
        fills: What replies told takers.
        trades: Trades in the database since the start of the load.
        market_names: Market names by id.
        order_ids: Orders of this run; other people's trades are left out.
    """
    findings = [
        f"trade {trade_id} is in the database {count} times"
        for trade_id, count in Counter(trade.trade_id for trade in trades).items()
        if count > 1
    ]
    seen_twice = len(fills) - len({fill.trade_id for fill in fills})
    if seen_twice:
        findings.append(f"{seen_twice} fills were told twice")
    stored = {trade.trade_id: trade for trade in trades}
    for fill in fills:
        trade = stored.get(fill.trade_id)
        if trade is None:
            findings.append(f"trade {fill.trade_id}, which a client saw, is missing")
            continue
        told = (market_names[fill.market_id], fill.price, fill.quantity, fill.taker_order_id)
        if told != (trade.market, trade.price, trade.quantity, trade.taker_order_id):
            findings.append(f"trade {fill.trade_id}: client saw {told}, database has {trade}")
    told_ids = {fill.trade_id for fill in fills}
    findings += [
        f"trade {trade.trade_id} of this run's order {trade.taker_order_id} was told to no taker"
        for trade in trades
        if trade.taker_order_id in order_ids and trade.trade_id not in told_ids
    ]
    ours = sum(trade.taker_order_id in order_ids for trade in trades)
    detail = f"{len(fills):,} fills seen, {ours:,} trades in the database"
    return conclude("trades = fills seen", detail, findings)


def audit_orders(record: Record, stored: Sequence[StoredOrder]) -> Audit:
    """Every acknowledged order is in the database exactly once, and no other one is.

    Args:
        record: What clients saw.
        stored: Orders in the database that carry this run's client_order_ids.
    """
    times = Counter((order.user_id, order.client_order_id) for order in stored)
    findings = [
        f"order {name} of user {user_id} was applied {count} times"
        for (user_id, name), count in times.items()
        if count > 1
    ]
    by_name = {order.client_order_id: order for order in stored}
    for name, seen in record.orders.items():
        finding = _order_finding(name, seen, by_name.get(name))
        if finding:
            findings.append(finding)
    unexplained = [
        order
        for name, order in by_name.items()
        if name not in record.orders
        and name not in record.unsettled
        and not (name in record.refused and order.status == STATUS_NAMES[REJECTED])
    ]
    findings += [f"{order} was acknowledged to nobody" for order in unexplained]
    detail = f"{len(record.orders):,} acknowledged, {len(stored):,} in the database"
    if record.unsettled:
        detail += f", {len(record.unsettled):,} never settled"
    return conclude("orders exactly once", detail, findings)


def _order_finding(name: str, seen: SeenOrder, order: StoredOrder | None) -> str:
    if order is None:
        return f"order {name} ({seen.order_id}) was acknowledged and is missing"
    if (order.order_id, order.user_id) != (seen.order_id, seen.user_id):
        return f"order {name}: client saw {seen}, database has {order}"
    # A resting order may have moved on since its reply; a final status is for ever.
    if seen.status in _FINAL_STATUSES and order.status != seen.status:
        return f"order {name} was told {seen.status}, and is {order.status} in the database"
    return ""


def audit_executed(orders: Sequence[StoredOrder], trades: Sequence[StoredTrade]) -> Audit:
    """The executed quantity of each order is the sum of its trades."""
    sums: Counter[int] = Counter()
    for trade in trades:
        quantity = parse_units(trade.quantity, _SUM_DECIMALS)
        sums[trade.taker_order_id] += quantity
        sums[trade.maker_order_id] += quantity
    findings = [
        f"order {order.order_id} executed {order.executed_quantity}, its trades say otherwise"
        for order in orders
        if parse_units(order.executed_quantity, _SUM_DECIMALS) != sums[order.order_id]
    ]
    detail = f"{len(orders):,} orders against {len(trades):,} trades"
    return conclude("executed = sum of trades", detail, findings)


def audit_open_orders(
    stored: Iterable[StoredOrder], matcher: Iterable[OpenOrder], order_ids: set[int]
) -> Audit:
    """The open orders of the database are those of the matcher.

    Args:
        stored: Orders of this run in the database.
        matcher: Open orders that the matcher has, of anybody.
        order_ids: Orders of this run.
    """
    in_database = {
        order.order_id: OpenOrder(order.order_id, order.status, order.executed_quantity)
        for order in stored
        if order.status in RESTING_STATUSES
    }
    in_matcher = {order.order_id: order for order in matcher if order.order_id in order_ids}
    findings = [
        f"order {order_id}: matcher {in_matcher.get(order_id)}, "
        f"database {in_database.get(order_id)}"
        for order_id in sorted(in_matcher.keys() | in_database.keys())
        if in_matcher.get(order_id) != in_database.get(order_id)
    ]
    detail = f"{len(in_matcher):,} in the matcher, {len(in_database):,} in the database"
    return conclude("open orders", detail, findings)


def audit_book(market: str, matcher: BookState, others: Mapping[str, BookState | None]) -> Audit:
    """Everybody's book of a market is the matcher's, at the same sequence.

    Args:
        market: Name.
        matcher: The matcher's book.
        others: Books by who has them; None for one who gives none.
    """
    findings = []
    for who, book in others.items():
        if book is None:
            findings.append(f"{who} gives no book")
        elif book.sequence != matcher.sequence:
            findings.append(f"{who} is at {book.sequence}, the matcher at {matcher.sequence}")
        elif book != matcher:
            findings.append(f"{who} differs: {first_difference(book, matcher)}")
    detail = (
        f"{len(matcher.bids)} bids, {len(matcher.asks)} asks at sequence {matcher.sequence:,} "
        f"= {len(others)} others"
    )
    return conclude(f"book of {market}", detail, findings)


def first_difference(book: BookState, matcher: BookState) -> str:
    """Say where two books of one sequence differ."""
    for side, theirs, ours in (
        ("bids", book.bids, matcher.bids),
        ("asks", book.asks, matcher.asks),
    ):
        different = sorted(set(theirs) ^ set(ours))
        if different:
            return f"{len(different)} {side}, first {different[0]}"
    return "the order of levels"
