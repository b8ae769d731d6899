"""What a scenario looks at: a view writes the line that a step should be.

    book 10@100 5@99 | 3@101                  what is shown, the best price first
    last 100                                  price of the last trade; 0 before the first
    orders 1: a, b                            user 1's open orders by name, oldest first
    order 1 a: waiting 0 of 10 market trigger 95
    balance 1 INR 600.00 held 100.00
    fees INR 1.20
    account 1: tier 0, group 0, stp allow, frozen, cancels in 30s
    transfer r1: withdrawal 1 5.00 INR requested
    state auction, ends in 30s
    reference 100
    auction 10@100 imbalance -5               what it would do now

and what the last command did:

    reports 1: a fill 4@100, a cancelled SELF_TRADE
    trades: 2 takes 4@100 from 1
    changes 1: trade -4 GOLD, trade 399.20 INR
"""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from proto.codes import (
    BALANCE_REASON_NAMES,
    MARKET_STATE_NAMES,
    SELF_TRADE_NAMES,
    TRANSFER_KIND_NAMES,
    TRANSFER_STATUS_NAMES,
)
from proto.decimals import format_units
from proto.definitions import MarketStatus
from proto.events import BalanceChange, ExecutionReport, Trade
from proto.queries import (
    AccountQuery,
    AuctionQuery,
    BalancesQuery,
    DepthQuery,
    LedgerQuery,
    MarketDataQuery,
    MarketsQuery,
    OpenOrdersQuery,
    OrderQuery,
    StateQuery,
    TransferQuery,
)
from proto.replies import (
    AccountReply,
    AuctionReply,
    BalancesReply,
    DepthReply,
    LedgerReply,
    MarketDataReply,
    MarketsReply,
    OpenOrdersReply,
    OrderReply,
    Reply,
    TransferReply,
)
from tests.scenarios.names import GOLD_INR, Names
from tests.scenarios.wording import levels_text, order_text, report_text
from tests.scenarios.words import Words, format_duration

ReplyT = TypeVar("ReplyT", bound=Reply)


class Viewed(Protocol):
    """An exchange that can be asked, and what its last command did."""

    names: Names
    timestamp_ns: int

    @property
    def reports(self) -> list[ExecutionReport]: ...

    @property
    def trades(self) -> list[Trade]: ...

    @property
    def balance_changes(self) -> list[BalanceChange]: ...

    def answer(self, query: StateQuery) -> Reply: ...


def view(viewed: Viewed, step: str) -> str:
    """Write the line that a step of a view should be."""
    words = Words(step.replace(":", " "))
    return VIEWS[words.take()](viewed, words)


def _ask(viewed: Viewed, query: StateQuery, kind: type[ReplyT]) -> ReplyT:
    reply = viewed.answer(query)
    assert isinstance(reply, kind), f"{reply} to {query}"
    return reply


def _market(viewed: Viewed, words: Words) -> tuple[int, str]:
    """Take the market, and return it with how it was named."""
    if words.take_if("in"):
        name = words.take()
        return viewed.names.market_id(name), f" in {name}"
    return GOLD_INR.market_id, ""


def _book(viewed: Viewed, words: Words) -> str:
    market_id, where = _market(viewed, words)
    depth = _ask(viewed, DepthQuery(0, market_id, 100), DepthReply)
    return f"book{where} {levels_text(depth.bids)} | {levels_text(depth.asks)}"


def _last(viewed: Viewed, words: Words) -> str:
    market_id, where = _market(viewed, words)
    data = _ask(viewed, MarketDataQuery(0, market_id), MarketDataReply)
    return f"last{where} {data.ticker.last_price_ticks}"


def _orders(viewed: Viewed, words: Words) -> str:
    user_id = words.number()
    opened = _ask(viewed, OpenOrdersQuery(0, user_id, 0), OpenOrdersReply)
    found = ", ".join(order.client_order_id or "unnamed" for order in opened.orders)
    return f"orders {user_id}: {found or 'none'}"


def _order(viewed: Viewed, words: Words) -> str:
    user_id, name = words.number(), words.take()
    found = _ask(viewed, OrderQuery(0, user_id, 0, name), OrderReply)
    return f"order {user_id} {name}: {order_text(found.order)}"


def _balance(viewed: Viewed, words: Words) -> str:
    user_id, name = words.number(), words.take()
    balances = _ask(viewed, BalancesQuery(0, user_id), BalancesReply).balances
    decimals = viewed.names.decimals(name)
    for balance in balances:
        if balance.asset_id == viewed.names.asset_id(name):
            total = format_units(balance.total_amount, decimals)
            held = format_units(balance.held_amount, decimals)
            return f"balance {user_id} {name} {total} held {held}"
    return f"balance {user_id} {name} none"


def _fees(viewed: Viewed, words: Words) -> str:
    name = words.take()
    sums = _ask(viewed, LedgerQuery(0), LedgerReply).sums
    asset_id = viewed.names.asset_id(name)
    fees = next(asset.fees_amount for asset in sums if asset.asset_id == asset_id)
    return f"fees {name} {format_units(fees, viewed.names.decimals(name))}"


def _account(viewed: Viewed, words: Words) -> str:
    account = _ask(viewed, AccountQuery(0, words.number()), AccountReply).account
    mode = SELF_TRADE_NAMES[account.self_trade]
    parts = [f"tier {account.tier}", f"group {account.group_id}", f"stp {mode}"]
    if account.is_frozen:
        parts.append("frozen")
    if account.cancel_at_ns:
        parts.append(f"cancels in {format_duration(account.cancel_at_ns - viewed.timestamp_ns)}")
    return f"account {account.user_id}: {', '.join(parts)}"


def _transfer(viewed: Viewed, words: Words) -> str:
    transfer = _ask(viewed, TransferQuery(0, words.take()), TransferReply)
    asset = viewed.names.asset(transfer.asset_id)
    amount = f"{format_units(transfer.amount, asset.decimals)} {asset.name}"
    kind = TRANSFER_KIND_NAMES[transfer.kind]
    status = TRANSFER_STATUS_NAMES[transfer.status]
    return f"transfer {transfer.reference}: {kind} {transfer.user_id} {amount} {status}"


def _status(viewed: Viewed, market_id: int) -> MarketStatus:
    statuses = _ask(viewed, MarketsQuery(0), MarketsReply).statuses
    return next(status for status in statuses if status.market_id == market_id)


def _state(viewed: Viewed, words: Words) -> str:
    market_id, where = _market(viewed, words)
    status = _status(viewed, market_id)
    text = f"state{where} {MARKET_STATE_NAMES[status.state]}"
    if status.ends_ns:
        text += f", ends in {format_duration(status.ends_ns - viewed.timestamp_ns)}"
    return text


def _reference(viewed: Viewed, words: Words) -> str:
    market_id, where = _market(viewed, words)
    return f"reference{where} {_status(viewed, market_id).reference_price_ticks}"


def _auction(viewed: Viewed, words: Words) -> str:
    market_id, where = _market(viewed, words)
    auction = _ask(viewed, AuctionQuery(0, market_id), AuctionReply)
    if not auction.quantity_lots:
        return f"auction{where} none"
    lots = f"{auction.quantity_lots}@{auction.price_ticks}"
    return f"auction{where} {lots} imbalance {auction.imbalance_lots}"


def _reports(viewed: Viewed, words: Words) -> str:
    user_id = words.number()
    texts = [report_text(report) for report in viewed.reports if report.order.user_id == user_id]
    return f"reports {user_id}: {', '.join(texts) or 'none'}"


def _trades(viewed: Viewed, _: Words) -> str:
    texts = (
        f"{trade.taker_user_id} takes {trade.quantity_lots}@{trade.price_ticks}"
        f" from {trade.maker_user_id}"
        for trade in viewed.trades
    )
    return f"trades: {', '.join(texts) or 'none'}"


def _changes(viewed: Viewed, words: Words) -> str:
    user_id = words.number()
    texts = []
    for change in viewed.balance_changes:
        if change.user_id == user_id:
            asset = viewed.names.asset(change.asset_id)
            amount = format_units(change.change_amount, asset.decimals)
            reason = BALANCE_REASON_NAMES[change.reason]
            texts.append(f"{reason} {amount} {asset.name}")
    return f"changes {user_id}: {', '.join(texts) or 'none'}"


VIEWS: Final[dict[str, Callable[[Viewed, Words], str]]] = {
    "book": _book,
    "last": _last,
    "orders": _orders,
    "order": _order,
    "balance": _balance,
    "fees": _fees,
    "account": _account,
    "state": _state,
    "reference": _reference,
    "auction": _auction,
    "reports": _reports,
    "trades": _trades,
    "changes": _changes,
    "transfer": _transfer,
}
