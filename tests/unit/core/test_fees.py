"""Fees: rates by tier, what stands in the way of new ones, and that no fill ever costs anything."""

from collections.abc import Iterator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from matcher.core.account import Account
from matcher.core.fees import FeeRates, FeeSchedule
from matcher.core.instrument import PPM, Instrument, add_fee, check_market, fee_ceiling, fee_of
from matcher.core.order import Order
from matcher.core.seat import Seat
from proto.codec import decode_order
from proto.codes import BUY, GTC, INVALID_DEFINITION, INVALID_FEES, LIMIT, OK
from proto.definitions import AssetDefinition, FeeTier, MarketDefinition
from proto.ids import OrderId, UserId
from proto.limits import AMOUNT_MAX, FEE_PPM_MAX, TIER_MAX

INR, GOLD = AssetDefinition(1, "INR", 2), AssetDefinition(2, "GOLD", 0)
MARKET = MarketDefinition(1, "GOLD_INR", 2, 1, 2, 1, 0, 1, 1_000, 1, 10**9, 0, -100, 300)


def schedule_of(maker_ppm: int, taker_ppm: int) -> FeeSchedule:
    market = replace(MARKET, maker_fee_ppm=maker_ppm, taker_fee_ppm=taker_ppm)
    return FeeSchedule(Instrument(market, GOLD, INR))


def rates_of(schedule: FeeSchedule, tier: int) -> tuple[int, int, int]:
    rates = schedule.rates(tier)
    return rates.maker_ppm, rates.taker_ppm, rates.hold_ppm


def test_a_tier_without_rates_has_those_of_tier_0() -> None:
    schedule = schedule_of(-100, 300)
    assert rates_of(schedule, TIER_MAX) == (-100, 300, 300)
    assert schedule.set(FeeTier(7, 50, 250))
    assert rates_of(schedule, 7) == (50, 250, 250)
    assert rates_of(schedule, 0) == (-100, 300, 300)
    assert schedule.set(FeeTier(0, 400, 200))
    assert rates_of(schedule, 1) == (400, 200, 400)
    assert rates_of(schedule, 7) == (50, 250, 250)
    assert schedule.tiers() == [FeeTier(0, 400, 200), FeeTier(7, 50, 250)]


def test_orders_with_the_same_rates_share_them() -> None:
    schedule = schedule_of(-100, 300)
    first = schedule.rates(0)
    schedule.set(FeeTier(0, 0, 0))
    schedule.set(FeeTier(3, -100, 300))
    assert schedule.rates(3) is first
    assert schedule.shared(-100, 300) is first
    assert schedule.rates(2) is schedule.rates(0) is not first


def test_the_same_rates_again_change_nothing() -> None:
    schedule = schedule_of(-100, 300)
    assert not schedule.set(FeeTier(0, -100, 300))
    # A tier of its own, if only by name: it does not follow tier 0 any more.
    assert schedule.set(FeeTier(1, -100, 300))
    assert not schedule.set(FeeTier(1, -100, 300))
    schedule.set(FeeTier(0, 0, 0))
    assert rates_of(schedule, 1) == (-100, 300, 300)


@pytest.mark.parametrize(
    ("fees", "reason"),
    [
        (FeeTier(0, -300, 300), OK),
        (FeeTier(0, -301, 300), INVALID_FEES),
        # Tier 1 may meet tier 0, which pays 300 and gets 100.
        (FeeTier(1, -300, 900), OK),
        (FeeTier(1, -301, 900), INVALID_FEES),
        (FeeTier(1, 0, 100), OK),
        (FeeTier(1, 500, 99), INVALID_FEES),
        # Of tier 0 itself only the new rates count.
        (FeeTier(0, 500, 0), OK),
        (FeeTier(0, -900, 900), OK),
    ],
)
def test_rates_that_add_up_to_a_loss(fees: FeeTier, reason: int) -> None:
    assert schedule_of(-100, 300).check(fees, []) == reason


@pytest.mark.parametrize(
    ("ppm", "reason"), [(1_000, OK), (1_001, INVALID_FEES), (PPM, INVALID_FEES)]
)
def test_the_largest_order_with_its_fee_fits_an_amount(ppm: int, reason: int) -> None:
    price_max_ticks = AMOUNT_MAX * 1_000 // 1_001
    market = replace(MARKET, price_max_ticks=price_max_ticks, quantity_max_lots=1)
    schedule = FeeSchedule(Instrument(market, GOLD, INR))
    assert schedule.check(FeeTier(1, ppm, 100), []) == reason
    assert schedule.check(FeeTier(1, 0, ppm), []) == reason


@pytest.mark.parametrize(
    ("maker_ppm", "taker_ppm", "reason"),
    [
        (-300, 300, OK),
        (-301, 300, INVALID_DEFINITION),
        (-PPM, PPM - 1, INVALID_DEFINITION),
        (-1_000, 1_000, OK),
        # One unit at the highest price and quantity no longer fits beside such a fee.
        (-1_001, 1_001, INVALID_DEFINITION),
        (1_001, 0, INVALID_DEFINITION),
    ],
)
def test_a_market_begins_with_rates_that_can_stand(
    maker_ppm: int, taker_ppm: int, reason: int
) -> None:
    market = replace(
        MARKET,
        price_max_ticks=AMOUNT_MAX * 1_000 // 1_001,
        quantity_max_lots=1,
        maker_fee_ppm=maker_ppm,
        taker_fee_ppm=taker_ppm,
    )
    assert check_market(market, {1: INR, 2: GOLD}, (), ()) == reason
    if reason == OK:
        assert FeeSchedule(Instrument(market, GOLD, INR)).tiers() == [
            FeeTier(0, maker_ppm, taker_ppm)
        ]


def test_an_open_order_keeps_its_rebate_and_stands_in_the_way() -> None:
    schedule = schedule_of(-100, 300)
    promised = schedule.rates(0)
    schedule.set(FeeTier(0, 0, 100))
    assert schedule.check(FeeTier(0, 0, 99), [promised]) == INVALID_FEES
    assert schedule.check(FeeTier(0, 0, 100), [promised]) == OK
    assert schedule.check(FeeTier(0, 0, 99), [schedule.rates(0)]) == OK
    assert schedule.check(FeeTier(0, 0, 99), []) == OK


def test_an_open_order_keeps_its_low_taker_rate_and_stands_in_the_way() -> None:
    schedule = schedule_of(0, 50)
    promised = schedule.rates(0)
    schedule.set(FeeTier(0, 0, 400))
    assert schedule.check(FeeTier(0, -51, 400), [promised]) == INVALID_FEES
    assert schedule.check(FeeTier(0, -50, 400), [promised]) == OK
    assert schedule.check(FeeTier(0, -51, 400), []) == OK


def test_open_orders_are_left_alone_where_no_past_rate_is_opposed() -> None:
    def unasked() -> Iterator[FeeRates]:
        raise AssertionError("an open order was looked at")
        yield

    schedule = schedule_of(-100, 300)
    schedule.set(FeeTier(0, 10, 200))
    assert schedule.check(FeeTier(0, 0, 100), unasked()) == OK
    assert schedule.check(FeeTier(0, -301, 300), unasked()) == INVALID_FEES


AMOUNTS = st.integers(0, AMOUNT_MAX)
ALL_RATES = st.integers(0, FEE_PPM_MAX)


@given(quote_amount=AMOUNTS, fee_ppm=ALL_RATES)
def test_a_fee_is_rounded_up_whatever_the_amount(quote_amount: int, fee_ppm: int) -> None:
    assert fee_of(quote_amount, fee_ppm) == fee_ceiling(quote_amount * fee_ppm)


@given(st.lists(st.tuples(st.integers(0, AMOUNT_MAX // 8), ALL_RATES), max_size=8))
def test_a_sum_of_fees_is_exact(fills: list[tuple[int, int]]) -> None:
    whole_amount = rest_ppm = 0
    for quote_amount, fee_ppm in fills:
        whole_amount, rest_ppm = add_fee(whole_amount, rest_ppm, quote_amount, fee_ppm)
        assert 0 <= rest_ppm < PPM
    exact = sum(quote_amount * fee_ppm for quote_amount, fee_ppm in fills)
    assert whole_amount * PPM + rest_ppm == exact


# Halves and thirds of smallest units, so that every fill rounds, and rates that often collide.
RATES = st.sampled_from([0, 1, 333_333, 500_000, 999_999, PPM])
MAKER_RATES = st.one_of(RATES, RATES.map(lambda ppm: -ppm))
TIERS = st.integers(0, 2)


class Fills(RuleBasedStateMachine):
    """Fills between orders of all tiers, old and new, while rates change and fees are taken out."""

    def __init__(self) -> None:
        super().__init__()
        self.schedule = schedule_of(0, 0)
        self.orders: list[Order] = []
        self.charged: dict[int, int] = {}
        self.placed = 0
        self.fees_amount = 0

    @rule(tier=TIERS, maker_ppm=MAKER_RATES, taker_ppm=RATES)
    def set_fees(self, tier: int, maker_ppm: int, taker_ppm: int) -> None:
        fees = FeeTier(tier, maker_ppm, taker_ppm)
        reason = self.schedule.check(fees, (order.fees for order in self.orders))
        present = {other.tier: other for other in self.schedule.tiers()} | {tier: fees}
        makers = [order.fees.maker_ppm for order in self.orders]
        takers = [order.fees.taker_ppm for order in self.orders]
        makers += [other.maker_fee_ppm for other in present.values()]
        takers += [other.taker_fee_ppm for other in present.values()]
        # Refused exactly where two of all these rates could meet and cost something.
        assert (reason == OK) == (min(makers) + min(takers) >= 0)
        if reason == OK:
            self.schedule.set(fees)

    @rule(tier=TIERS)
    def place(self, tier: int) -> None:
        self.placed += 1
        seat = Seat(Account(UserId(1)), Instrument(MARKET, GOLD, INR))
        order_id, rates = OrderId(self.placed), self.schedule.rates(tier)
        self.orders.append(Order(order_id, seat, rates, "", BUY, LIMIT, GTC, False, 1, 10**9, 0))
        self.charged[order_id] = 0

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        self.orders.remove(data.draw(st.sampled_from(self.orders)))

    @precondition(lambda self: len(self.orders) > 1)
    @rule(data=st.data(), quote_amount=st.integers(1, 9), is_uncrossing=st.booleans())
    def fill(self, data: st.DataObject, quote_amount: int, is_uncrossing: bool) -> None:
        taker = data.draw(st.sampled_from(self.orders))
        maker = data.draw(st.sampled_from(self.orders))
        assume(taker is not maker)
        maker_ppm = maker.fees.taker_ppm if is_uncrossing else maker.fees.maker_ppm
        for order, ppm in ((taker, taker.fees.taker_ppm), (maker, maker_ppm)):
            fee_amount = order.fill(1, quote_amount, ppm, 0)
            # No more than what it is taken from, and no rebate above its rate.
            assert min(0, quote_amount * ppm) <= fee_amount * PPM <= quote_amount * PPM
            self.charged[order.order_id] += fee_amount
            self.fees_amount += fee_amount

    @rule()
    def collect_fees(self) -> None:
        self.fees_amount = 0

    @invariant()
    def never_below_zero(self) -> None:
        assert self.fees_amount >= 0
        self.schedule.check_invariants()

    @invariant()
    def an_order_says_what_it_was_charged(self) -> None:
        for order in self.orders:
            fee_amount = decode_order(order.state()).fee_amount
            assert fee_amount == self.charged[order.order_id]
            assert fee_amount <= fee_ceiling(order.fee_ppm_sum)


Fills.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
TestFills = Fills.TestCase
