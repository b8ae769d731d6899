"""A reference exchange with one market and rich users, for examples that are computed by hand."""

from collections.abc import Sequence

from proto import codes
from proto.commands import (
    Command,
    DefineAsset,
    DefineMarket,
    Deposit,
    OrderTerms,
    PlaceList,
    PlaceOrder,
    SetAccount,
    SetMarketRules,
    SetMarketState,
    SetReferencePrice,
)
from proto.definitions import AssetDefinition, MarketDefinition, MarketRules
from proto.replies import OrderReply, Rejected, Reply
from tests.reference.exchange import ReferenceExchange
from tests.reference.market import Market
from tests.reference.order import Order
from tests.reference.state import Bounds

START_NS = 1_700_000_000_000_000_000
MS_NS = 10**6
# One lot at one tick costs one smallest unit of CASH. Makers pay 1 %, takers 2 %.
MARKET = MarketDefinition(1, "GOLD_CASH", 2, 1, 0, 1, 0, 1, 1_000, 1, 100, 0, 10_000, 20_000)
RICH = 1_000_000


class Desk:
    """Sends commands, and tells what they did in a few words."""

    def __init__(self, bounds: Bounds | None = None, users: Sequence[int] = (1, 2, 3)) -> None:
        self.exchange = ReferenceExchange(bounds=bounds)
        self.now_ns = START_NS
        self.send(DefineAsset(0, AssetDefinition(1, "CASH", 0)))
        self.send(DefineAsset(0, AssetDefinition(2, "GOLD", 0)))
        self.send(DefineMarket(0, MARKET))
        for user_id in users:
            for asset_id in (1, 2):
                self.send(Deposit(0, user_id, asset_id, RICH, f"{user_id}-{asset_id}"))

    @property
    def market(self) -> Market:
        return self.exchange.state.markets[1]

    def send(self, command: Command, *, later_ns: int = 0) -> Reply:
        self.now_ns += later_ns
        return self.exchange.apply(command, self.now_ns)

    def place(self, user_id: int, side: int, lots: int, price: int = 0, **fields: int) -> Reply:
        return self.send(asked(user_id, side, lots, price, **fields))

    def buy(self, user_id: int, lots: int, price: int = 0, **fields: int) -> Reply:
        return self.place(user_id, codes.BUY, lots, price, **fields)

    def sell(self, user_id: int, lots: int, price: int = 0, **fields: int) -> Reply:
        return self.place(user_id, codes.SELL, lots, price, **fields)

    def place_list(self, list_type: int, *orders: PlaceOrder) -> Reply:
        return self.send(PlaceList(list_type, list(orders)))

    def state(self, state: int, duration_ms: int = 0) -> Reply:
        return self.send(SetMarketState(0, 1, state, duration_ms))

    def rules(self, **rules: int) -> Reply:
        return self.send(SetMarketRules(0, 1, MarketRules(**rules)))

    def reference_price(self, price: int) -> Reply:
        return self.send(SetReferencePrice(0, 1, price))

    def account(self, user_id: int, *, group: int = 0, mode: int = codes.ALLOW) -> Reply:
        return self.send(SetAccount(0, user_id, 0, group, mode, False))

    # What happened

    def trades(self) -> list[tuple[int, int]]:
        """Lots and price of each trade of the last command."""
        return [(t.quantity_lots, t.price_ticks) for t in self.exchange.events.trades]

    def reports(self) -> list[tuple[int, str]]:
        """Order, and report with its reason, of each report of the last command."""
        words = {**codes.REASON_NAMES, **codes.CAUSE_NAMES, codes.OK: ""}
        return [
            (one.order.order_id, f"{codes.REPORT_NAMES[one.report]} {words[one.reason]}".strip())
            for one in self.exchange.events.reports
        ]

    def order(self, reply: Reply) -> Order:
        """The order that a reply is about, as it is now."""
        assert isinstance(reply, OrderReply), reply
        found = self.exchange.state.find(reply.order.user_id, reply.order.order_id, "")
        assert found is not None
        return found

    def held(self, user_id: int, asset_id: int) -> int:
        return self.exchange.state.money.held(user_id, asset_id)

    def total(self, user_id: int, asset_id: int) -> int:
        return self.exchange.state.money.total(user_id, asset_id)


def asked(user_id: int, side: int, lots: int, price: int = 0, **fields: int) -> PlaceOrder:
    """An order: limit GTC with a price, market IOC without; terms and others by name."""
    names = OrderTerms.__struct_fields__
    terms = OrderTerms(**{name: fields.pop(name) for name in names if name in fields})
    waits = bool(terms.trigger)
    force = codes.GTC if price or waits else codes.IOC
    return PlaceOrder(
        0,
        fields.pop("deadline_ns", 0),
        fields.pop("market_id", 1),
        user_id,
        side,
        codes.LIMIT if price else codes.MARKET,
        fields.pop("time_in_force", force),
        bool(fields.pop("post_only", False)),
        price,
        lots,
        "",
        terms,
        **fields,
    )


def reason_of(reply: Reply) -> str:
    """The reason of a refusal."""
    assert isinstance(reply, Rejected), reply
    return codes.REASON_NAMES[reply.reason]
