"""Price-time priority, every time in force, holds, fees."""

import pytest
from msgspec.structs import replace

from proto.codes import (
    EXPIRED,
    FILLED,
    NEW,
    PARTIALLY_FILLED,
    REPORT_ACCEPTED,
    REPORT_CANCELLED,
    REPORT_EXPIRED,
    REPORT_FILL,
    REPORT_REJECTED,
)
from proto.events import LevelChange
from tests.unit.core.scenario import GOLD_INR, Scenario

MONEY = """
    deposit 1 100000.00 INR -> ok
    deposit 2 500 GOLD      -> ok
    deposit 3 100000.00 INR -> ok
    deposit 3 500 GOLD      -> ok
"""

SCENARIOS = {
    "a limit order rests, and what crosses trades at the maker's price": """
        1 buy 10 @ 100          -> new
        2 sell 4 @ 90           -> filled 4@100
        book 6@100 | -
    """,
    "the best price first, then the oldest order": """
        1 buy 3 @ 100 id=old    -> new
        3 buy 4 @ 101 id=best   -> new
        3 buy 5 @ 100 id=young  -> new
        2 sell 9 @ 100          -> filled 4@101 3@100 2@100
        1 cancel id=old         -> ORDER_NOT_OPEN
        3 cancel id=best        -> ORDER_NOT_OPEN
        book 3@100 | -
    """,
    "asks are taken from the lowest up": """
        2 sell 3 @ 103          -> new
        2 sell 3 @ 101          -> new
        2 sell 3 @ 102          -> new
        book - | 3@101 3@102 3@103
        1 buy 8 @ 102           -> partially_filled 3@101 3@102
        book 2@102 | 3@103
    """,
    "a partly filled order keeps its place": """
        1 buy 10 @ 100 id=first -> new
        3 buy 10 @ 100 id=next  -> new
        2 sell 4 @ 100          -> filled 4@100
        2 sell 8 @ 100          -> filled 6@100 2@100
        book 8@100 | -
    """,
    "IOC: what is left expires": """
        2 sell 5 @ 100          -> new
        1 buy 8 @ 100 ioc       -> expired 5@100
        1 buy 8 @ 100 ioc       -> expired
        book - | -
        balance 1 INR 99499.00 held 0.00
    """,
    "FOK: all or nothing, over several levels": """
        2 sell 5 @ 100          -> new
        2 sell 5 @ 101          -> new
        2 sell 5 @ 102          -> new
        1 buy 11 @ 101 fok      -> expired
        book - | 5@100 5@101 5@102
        1 buy 10 @ 101 fok      -> filled 5@100 5@101
        1 buy 5 @ 102 fok       -> filled 5@102
    """,
    "a market order takes any price; what is left expires": """
        2 sell 5 @ 100          -> new
        2 sell 5 @ 900          -> new
        1 buy 12 market fok     -> expired
        1 buy 12 market         -> expired 5@100 5@900
        1 buy 10 @ 50           -> new
        2 sell 4 market fok     -> filled 4@50
        2 sell 9 market         -> expired 6@50
        2 sell 9 market         -> expired
        book - | -
    """,
    "post-only makes or is refused": """
        2 sell 5 @ 100          -> new
        1 buy 5 @ 100 post      -> POST_ONLY_WOULD_CROSS
        1 buy 5 @ 99 post       -> new
        2 sell 5 @ 99 post      -> POST_ONLY_WOULD_CROSS
        2 sell 5 @ 100 post     -> new
        book 5@99 | 10@100
    """,
    "a buy order holds price and the larger fee; a better price is given back at once": """
        1 buy 10 @ 200          -> new
        balance 1 INR 100000.00 held 2004.00
        2 sell 5 @ 100          -> filled 5@200
        balance 1 INR 98999.00 held 1002.00
        balance 2 INR 998.00 held 0.00
        fees INR 3.00
        3 sell 10 @ 150         -> partially_filled 5@200
        balance 1 INR 97998.00 held 0.00
        1 buy 5 @ 300           -> filled 5@150
        balance 1 INR 97246.50 held 0.00
        balance 1 GOLD 15 held 0
    """,
    "a sell order holds its base; cancelling gives it back": """
        2 sell 10 @ 100 id=a    -> new
        balance 2 GOLD 500 held 10
        1 buy 4 @ 100           -> filled 4@100
        balance 2 GOLD 496 held 6
        2 cancel id=a           -> cancelled
        balance 2 GOLD 496 held 0
        book - | -
    """,
    "a cancelled buy order gives back its whole hold": """
        1 buy 10 @ 100 id=a     -> new
        2 sell 3 @ 100          -> filled 3@100
        1 cancel id=a           -> cancelled
        balance 1 INR 99699.70 held 0.00
    """,
    "a user who trades with themself pays both fees and nothing else": """
        3 sell 10 @ 100         -> new
        3 buy 4 @ 120           -> filled 4@100
        balance 3 INR 99998.80 held 0.00
        balance 3 GOLD 500 held 6
        3 buy 9 @ 100           -> partially_filled 6@100
        3 sell 3 market         -> filled 3@100
        balance 3 INR 99996.10 held 0.00
        balance 3 GOLD 500 held 0
    """,
    "money is needed for the whole limit order, and only for the part that a market order gets": """
        deposit 4 201.00 INR    -> ok
        2 sell 2 @ 100          -> new
        4 buy 3 @ 100 ioc       -> INSUFFICIENT_BALANCE
        4 buy 3 market fok      -> expired
        4 buy 3 market          -> expired 2@100
        balance 4 INR 0.60 held 0.00
        4 buy 3 market          -> expired
        2 sell 2 @ 100          -> new
        4 buy 3 market          -> INSUFFICIENT_BALANCE
    """,
    "orders cannot be paid with what others hold": """
        2 sell 300 @ 100        -> new
        2 sell 201 @ 100        -> INSUFFICIENT_BALANCE
        2 sell 200 @ 100        -> new
        withdraw 2 1 GOLD       -> INSUFFICIENT_BALANCE
    """,
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    Scenario().run(MONEY).run(SCENARIOS[name])


def test_fees_round_up_once_for_each_order_and_not_for_each_fill() -> None:
    scenario = Scenario()
    scenario.run(MONEY).run("""
        1 buy 100 @ 33          -> new
        balance 1 INR 100000.00 held 3306.60
        2 sell 3 @ 33           -> filled 3@33
        balance 1 INR 99900.90 held 3207.41
        2 sell 3 @ 33           -> filled 3@33
        2 sell 3 @ 33           -> filled 3@33
    """)
    # 3 x 33.00 at 0.1 % is 9.9 paise: 10 at first, and 30 (of 29.7 exactly) after three fills.
    maker_reports = [report for report in scenario.events.reports if report.is_maker]
    assert [report.order.fee_amount for report in maker_reports] == [30]
    scenario.run("""
        balance 1 INR 99702.70 held 3009.01
        2 sell 91 @ 33          -> filled 91@33
        balance 1 INR 96696.70 held 0.00
    """)


def test_ten_small_fills_of_one_taker_are_charged_like_one() -> None:
    scenario = Scenario().run(MONEY)
    for _ in range(10):
        scenario.run("2 sell 2 @ 51 -> new")
    scenario.run("1 buy 20 @ 51 -> filled" + " 2@51" * 10)
    trades = scenario.events.trades
    # 10 x 2 x 51.00 at 0.2 % is 2.04 exactly.
    assert sum(trade.taker_fee_amount for trade in trades) == 204
    assert [trade.taker_fee_amount for trade in trades[:3]] == [21, 20, 21]
    # Each maker is an order of its own: 10.2 paise round up to 11.
    assert {trade.maker_fee_amount for trade in trades} == {11}


def test_a_fee_may_be_all_that_a_seller_gets() -> None:
    scenario = Scenario(replace(GOLD_INR, taker_fee_ppm=1_000_000, maker_fee_ppm=0))
    scenario.run(MONEY).run("""
        1 buy 10 @ 100          -> new
        balance 1 INR 100000.00 held 2000.00
        2 sell 10 @ 100         -> filled 10@100
        balance 1 INR 99000.00 held 0.00
        balance 2 INR 0.00 held 0.00
        fees INR 1000.00
    """)


def test_events_of_an_order_that_takes_and_rests() -> None:
    scenario = Scenario().run(MONEY)
    scenario.run("""
        2 sell 3 @ 100          -> new
        3 sell 4 @ 100          -> new
        2 sell 2 @ 101          -> new
        1 buy 10 @ 102          -> partially_filled 3@100 4@100 2@101
    """)
    events = scenario.events
    assert [(r.report, r.order.status, r.is_maker) for r in events.reports] == [
        (REPORT_ACCEPTED, NEW, False),
        (REPORT_FILL, PARTIALLY_FILLED, False),
        (REPORT_FILL, FILLED, True),
        (REPORT_FILL, PARTIALLY_FILLED, False),
        (REPORT_FILL, FILLED, True),
        (REPORT_FILL, PARTIALLY_FILLED, False),
        (REPORT_FILL, FILLED, True),
    ]
    assert events.level_changes == [
        LevelChange(1, 4, 2, 100, 0),
        LevelChange(1, 5, 2, 101, 0),
        LevelChange(1, 6, 1, 102, 1),
    ]
    assert [trade.number for trade in events.trades] == [1, 2, 3]
    assert len({trade.trade_id for trade in events.trades}) == 3
    assert {trade.sequence for trade in events.trades} == {scenario.engine.sequence}
    first = [change for change in events.balance_changes if change.trade_id == 1]
    assert [(c.user_id, c.asset_id, c.change_amount, c.fee_amount) for c in first] == [
        (1, 1, -30_060, 60),
        (2, 2, -3, 0),
        (1, 2, 3, 0),
        (2, 1, 29_970, 30),
    ]


def test_events_of_orders_that_expire_are_cancelled_or_refused() -> None:
    scenario = Scenario().run(MONEY)
    scenario.run("1 buy 10 @ 102 fok -> expired")
    reports = scenario.events.reports
    assert [(r.report, r.order.status) for r in reports] == [
        (REPORT_ACCEPTED, NEW),
        (REPORT_EXPIRED, EXPIRED),
    ]
    scenario.run("""
        1 buy 10 @ 102 id=a     -> new
        1 cancel id=a           -> cancelled
    """)
    assert [report.report for report in scenario.events.reports] == [REPORT_CANCELLED]
    assert scenario.events.level_changes == [LevelChange(1, 2, 1, 102, 0)]
    scenario.run("1 cancel id=a -> cancelled")
    assert not scenario.events.reports
    scenario.run("1 buy 10 @ 1001 -> PRICE_OUT_OF_RANGE")
    assert [report.report for report in scenario.events.reports] == [REPORT_REJECTED]
    assert scenario.events.reports[0].order.order_id == scenario.engine.sequence
