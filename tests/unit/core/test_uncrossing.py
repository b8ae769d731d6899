"""Uncrossing prices: tables by hand, and every tick asked by a brute force."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.core.ladder import Ladder
from matcher.core.uncrossing import find_uncrossing
from proto.codes import BUY, SELL
from tests.unit.core.plain_orders import limit_order

Outcome = tuple[int, int, int] | None
# Price, lots, and what is shown of them (0 for all).
Asked = tuple[int, int, int]


def ladder(side: int, orders: list[Asked]) -> Ladder:
    filled = Ladder(side)
    for number, (price, lots, shown) in enumerate(orders):
        filled.add(limit_order(2 * number + side, side, price, lots, shown))
    filled.check_invariants()
    return filled


def outcome(bids: list[Asked], asks: list[Asked], reference: int) -> Outcome:
    found = find_uncrossing(ladder(BUY, bids), ladder(SELL, asks), reference)
    return None if found is None else (found.price_ticks, found.quantity_lots, found.imbalance_lots)


def brute_force(bids: list[Asked], asks: list[Asked], reference: int) -> Outcome:
    if not bids or not asks:
        return None
    best: list[tuple[int, int, int, int, int]] = []
    for price in range(min(ask[0] for ask in asks), max(bid[0] for bid in bids) + 1):
        bought = sum(lots for bid, lots, _ in bids if bid >= price)
        sold = sum(lots for ask, lots, _ in asks if ask <= price)
        distance = abs(price - reference) if reference else 0
        imbalance = bought - sold
        best.append((-min(bought, sold), abs(imbalance), distance, price, imbalance))
    if not best:
        return None
    lots, _, _, price, imbalance = min(best)
    return price, -lots, imbalance


@pytest.mark.parametrize(
    ("bids", "asks", "reference", "expected"),
    [
        # Nothing crosses.
        ([], [], 0, None),
        ([(100, 5, 0)], [], 100, None),
        ([(99, 5, 0)], [(100, 5, 0)], 100, None),
        # One price.
        ([(100, 5, 0)], [(100, 3, 0)], 0, (100, 3, 2)),
        # The most trades at 101 and 102; the least is left at 101.
        ([(103, 2, 0), (102, 3, 0), (101, 5, 0)], [(100, 6, 0), (101, 3, 0)], 0, (101, 9, 1)),
        # All ticks from 100 to 110 are as good: the nearest to the reference price.
        ([(110, 5, 0)], [(100, 5, 0)], 104, (104, 5, 0)),
        ([(110, 5, 0)], [(100, 5, 0)], 200, (110, 5, 0)),
        ([(110, 5, 0)], [(100, 5, 0)], 50, (100, 5, 0)),
        ([(110, 5, 0)], [(100, 5, 0)], 0, (100, 5, 0)),
        # As much trades and is left at 100 and at 102, not between them: the nearest, or the lower.
        ([(102, 4, 0), (100, 4, 0)], [(100, 4, 0), (102, 4, 0)], 101, (101, 4, 0)),
        ([(103, 4, 0), (100, 1, 0)], [(100, 4, 0), (103, 1, 0)], 0, (101, 4, 0)),
        ([(101, 4, 0), (100, 2, 0)], [(100, 4, 0), (101, 2, 0)], 0, (100, 4, 2)),
        ([(101, 4, 0), (100, 2, 0)], [(100, 4, 0), (101, 2, 0)], 101, (101, 4, -2)),
        # What is hidden trades too.
        ([(100, 50, 5)], [(100, 20, 2), (99, 10, 0)], 0, (100, 30, 20)),
    ],
)
def test_the_price_at_which_most_trades(
    bids: list[Asked], asks: list[Asked], reference: int, expected: Outcome
) -> None:
    assert outcome(bids, asks, reference) == expected
    assert brute_force(bids, asks, reference) == expected


orders = st.lists(
    st.tuples(st.integers(1, 14), st.integers(1, 6), st.sampled_from((0, 0, 1, 3))), max_size=8
)


@settings(max_examples=600, deadline=None)
@given(bids=orders, asks=orders, reference=st.integers(0, 16))
def test_it_is_the_brute_force(bids: list[Asked], asks: list[Asked], reference: int) -> None:
    assert outcome(bids, asks, reference) == brute_force(bids, asks, reference)


def test_levels_that_do_not_cross_are_not_looked_at() -> None:
    bids, asks = ladder(BUY, [(1_000, 5, 0)]), ladder(SELL, [(1_000, 5, 0)])
    for number in range(500):
        bids.add(limit_order(10 + 2 * number, BUY, 999 - number, 5))
        asks.add(limit_order(11 + 2 * number, SELL, 1_001 + number, 5))
    assert len(list(bids.crossing(1_000))) == len(list(asks.crossing(1_000))) == 1
    found = find_uncrossing(bids, asks, 0)
    assert found is not None
    assert (found.price_ticks, found.quantity_lots, found.imbalance_lots) == (1_000, 5, 0)
