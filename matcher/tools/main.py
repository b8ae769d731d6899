"""Runs the tools: opens the data folder, writes to standard output, says how it went."""

import os
import sys
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from matcher.config import SHARD
from matcher.core.parts import SnapshotError
from matcher.journal.format import JournalError, first_sequence_of
from matcher.tools.data_folder import DataFolder
from matcher.tools.options import ShowOptions, VerifyOptions
from matcher.tools.show import Shower
from matcher.tools.terminal import style_of
from matcher.tools.verification import Verification, verification_lines
from matcher.tools.verify import Verifier
from proto.settings import Settings

_GOOD: Final = 0
_NOT_GOOD: Final = 1


def run_tool(options: VerifyOptions | ShowOptions) -> int:
    """Run a tool and return its exit status."""
    try:
        status = _verify(options) if isinstance(options, VerifyOptions) else _show(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read us has seen enough. What Python would still flush goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _GOOD
    except KeyboardInterrupt:
        return _GOOD if isinstance(options, ShowOptions) and options.follow else _NOT_GOOD
    return status


def _verify(options: VerifyOptions) -> int:
    try:
        folder = DataFolder(_data_dir(options.data_dir), SHARD)
        found = _verified(folder, from_beginning=options.from_beginning)
    except (JournalError, OSError) as error:
        found = Verification(problem=str(error))
    if options.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in verification_lines(found))
    return _GOOD if found.ok else _NOT_GOOD


def _verified(folder: DataFolder, *, from_beginning: bool) -> Verification:
    """Verify with a bar on a terminal.

    How long the last segment is cannot be known before it is read, so the bar is over when that
    one begins, and only the count of sequences goes on.
    """
    segments = folder.segments()
    total = first_sequence_of(segments[-1]) if segments else 1
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None, complete_style="cyan", finished_style="green"),
        TextColumn("sequence {task.fields[sequence]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as progress:
        task = progress.add_task("verify", total=total, sequence="0")

        def on_progress(sequence: int) -> None:
            progress.update(task, completed=min(sequence, total), sequence=f"{sequence:,}")

        return Verifier(folder, on_progress).run(from_beginning=from_beginning)


def _show(options: ShowOptions) -> int:
    out = sys.stdout
    try:
        folder = DataFolder(_data_dir(options.data_dir), SHARD)
        style = style_of(out.fileno(), os.environ)
        Shower(folder, options, out.write, style).run(out.flush)
    except (JournalError, SnapshotError) as error:
        out.flush()
        sys.stderr.write(f"{error}\n")
        return _NOT_GOOD
    return _GOOD


def _data_dir(chosen: Path | None) -> Path:
    return Settings(os.environ).data_dir() if chosen is None else chosen.absolute()
