"""Shows how far a simulation is."""

from typing import Final, Self, final

from scripts.campaigns.bar import Bar
from scripts.seeds.options import Options
from scripts.seeds.tally import Tally


@final
class Display:
    """What a person sees meanwhile."""

    def __init__(self, options: Options) -> None:
        self._options: Final = options
        self._bar: Final = Bar("simulate", 1.0)

    def __enter__(self) -> Self:
        self._bar.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.__exit__(*error)

    def on_progress(self, tally: Tally) -> None:
        """Show how far it is."""
        rate = tally.seeds / tally.elapsed_s if tally.elapsed_s else 0.0
        facts = f"{tally.seeds:,} seeds  {rate:.0f}/s  {len(tally.failures)} failed"
        self._bar.show(self._share(tally), facts, tally.elapsed_s)

    def _share(self, tally: Tally) -> float:
        options = self._options
        shares = [0.0]
        if options.seeds is not None:
            shares.append(tally.seeds / options.seeds)
        if options.minutes is not None:
            shares.append(tally.elapsed_s / (options.minutes * 60))
        return min(1.0, max(shares))
