"""Shows on standard error what is measured: a bar on a terminal, plain lines elsewhere.

How many comparisons a bench will make is not known before; so the bar is of the rounds of the one
that is being made, and says which bench of how many it belongs to.
"""

import time
from collections.abc import Callable
from typing import Final, Self, final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from scripts.benches.comparison import Comparison

# Elsewhere than on a terminal a round is only told when nothing was for so long.
LINE_EVERY_S: Final = 10.0


@final
class ProgressDisplay:
    """What a person sees meanwhile; it also keeps what was found in a bench that is not done.

    Attributes:
        found: Comparisons of the bench that is being measured.
    """

    def __init__(
        self,
        benches: int,
        console: Console | None = None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make a display.

        Args:
            benches: How many will be measured.
            console: Where; standard error if nothing is said.
            clock_s: A clock that only goes forwards.
        """
        self.found: list[Comparison] = []
        self._benches: Final = benches
        self._console: Final = console if console is not None else Console(stderr=True)
        self._clock_s: Final = clock_s
        self._line_at_s = clock_s() + LINE_EVERY_S
        self._bench = ""
        self._number = 0
        self._bar: Final = Progress(
            TextColumn("{task.description}"),
            # The library's own colour for a bar that moves is red, which says that something fails.
            BarColumn(bar_width=24, complete_style="cyan", finished_style="green"),
            TextColumn("{task.fields[facts]}", markup=False),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task: Final = self._bar.add_task("", total=None, facts="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def begin(self, bench: str) -> None:
        """Show that a bench begins."""
        self._number += 1
        self._bench = bench
        self.found = []
        place = f"{bench} ({self._number} of {self._benches})" if self._benches > 1 else bench
        self._bar.reset(self._task, total=None, description=place, facts="preparing")
        if self._bar.disable:
            self._say(f"measuring {place} ...")

    def on_round(self, name: str, number: int, rounds: int) -> None:
        """Show that a round begins, and how many are done."""
        facts = f"{name}: round {number} of {rounds}" if number else f"{name}: warming up"
        self._bar.update(self._task, total=rounds, completed=max(number - 1, 0), facts=facts)
        if self._bar.disable and self._clock_s() >= self._line_at_s:
            self._say(f"  {facts}")

    def on_comparison(self, found: Comparison) -> None:
        """Show what was found; it is kept, too."""
        self.found.append(found)
        self._bar.update(self._task, completed=found.pairs)
        self._say(
            f"  {self._bench}: {found.name}: {found.ratio:.2f} "
            f"({found.ratio_min:.2f} .. {found.ratio_max:.2f})"
        )

    def _say(self, line: str) -> None:
        self._line_at_s = self._clock_s() + LINE_EVERY_S
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
