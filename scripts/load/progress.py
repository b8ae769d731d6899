"""Shows on standard error how far a run is: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from typing import Final, Self, final

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from scripts.load.drive import Progress

LINE_EVERY_S: Final = 5.0
# Weight of the newest reading in the rate shown.
_SMOOTHING: Final = 0.3


@final
class Display:
    """What a person sees while a soak, an audit or a chaos run is at work."""

    def __init__(self, seconds: int) -> None:
        self._seconds: Final = seconds
        self._bar: Final = RichProgress(
            TextColumn("{task.description}"),
            # The library's own colour for a bar that moves is red, which says that something fails.
            BarColumn(bar_width=None, complete_style="cyan", finished_style="green"),
            TextColumn("{task.fields[facts]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task: Final = self._bar.add_task("load", total=seconds, facts="")
        self._last = Progress(0.0, 0, 0, 0, False)
        self._rate = 0.0
        self._line_at_s = LINE_EVERY_S
        self._audit_line_at_s = time.monotonic() + LINE_EVERY_S

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def say(self, text: str) -> None:
        """Show a line that stays."""
        if self._bar.disable:
            print(text, file=sys.stderr, flush=True)
        else:
            self._bar.console.print(text, highlight=False)

    def on_progress(self, progress: Progress, more: str = "") -> None:
        """Show how far the load is, and what else there is to say."""
        last, self._last = self._last, progress
        span_s = progress.elapsed_s - last.elapsed_s
        if span_s > 0:
            rate = (progress.operations - last.operations) / span_s
            self._rate += (rate - self._rate) * (_SMOOTHING if last.operations else 1.0)
        facts = f"{self._rate:8,.0f}/s  {progress.orders:,} orders  {progress.troubles:,} errors"
        facts = f"{facts}  {more}" if more else facts
        self._bar.update(
            self._task,
            completed=min(progress.elapsed_s, self._seconds),
            facts=facts,
            description="settle" if progress.settling else "load",
        )
        if self._bar.disable and progress.elapsed_s >= self._line_at_s:
            self._line_at_s += LINE_EVERY_S
            print(f"{progress.elapsed_s:5.0f} s {facts}", file=sys.stderr, flush=True)

    def on_lag(self, commands: int) -> None:
        """Show how far the database is behind."""
        self._show(f"database {commands:,} behind")

    def on_replay(self, sequence: int, goal: int) -> None:
        """Show how far an audit's replay is."""
        self._bar.update(self._task, completed=sequence, total=max(goal, 1))
        self._show(f"replayed {sequence:,} of {goal:,} commands")

    def on_state(self, state: str) -> None:
        """Show what is being waited for."""
        self._show(state, "wait")

    def _show(self, facts: str, description: str = "audit") -> None:
        """Show how it goes besides the load: on a terminal at once, elsewhere now and then."""
        self._bar.update(self._task, description=description, facts=facts)
        now_s = time.monotonic()
        if self._bar.disable and now_s >= self._audit_line_at_s:
            self._audit_line_at_s = now_s + LINE_EVERY_S
            print(f"{description}: {facts}", file=sys.stderr, flush=True)
