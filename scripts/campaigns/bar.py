"""Shows on standard error how far it is: a bar on a terminal, a line now and then elsewhere."""

import sys
from typing import Final, Self, final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

LINE_EVERY_S: Final = 10.0


@final
class Bar:
    """What a person sees meanwhile."""

    def __init__(self, name: str, total: float) -> None:
        """Make a bar.

        Args:
            name: What is at work.
            total: What `completed` is at the end.
        """
        self._bar: Final = Progress(
            TextColumn(name),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[facts]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task: Final = self._bar.add_task(name, total=total, facts="")
        self._line_at_s = LINE_EVERY_S

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def show(self, completed: float, facts: str, elapsed_s: float) -> None:
        """Show how far it is, and what else there is to say."""
        self._bar.update(self._task, completed=completed, facts=facts)
        if self._bar.disable and elapsed_s >= self._line_at_s:
            self._line_at_s = elapsed_s + LINE_EVERY_S
            print(f"{elapsed_s:6.0f} s  {facts}", file=sys.stderr, flush=True)

    def say(self, facts: str) -> None:
        """Show something else on a terminal, as far as it is."""
        self._bar.update(self._task, facts=facts)
