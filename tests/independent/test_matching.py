"""The same instructions for this engine and for one that others wrote: same fills, same book.

What is compared after every instruction: whether anything came of it; each fill with its taker,
maker, price and quantity, in order; and every order that rests, in its place in the queue, with
what is left of it. What the two do not do alike stands in `test_differences.py`.
"""

import pytest

from tests.independent.flow import Flow
from tests.independent.ours import OurExchange
from tests.independent.theirs import TheirExchange

SEEDS = 100
INSTRUCTIONS = 400
_BLOCK = 20


@pytest.mark.parametrize("first", range(0, SEEDS, _BLOCK))
def test_orders_trade_alike(first: int) -> None:
    fills = 0
    for seed in range(first, first + _BLOCK):
        ours, theirs = OurExchange(), TheirExchange()
        for number, instruction in enumerate(Flow(seed).instructions(INSTRUCTIONS)):
            expected, outcome = theirs.do(instruction), ours.do(instruction)
            where = f"seed {seed}, instruction {number}: {instruction}"
            assert outcome == expected, where
            assert ours.book() == theirs.book(), where
            fills += len(outcome.fills)
    # Where nothing trades nothing is compared.
    assert fills > _BLOCK * INSTRUCTIONS / 4
