"""What one command may cost, counted in steps and not in time."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from matcher.core import order_funds
from matcher.core.account import Account
from matcher.core.ladder import Ladder
from matcher.core.self_trade import Step
from proto.codes import ALLOW, CANCEL_NEWEST
from tests.unit.core.scenario import GOLD_INR, Scenario


def with_asks(levels: int) -> Scenario:
    scenario = Scenario(replace(GOLD_INR, price_max_ticks=10_000))
    scenario.run("deposit 2 100000 GOLD -> ok")
    for price in range(100, 100 + levels):
        scenario.run(f"2 sell 10 @ {price} -> new")
    return scenario


@pytest.mark.interpreted
@pytest.mark.parametrize("mode", [ALLOW, CANCEL_NEWEST])
def test_who_cannot_pay_makes_nobody_look_through_the_book(
    mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = with_asks(200)
    steps = 0
    reachable = order_funds.reachable

    def counted(ladder: Ladder, limit: int, account: Account, own: int) -> Iterator[Step]:
        nonlocal steps
        for step in reachable(ladder, limit, account, mode or own):
            steps += 1
            yield step

    monkeypatch.setattr(order_funds, "reachable", counted)
    scenario.run("1 buy 500 market -> INSUFFICIENT_BALANCE")
    assert steps == 1
    scenario.run("deposit 1 2100.00 INR -> ok")
    # Two levels are paid for, the third is too dear.
    scenario.run("1 buy 500 market -> INSUFFICIENT_BALANCE")
    assert steps == 1 + 3
