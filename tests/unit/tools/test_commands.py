"""Each command as a line and as fields."""

from typing import get_args

import pytest

from matcher.tools.catalog import Catalog
from matcher.tools.commands import command_text, describe_command
from proto.codes import (
    AUCTION,
    BUY,
    CANCEL_NEWEST,
    DECREMENT,
    GTC,
    GTD,
    HALTED,
    IOC,
    LIMIT,
    MARKET,
    OCO,
    OTO,
    SELL,
    STOP_LOSS,
    TAKE_PROFIT,
    TRAILING_STOP,
)
from proto.commands import (
    AdvanceTime,
    AmendOrder,
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    CollectFees,
    Command,
    DefineAsset,
    DefineMarket,
    Deposit,
    OrderTerms,
    PlaceList,
    PlaceOrder,
    ReplaceOrder,
    RequestTransfer,
    SetAccount,
    SetAsset,
    SetFees,
    SetMarketRules,
    SetMarketState,
    SetReferencePrice,
    SettleTransfer,
    TransferBetween,
    Withdraw,
)
from proto.definitions import FeeTier, MarketRules
from proto.replies import MarketsReply
from tests.unit.load.scales import BTC, BTC_USDT, INR, TATA, TATA_INR, USDT

MINUTE_NS = 60 * 10**9


def catalog() -> Catalog:
    learned = Catalog()
    assets = [INR, TATA, USDT, BTC]
    learned.learn_all(MarketsReply(0, assets, [TATA_INR.market, BTC_USDT.market]))
    return learned


def order(
    order_type: int = LIMIT,
    time_in_force: int = GTC,
    terms: OrderTerms | None = None,
    side: int = SELL,
    ticks: int = 2_000,
    post_only: bool = False,
) -> PlaceOrder:
    ticks = 0 if order_type == MARKET else ticks
    return PlaceOrder(7, 0, 1, 3, side, order_type, time_in_force, post_only, ticks, 10, "", terms)


LINES: list[tuple[Command, str]] = [
    (order(), "user 3      TATA_INR   sell 10 @ 100.00 GTC"),
    (
        order(MARKET, IOC, OrderTerms(quote_amount=12_345), BUY),
        "user 3      TATA_INR   buy  for 123.45 market IOC",
    ),
    (
        order(MARKET, GTC, OrderTerms(trigger=STOP_LOSS, trigger_price_ticks=1_990)),
        "user 3      TATA_INR   sell 10 market GTC stop_loss at 99.50",
    ),
    (
        order(LIMIT, GTC, OrderTerms(trigger=TAKE_PROFIT, trigger_price_ticks=2_200)),
        "user 3      TATA_INR   sell 10 @ 100.00 GTC take_profit_limit at 110.00",
    ),
    (
        order(MARKET, GTC, OrderTerms(trigger=TRAILING_STOP, trail_ticks=20)),
        "user 3      TATA_INR   sell 10 market GTC trailing_stop trail 1.00",
    ),
    (
        order(MARKET, GTC, OrderTerms(trigger=TRAILING_STOP, trail_bps=150)),
        "user 3      TATA_INR   sell 10 market GTC trailing_stop trail bps 150",
    ),
    (
        order(LIMIT, GTD, OrderTerms(display_lots=2, expires_ns=MINUTE_NS)),
        "user 3      TATA_INR   sell 10 @ 100.00 GTD shows 2 until 1970-01-01T00:01:00.000000Z",
    ),
    (
        order(LIMIT, GTC, OrderTerms(slide=True, self_trade=CANCEL_NEWEST), post_only=True),
        "user 3      TATA_INR   sell 10 @ 100.00 GTC post-only self-trade cancel_newest slide",
    ),
    (CancelOrder(7, 0, 1, 3, 0, "mine"), "user 3      TATA_INR   id='mine'"),
    (
        AmendOrder(7, 0, 1, 3, 9, "", 2_020, 5),
        "user 3      TATA_INR   order 9 to price 101.00, quantity 5",
    ),
    (
        AmendOrder(7, 0, 1, 3, 9, "", 0, 0, 1_980),
        "user 3      TATA_INR   order 9 to trigger_price 99.00",
    ),
    (AmendOrder(7, 0, 1, 3, 9, "", 0, 0), "user 3      TATA_INR   order 9 to nothing"),
    (
        ReplaceOrder(9, "", order()),
        "user 3      TATA_INR   sell 10 @ 100.00 GTC  in place of order 9",
    ),
    (
        PlaceList(
            OCO,
            [
                order(),
                order(MARKET, GTC, OrderTerms(trigger=STOP_LOSS, trigger_price_ticks=1_900)),
            ],
        ),
        "oco: user 3      TATA_INR   sell 10 @ 100.00 GTC; "
        "user 3      TATA_INR   sell 10 market GTC stop_loss at 95.00",
    ),
    (
        PlaceList(OTO, [order(side=BUY), order()]),
        "oto: user 3      TATA_INR   buy  10 @ 100.00 GTC; "
        "user 3      TATA_INR   sell 10 @ 100.00 GTC",
    ),
    (CancelAll(7, 0, 3, 0, 0), "user 3 all markets both sides"),
    (CancelAll(7, 0, 0, 1, BUY), "everybody TATA_INR buy"),
    (CancelAllAfter(7, 0, 3, 5_000), "user 3 in 5000 ms"),
    (CancelAllAfter(7, 0, 3, 0), "user 3 off"),
    (AdvanceTime(0), "what is due happens"),
    (Deposit(7, 3, 1, 150, "r"), "user 3      1.50 INR  reference='r'"),
    (Withdraw(7, 3, 1, 150, "r"), "user 3      1.50 INR  reference='r'"),
    (RequestTransfer(7, 3, 1, 150, "r", True), "user 3      1.50 INR  reference='r'  withdrawal"),
    (RequestTransfer(7, 3, 1, 150, "r", False), "user 3      1.50 INR  reference='r'  deposit"),
    (SettleTransfer(7, "r", True), "confirm  reference='r'"),
    (SettleTransfer(7, "r", False), "reject  reference='r'"),
    (TransferBetween(7, 3, 4, 1, 150, "r"), "user 3      1.50 INR  reference='r'  to user 4"),
    (CollectFees(7, 3, 1, 150, "r"), "user 3      1.50 INR  reference='r'"),
    (
        SetAccount(7, 3, 2, 9, DECREMENT, True),
        "user 3      tier 2, group 9, self-trade decrement, frozen",
    ),
    (SetAccount(7, 3, 0, 0, DECREMENT, False), "user 3      tier 0, self-trade decrement"),
    (SetAsset(7, 1, True), "INR frozen"),
    (SetAsset(7, 1, False), "INR thawed"),
    (SetMarketState(7, 1, AUCTION, 30_000), "TATA_INR auction for 30000 ms"),
    (SetMarketState(7, 1, HALTED, 0), "TATA_INR halted"),
    (
        SetMarketRules(7, 1, MarketRules(50_000, 10_000, 0, 0, 0, 200, 100)),
        "TATA_INR band_ppm 50000, collar_ppm 10000, volatility_ppm 0, auction_ms 0, "
        "reference_ms 0, open_orders_max 200, stop_orders_max 100",
    ),
    (SetReferencePrice(7, 1, 2_000), "TATA_INR @ 100.00"),
    (SetFees(7, 1, FeeTier(2, -100, 500)), "TATA_INR tier 2: -0.000100 maker 0.000500 taker"),
    (DefineAsset(0, INR), "INR, 2 decimals"),
    (
        DefineMarket(0, TATA_INR.market),
        "TATA_INR, tick 0.05, lot 1, fees 0.000500 maker 0.001000 taker",
    ),
]


@pytest.mark.parametrize(("command", "line"), LINES)
def test_a_command_is_a_line(command: Command, line: str) -> None:
    assert command_text(describe_command(command, catalog())) == line


def test_there_is_a_line_for_each_command() -> None:
    assert {type(command) for command, _ in LINES} == set(get_args(Command))


def test_each_command_has_a_name_of_its_own() -> None:
    names = {type(command): describe_command(command, catalog())["command"] for command, _ in LINES}
    assert len(set(names.values())) == len(get_args(Command))


@pytest.mark.parametrize("command", [command for command, _ in LINES])
def test_a_command_about_what_nobody_defined_is_shown_all_the_same(command: Command) -> None:
    assert command_text(describe_command(command, Catalog()))


def test_terms_are_fields_only_where_there_are_some() -> None:
    assert "slide" not in describe_command(order(), catalog())
    terms = OrderTerms(trigger=TRAILING_STOP, trail_bps=150, self_trade=DECREMENT)
    fields = describe_command(order(MARKET, GTC, terms), catalog())
    assert list(fields.items())[-8:] == [
        ("trigger_price", None),
        ("trail_amount", None),
        ("trail_bps", 150),
        ("display_quantity", None),
        ("quote_amount", None),
        ("expires_at", None),
        ("slide", False),
        ("self_trade_prevention", "decrement"),
    ]


def test_an_order_that_is_always_refused_has_a_name_too() -> None:
    fields = describe_command(order(LIMIT, GTC, OrderTerms(trigger=TRAILING_STOP)), catalog())
    assert fields["type"] == "trailing_stop_limit"
