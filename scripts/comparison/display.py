"""Shows how far a comparison is."""

from typing import Final, Self, final

from scripts.campaigns.bar import Bar
from scripts.comparison.options import Options
from scripts.comparison.tally import Tally


@final
class Display:
    """What a person sees meanwhile."""

    def __init__(self, options: Options) -> None:
        self._bar: Final = Bar("compare", options.commands)

    def __enter__(self) -> Self:
        self._bar.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.__exit__(*error)

    def on_progress(self, tally: Tally) -> None:
        """Show how far it is."""
        rate = tally.total / tally.elapsed_s if tally.elapsed_s else 0.0
        facts = f"{tally.total:,} commands  {rate:,.0f}/s"
        self._bar.show(tally.total, facts, tally.elapsed_s)

    def on_shrink(self, commands: int) -> None:
        """Show how few commands are left that show the difference."""
        self._bar.say(f"a difference; {commands:,} commands show it")
