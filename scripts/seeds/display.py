"""Shows on standard error how far it is: a bar on a terminal, a line now and then elsewhere."""

import sys
from typing import Final, Self, final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from scripts.seeds.options import Options
from scripts.seeds.tally import Tally

LINE_EVERY_S: Final = 10.0


@final
class Display:
    """What a person sees meanwhile."""

    def __init__(self, options: Options) -> None:
        self._options: Final = options
        self._bar: Final = Progress(
            TextColumn("simulate"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[facts]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task: Final = self._bar.add_task("seeds", total=1.0, facts="")
        self._line_at_s = LINE_EVERY_S

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def on_progress(self, tally: Tally) -> None:
        """Show how far it is."""
        rate = tally.seeds / tally.elapsed_s if tally.elapsed_s else 0.0
        facts = f"{tally.seeds:,} seeds  {rate:.0f}/s  {len(tally.failures)} failed"
        self._bar.update(self._task, completed=self._share(tally), facts=facts)
        if self._bar.disable and tally.elapsed_s >= self._line_at_s:
            self._line_at_s = tally.elapsed_s + LINE_EVERY_S
            print(f"{tally.elapsed_s:6.0f} s  {facts}", file=sys.stderr, flush=True)

    def _share(self, tally: Tally) -> float:
        options = self._options
        shares = [0.0]
        if options.seeds is not None:
            shares.append(tally.seeds / options.seeds)
        if options.minutes is not None:
            shares.append(tally.elapsed_s / (options.minutes * 60))
        return min(1.0, max(shares))
