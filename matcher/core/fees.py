"""Fees: what an order pays for a fill, and the rates that its owner's tier has in a market.

Theory of operation
-------------------
Rates are parts per million of the quote amount. Positive fees add up exactly in an order, and what
it has been charged is that sum rounded up; a fill is charged the difference. A negative rate is a
rebate, paid fill by fill and rounded down. So for one fill of quote amount q, with a taker at t and
a maker at -r, where r <= t:

    charged = ceil(sum + q * t) - ceil(sum) >= floor(q * t) >= floor(q * r) = paid

No fill costs the exchange anything, whatever was collected between two fills, as long as no maker
rate and no taker rate that may meet add up to less than 0. Which may meet: those of all tiers, and
those that open orders still have from before they were changed, because an order keeps its rates.

Each pair of rates is one object for all orders that have it. A schedule remembers every pair that
it ever had, so that it can tell without looking at a single order that no order stands in the way
of new rates; only where a past pair would, the open orders are asked whether one of them has it.
"""

from collections.abc import Iterable
from typing import Final, final

from mypy_extensions import mypyc_attr

from matcher.core.instrument import Instrument, may_charge
from proto.codes import INVALID_FEES, OK
from proto.definitions import FeeTier


@final
@mypyc_attr(acyclic=True)
class FeeRates:
    """What an order pays, from when it is accepted until it ends.

    Attributes:
        maker_ppm: Rate where it rested; negative for a rebate.
        taker_ppm: Rate where it took, and in an uncrossing.
        hold_ppm: The larger of both, which is at least 0: what an order that may become either
            must hold.
    """

    __slots__ = ("hold_ppm", "maker_ppm", "taker_ppm")

    def __init__(self, maker_ppm: int, taker_ppm: int) -> None:
        assert taker_ppm >= 0
        self.maker_ppm: Final = maker_ppm
        self.taker_ppm: Final = taker_ppm
        self.hold_ppm: Final = max(maker_ppm, taker_ppm)


@final
class FeeSchedule:
    """The fees of one market, by tier.

    Attributes:
        first: Rates of tier 0, which nearly everybody has.
    """

    __slots__ = ("_known", "_quote_max_amount", "_tiers", "first")

    def __init__(self, instrument: Instrument) -> None:
        """Start with tier 0 only, at the rates of the market's definition."""
        definition = instrument.definition
        self._quote_max_amount: Final = instrument.quote_max_amount
        self._known: Final[dict[tuple[int, int], FeeRates]] = {}
        self.first = self.shared(definition.maker_fee_ppm, definition.taker_fee_ppm)
        self._tiers: Final[dict[int, FeeRates]] = {0: self.first}

    def rates(self, tier: int) -> FeeRates:
        """Return the rates of a tier: those of tier 0 where it has none. Complexity: O(1)."""
        rates = self._tiers.get(tier)
        return self.first if rates is None else rates

    def shared(self, maker_ppm: int, taker_ppm: int) -> FeeRates:
        """Return the one object for two rates that are, or were once, in force.

        Whoever puts an open order together again asks for its rates here.

        Complexity: O(1).
        """
        rates = self._known.get((maker_ppm, taker_ppm))
        if rates is None:
            rates = self._known[maker_ppm, taker_ppm] = FeeRates(maker_ppm, taker_ppm)
        return rates

    def check(self, fees: FeeTier, open_rates: Iterable[FeeRates]) -> int:
        """Say whether a tier may get new rates.

        Args:
            fees: The tier and its rates.
            open_rates: The rates of the market's open orders; looked at only where rates of the
                past stand in the way.

        Returns:
            OK, or INVALID_FEES (see `may_charge`) because of the rates themselves, of those of
            another tier, or of those that an open order still has.

        Complexity: O(rates ever set); O(open orders) where rates of the past stand in the way.
        """
        maker_ppm, taker_ppm = fees.maker_fee_ppm, fees.taker_fee_ppm
        if not may_charge(maker_ppm, taker_ppm, self._quote_max_amount):
            return INVALID_FEES
        opposed = {
            rates
            for rates in self._known.values()
            if maker_ppm + rates.taker_ppm < 0 or rates.maker_ppm + taker_ppm < 0
        }
        if not opposed:
            return OK
        for tier, rates in self._tiers.items():
            if tier != fees.tier and rates in opposed:
                return INVALID_FEES
        return INVALID_FEES if any(rates in opposed for rates in open_rates) else OK

    def set(self, fees: FeeTier) -> bool:
        """Give a tier its rates, which passed `check`.

        Returns:
            Whether that changed anything.
        """
        rates = self.shared(fees.maker_fee_ppm, fees.taker_fee_ppm)
        if self._tiers.get(fees.tier) is rates:
            return False
        self._tiers[fees.tier] = rates
        self.first = self._tiers[0]
        return True

    def tiers(self) -> list[FeeTier]:
        """List the tiers that have rates of their own, lowest first. Complexity: O(tiers)."""
        return [
            FeeTier(tier, self._tiers[tier].maker_ppm, self._tiers[tier].taker_ppm)
            for tier in sorted(self._tiers)
        ]

    def check_invariants(self) -> None:
        """Assert that no fill between orders of any two tiers costs the exchange anything.

        Complexity: O(tiers).
        """
        lowest_maker_ppm = min(rates.maker_ppm for rates in self._tiers.values())
        lowest_taker_ppm = min(rates.taker_ppm for rates in self._tiers.values())
        assert lowest_maker_ppm + lowest_taker_ppm >= 0
        assert self.first is self._tiers[0]
        assert all(self._known[r.maker_ppm, r.taker_ppm] is r for r in self._tiers.values())
