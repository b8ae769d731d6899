"""The engine as a whole: sequence and time, queries, hashes, identifiers of a shard."""

import pytest

from matcher.core.engine import Engine
from matcher.core.events import Events
from proto.codes import UNKNOWN_MARKET, UNKNOWN_ORDER
from proto.commands import Command, DefineAsset, DefineMarket, Deposit, PlaceOrder
from proto.ids import order_id_of, trade_id_of
from proto.intervals import DAY_NS
from proto.market_data import Level
from proto.queries import (
    BalancesQuery,
    DepthQuery,
    LedgerQuery,
    MarketDataQuery,
    OpenOrdersQuery,
    OrderQuery,
)
from proto.replies import (
    AssetSums,
    BalancesReply,
    BalanceState,
    DepthReply,
    LedgerReply,
    MarketDataReply,
    OpenOrdersReply,
    OrderReply,
    Rejected,
)
from tests.applying import answer_of, apply_behind, batch_of
from tests.unit.core.scenario import GOLD, GOLD_INR, INR, Scenario


@pytest.fixture
def scenario() -> Scenario:
    return Scenario().run("""
        deposit 1 10000.00 INR  -> ok
        deposit 2 500 GOLD      -> ok
        1 buy 10 @ 50 id=a      -> new
        1 buy 10 @ 40           -> new
        2 sell 10 @ 200         -> new
        2 sell 4 @ 50           -> filled 4@50
    """)


def test_sequence_and_time_only_go_forward() -> None:
    engine = Engine(0)
    engine.apply(DefineAsset(0, INR), 1, 100, Events(0, 1, 1))
    assert (engine.sequence, engine.timestamp_ns, engine.shard) == (1, 100, 0)
    for sequence, timestamp_ns in ((1, 100), (3, 100), (2, 99)):
        with pytest.raises(AssertionError):
            engine.apply(DefineAsset(0, GOLD), sequence, timestamp_ns, Events(0, 1, 1))
    engine.apply(DefineAsset(0, GOLD), 2, 100, Events(0, 1, 1))
    with pytest.raises(AssertionError):
        engine.answer(LedgerQuery(0), 99)


def test_depth(scenario: Scenario) -> None:
    answer = answer_of(scenario.engine, DepthQuery(3, 1, 1), scenario.timestamp_ns)
    assert answer == DepthReply(3, 1, 4, [Level(50, 6)], [Level(200, 10)])
    answer = answer_of(scenario.engine, DepthQuery(3, 9, 1), scenario.timestamp_ns)
    assert answer == Rejected(3, UNKNOWN_MARKET)


def test_one_order_and_open_orders(scenario: Scenario) -> None:
    def ask(query: OrderQuery | OpenOrdersQuery) -> object:
        return answer_of(scenario.engine, query, scenario.timestamp_ns)

    found = ask(OrderQuery(3, 1, 0, "a"))
    assert isinstance(found, OrderReply)
    assert (found.order.executed_lots, found.fills) == (4, [])
    assert ask(OrderQuery(3, 1, found.order.order_id, "")) == found
    assert ask(OrderQuery(3, 2, found.order.order_id, "")) == Rejected(3, UNKNOWN_ORDER)
    opened = ask(OpenOrdersQuery(4, 1, 0))
    assert isinstance(opened, OpenOrdersReply)
    assert [order.price_ticks for order in opened.orders] == [50, 40]
    assert ask(OpenOrdersQuery(4, 1, 1)) == opened
    assert ask(OpenOrdersQuery(4, 1, 9)) == Rejected(4, UNKNOWN_MARKET)
    assert ask(OpenOrdersQuery(4, 9, 1)) == OpenOrdersReply(4, [])


def test_balances_and_sums(scenario: Scenario) -> None:
    def ask(query: BalancesQuery | LedgerQuery) -> object:
        return answer_of(scenario.engine, query, scenario.timestamp_ns)

    balances = [BalanceState(1, 979_980, 70_140), BalanceState(2, 4, 0)]
    assert ask(BalancesQuery(3, 1)) == BalancesReply(3, balances)
    assert ask(BalancesQuery(3, 9)) == BalancesReply(3, [])
    assert scenario.engine.user_ids() == [1, 2]
    sums = [
        AssetSums(1, 999_940, 70_140, 60, 1_000_000, 0),
        AssetSums(2, 500, 10, 0, 500, 0),
    ]
    assert ask(LedgerQuery(4)) == LedgerReply(4, 9, 1, sums)


def test_market_data(scenario: Scenario) -> None:
    answer = answer_of(scenario.engine, MarketDataQuery(3, 1), scenario.timestamp_ns)
    assert isinstance(answer, MarketDataReply)
    assert answer.bids == [Level(50, 6), Level(40, 10)]
    assert answer.asks == [Level(200, 10)]
    assert (answer.book_sequence, answer.trade_number, len(answer.candles)) == (4, 1, 15)
    assert answer.last_trade_id == 1
    ticker = scenario.engine.ticker(1, scenario.timestamp_ns)
    assert answer.ticker == ticker
    assert (ticker.bid_price_ticks, ticker.ask_price_ticks, ticker.volume_lots) == (50, 200, 4)


def test_questions_leave_no_trace(scenario: Scenario) -> None:
    before = scenario.engine.state_hash()
    for query in (MarketDataQuery(3, 1), BalancesQuery(3, 77), OpenOrdersQuery(3, 77, 0)):
        answer_of(scenario.engine, query, scenario.timestamp_ns + 2 * DAY_NS)
    scenario.engine.ticker(1, scenario.timestamp_ns + 2 * DAY_NS)
    assert scenario.engine.state_hash() == before


def test_every_kind_of_state_is_in_the_hash(scenario: Scenario) -> None:
    seen = {scenario.engine.state_hash()}
    for line in (
        "deposit 3 1.00 INR ref=x -> ok",
        "withdraw 3 1.00 INR ref=y -> ok",
        "1 buy 10 @ 30 -> new",
        "1 buy 10 @ 30 id=named -> new",
        "1 cancel id=named -> cancelled",
        "2 sell 4 @ 50 -> filled 4@50",
        "1 buy 10 @ 1 -> NOTIONAL_TOO_SMALL",
    ):
        scenario.run(line)
        seen.add(scenario.engine.state_hash())
    assert len(seen) == 8


def test_identifiers_carry_the_shard() -> None:
    engine = Engine(3)
    commands: list[Command] = [
        DefineAsset(0, INR),
        DefineAsset(0, GOLD),
        DefineMarket(0, GOLD_INR),
        Deposit(0, 1, 1, 10**6, "a"),
        Deposit(0, 1, 2, 10, "b"),
        PlaceOrder(0, 0, 1, 1, 1, 1, 1, False, 100, 10, ""),
        PlaceOrder(0, 0, 1, 1, 2, 1, 1, False, 100, 10, ""),
    ]
    events = Events(3, 1, 1)
    for command in commands:
        apply_behind(engine, 1, command, events)
    (trade,) = batch_of(events).trades
    assert trade.trade_id == trade_id_of(3, 1)
    assert (trade.maker_order_id, trade.taker_order_id) == (order_id_of(3, 6), order_id_of(3, 7))
