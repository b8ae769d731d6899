"""Runs scenarios that a trader can read against the engine.

A scenario is text, one step a line; after `->` stands what must come back:

    deposit 1 1000.00 INR                      -> ok
    1 buy 10 @ 100 id=a                        -> new
    2 sell 4 @ 99 ioc                          -> filled 4@100
    2 sell 9 market                            -> expired 6@100
    1 cancel id=a                              -> ORDER_NOT_OPEN
    book 10@100 5@99 | 3@101
    balance 1 INR 600.00 held 100.00
    fees INR 1.20

The market is GOLD_INR: a tick is 1 INR, a lot 1 GOLD, INR has two decimals, makers pay 0.1 % and
takers 0.2 %. Invariants are checked after each step.
"""

import re
from typing import Final

from matcher.core.engine import Engine
from proto.codes import (
    BUY,
    FOK,
    GTC,
    IOC,
    LIMIT,
    MARKET,
    REASON_NAMES,
    SELL,
    STATUS_NAMES,
)
from proto.commands import (
    CancelOrder,
    Command,
    DefineAsset,
    DefineMarket,
    Deposit,
    PlaceOrder,
    Withdraw,
)
from proto.decimals import format_units, parse_units
from proto.definitions import AssetDefinition, MarketDefinition
from proto.events import EventBatch
from proto.market_data import Level
from proto.queries import BalancesQuery, DepthQuery, LedgerQuery
from proto.replies import (
    BalancesReply,
    DepthReply,
    LedgerReply,
    OrderReply,
    Rejected,
    Reply,
)

INR: Final = AssetDefinition(1, "INR", 2)
GOLD: Final = AssetDefinition(2, "GOLD", 0)
ASSETS: Final = {"INR": INR, "GOLD": GOLD}
GOLD_INR: Final = MarketDefinition(
    market_id=1,
    name="GOLD_INR",
    base_asset_id=2,
    quote_asset_id=1,
    price_decimals=0,
    tick_units=1,
    quantity_decimals=0,
    lot_units=1,
    price_max_ticks=1_000,
    quantity_min_lots=2,
    quantity_max_lots=500,
    notional_min_amount=5_000,
    maker_fee_ppm=1_000,
    taker_fee_ppm=2_000,
)
TIMES_IN_FORCE: Final = {"gtc": GTC, "post": GTC, "ioc": IOC, "fok": FOK}
START_NS: Final = 1_700_000_000_000_000_000

_ORDER: Final = re.compile(
    r"(?P<user>\d+) (?P<side>buy|sell) (?P<quantity>\d+) (?:@ (?P<price>\d+)|market)"
    r"(?: (?P<force>gtc|ioc|fok|post))?(?: id=(?P<id>\w+))?"
)
_CANCEL: Final = re.compile(r"(?P<user>\d+) cancel (?:id=(?P<id>\w+)|(?P<number>\d+))")
_TRANSFER: Final = re.compile(
    r"(?P<kind>deposit|withdraw) (?P<user>\d+) (?P<amount>[\d.]+) (?P<asset>\w+)"
    r"(?: ref=(?P<ref>\w+))?"
)


def new_events() -> EventBatch:
    return EventBatch(0, 1, 1, 0, 0, [], [], [], [], [], [])


class Scenario:
    """An engine, and the events of the last command in it."""

    def __init__(self, market: MarketDefinition = GOLD_INR) -> None:
        self.engine = Engine(0)
        self.events = new_events()
        self.timestamp_ns = START_NS
        self.transfers = 0
        for command in (DefineAsset(0, INR), DefineAsset(0, GOLD), DefineMarket(0, market)):
            self.apply(command)

    def apply(self, command: Command) -> Reply:
        """Apply one command, a millisecond after the last."""
        self.timestamp_ns += 1_000_000
        self.events = new_events()
        reply = self.engine.apply(command, self.engine.sequence + 1, self.timestamp_ns, self.events)
        self.engine.check_invariants()
        return reply

    def run(self, text: str) -> "Scenario":
        """Run every line; the first that goes wrong is in the message."""
        for line in filter(None, map(str.strip, text.splitlines())):
            step, _, expected = (part.strip() for part in line.partition("->"))
            word = step.split()[0]
            if word in ("book", "balance", "fees"):
                assert f"{word} {getattr(self, word)(step)}" == step, line
            else:
                assert self._command(step) == expected, line
        return self

    def _command(self, step: str) -> str:
        if match := _ORDER.fullmatch(step):
            return outcome(self.apply(order_command(match)))
        if match := _CANCEL.fullmatch(step):
            command = CancelOrder(0, 0, 1, int(match["user"]), int(match["number"] or 0), "")
            if match["id"]:
                command = CancelOrder(0, 0, 1, int(match["user"]), 0, match["id"])
            return outcome(self.apply(command))
        match = _TRANSFER.fullmatch(step)
        assert match, f"what is {step!r}?"
        self.transfers += 1
        asset = ASSETS[match["asset"]]
        kind = Deposit if match["kind"] == "deposit" else Withdraw
        amount = parse_units(match["amount"], asset.decimals)
        reference = match["ref"] or f"transfer-{self.transfers}"
        return outcome(self.apply(kind(0, int(match["user"]), asset.asset_id, amount, reference)))

    def book(self, _: str) -> str:
        reply = self.engine.answer(DepthQuery(0, 1, 100), self.timestamp_ns)
        assert isinstance(reply, DepthReply)
        return f"{_levels(reply.bids)} | {_levels(reply.asks)}"

    def balance(self, step: str) -> str:
        _, user, name, *_ = step.split()
        reply = self.engine.answer(BalancesQuery(0, int(user)), self.timestamp_ns)
        assert isinstance(reply, BalancesReply)
        asset = ASSETS[name]
        for balance in reply.balances:
            if balance.asset_id == asset.asset_id:
                total = format_units(balance.total_amount, asset.decimals)
                held = format_units(balance.held_amount, asset.decimals)
                return f"{user} {name} {total} held {held}"
        return f"{user} {name} none"

    def fees(self, step: str) -> str:
        name = step.split()[1]
        reply = self.engine.answer(LedgerQuery(0), self.timestamp_ns)
        assert isinstance(reply, LedgerReply)
        asset = ASSETS[name]
        sums = {total.asset_id: total.fees_amount for total in reply.sums}
        return f"{name} {format_units(sums[asset.asset_id], asset.decimals)}"


def order_command(match: re.Match[str]) -> PlaceOrder:
    """Build the command; a market order is IOC where nothing is said, a limit order GTC."""
    is_market = match["price"] is None
    force = match["force"] or ("ioc" if is_market else "gtc")
    return PlaceOrder(
        request_id=0,
        deadline_ns=0,
        market_id=1,
        user_id=int(match["user"]),
        side=BUY if match["side"] == "buy" else SELL,
        order_type=MARKET if is_market else LIMIT,
        time_in_force=TIMES_IN_FORCE[force],
        post_only=force == "post",
        price_ticks=int(match["price"] or 0),
        quantity_lots=int(match["quantity"]),
        client_order_id=match["id"] or "",
    )


def outcome(reply: Reply) -> str:
    """Write a reply as a scenario does."""
    if isinstance(reply, Rejected):
        return REASON_NAMES[reply.reason]
    if isinstance(reply, OrderReply):
        fills = (f"{fill.quantity_lots}@{fill.price_ticks}" for fill in reply.fills)
        return " ".join([STATUS_NAMES[reply.order.status], *fills])
    return "ok"


def _levels(levels: list[Level]) -> str:
    return " ".join(f"{level.quantity_lots}@{level.price_ticks}" for level in levels) or "-"
