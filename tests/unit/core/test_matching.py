"""What one order makes: its reports, trades, balance changes and level changes, in their order.

Who trades with whom is in the tables of tests/scenarios.
"""

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
from tests.unit.core.scenario import Scenario

MONEY = """
    deposit 1 100000.00 INR -> ok
    deposit 2 500 GOLD      -> ok
    deposit 3 100000.00 INR -> ok
    deposit 3 500 GOLD      -> ok
"""


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
