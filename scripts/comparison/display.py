"""Shows on standard error how far it is: a bar on a terminal, a line now and then elsewhere."""

import sys
from typing import Final, Self, final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from scripts.comparison.options import Options
from scripts.comparison.tally import Tally

LINE_EVERY_S: Final = 10.0


@final
class Display:
    """What a person sees meanwhile."""

    def __init__(self, options: Options) -> None:
        self._bar: Final = Progress(
            TextColumn("compare"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[facts]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task: Final = self._bar.add_task("commands", total=options.commands, facts="")
        self._line_at_s = LINE_EVERY_S

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def on_progress(self, tally: Tally) -> None:
        """Show how far it is."""
        rate = tally.total / tally.elapsed_s if tally.elapsed_s else 0.0
        facts = f"{tally.total:,} commands  {rate:,.0f}/s"
        self._bar.update(self._task, completed=tally.total, facts=facts)
        if self._bar.disable and tally.elapsed_s >= self._line_at_s:
            self._line_at_s = tally.elapsed_s + LINE_EVERY_S
            print(f"{tally.elapsed_s:6.0f} s  {facts}", file=sys.stderr, flush=True)

    def on_shrink(self, commands: int) -> None:
        """Show how few commands are left that show the difference."""
        self._bar.update(self._task, facts=f"a difference; {commands:,} commands show it")
