"""All that the reference remembers, and the few steps that every rule takes with it."""

from dataclasses import dataclass, field
from typing import Any

from proto import codes
from proto.events import EventBatch, ExecutionReport, MarketChange
from proto.ids import Sequence, TradeId
from proto.limits import CANCELLED_PER_COMMAND_MAX, FIRED_PER_COMMAND_MAX, RECENT_ORDERS
from tests.reference.accounts import Accounts
from tests.reference.market import Market
from tests.reference.money import Money
from tests.reference.order import Order


def no_events() -> EventBatch:
    return EventBatch(0, 0, 0, 0, 0, [], [], [], [], [], [])


@dataclass(frozen=True)
class Bounds:
    """Bounds of the exchange that tests make smaller, so that they are met."""

    recent_orders: int = RECENT_ORDERS
    fired_per_command: int = FIRED_PER_COMMAND_MAX
    cancelled_per_command: int = CANCELLED_PER_COMMAND_MAX


@dataclass
class State:
    """The state, and the events of the command that is being applied.

    Attributes:
        auctions: Uncrossings that traded; `halts`: auctions that a trade would have opened.
        known: Orders that are known, and whether each stands in this queue for the first time.
    """

    bounds: Bounds
    sequence: int = 0
    now_ns: int = 0
    last_number: int = 0
    trades: int = 0
    auctions: int = 0
    halts: int = 0
    markets: dict[int, Market] = field(default_factory=dict)
    accounts: Accounts = field(default_factory=Accounts)
    events: EventBatch = field(default_factory=no_events)
    known: list[tuple[Order, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.money = Money(self.markets, self.accounts)

    def next_number(self) -> int:
        self.last_number = max(self.last_number + 1, self.sequence)
        return self.last_number

    def market_of(self, order: Order) -> Market:
        return self.markets[order.market_id]

    # Known orders

    def remember(self, order: Order) -> None:
        """The oldest leave when too many came since: forgotten if closed, else once more round."""
        self.known.append((order, True))
        while sum(is_first for _, is_first in self.known) > self.bounds.recent_orders:
            oldest, _ = self.known.pop(0)
            if oldest.is_open:
                self.known.append((oldest, False))

    def find(self, user_id: int, order_id: int, client_order_id: str) -> Order | None:
        for order, _ in self.known:
            if order.user_id != user_id:
                continue
            if order.order_id == order_id:
                return order
            if not order_id and client_order_id == order.command.client_order_id != "":
                return order
        return None

    # Events

    def report(self, report: int, order: Order, reason: int = codes.OK, **fill: Any) -> None:
        values = {"trade_id": 0, "price": 0, "lots": 0, "fee": 0, "is_maker": False, **fill}
        self.events.reports.append(
            ExecutionReport(
                Sequence(self.sequence),
                report,
                reason,
                order.state(),
                TradeId(values["trade_id"]),
                values["price"],
                values["lots"],
                values["fee"],
                values["is_maker"],
            )
        )

    def tell_market(self, market: Market) -> None:
        change = MarketChange(Sequence(self.sequence), self.now_ns, market.status())
        self.events.market_changes.append(change)

    # How an order ends

    def detach(self, order: Order) -> None:
        """Take an order out of wherever it is."""
        market = self.market_of(order)
        for orders in (market.resting, market.waiting, market.pending):
            if order in orders:
                orders.remove(order)
        market.queue[:] = [entry for entry in market.queue if order not in entry]
        order.shown = 0

    def end(self, order: Order, status: int, reason: int) -> None:
        """End an open order, tell it, and end what depends on it."""
        self.close(order, status)
        reports = {codes.CANCELLED: codes.REPORT_CANCELLED, codes.EXPIRED: codes.REPORT_EXPIRED}
        self.report(reports.get(status, codes.REPORT_REJECTED), order, reason)
        if reason != codes.PARTNER_DONE:
            self.end_partner(order)
            self.end_followers(order)

    def close(self, order: Order, status: int) -> None:
        assert order.is_open
        self.detach(order)
        order.status = status
        order.updated_ns = self.now_ns

    def end_partner(self, order: Order) -> None:
        """Cancel the partner of an order that trades, fires or ends."""
        listed = order.order_list
        partner = listed.partner(order) if listed else None
        if partner is not None:
            self.end(partner, codes.CANCELLED, codes.PARTNER_DONE)

    def end_followers(self, order: Order) -> None:
        """Cancel what was to follow an order that ended without being filled."""
        listed = order.order_list
        for follower in listed.followers(order) if listed else ():
            self.end(follower, codes.CANCELLED, codes.PARTNER_DONE)
