"""What was measured, with when and on what; and how it is kept in a file.

A bench's findings carry their own machine and moment: a file is brought up to date bench by bench,
and what was not measured again, or only in part, stays as it was.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from scripts.benches.findings import Findings
from scripts.benches.machine import Machine

FILE_NAME: Final = "results.json"


class ReportError(Exception):
    """A file that holds no report."""


class Measured(Struct, frozen=True):
    """What one bench has found.

    Attributes:
        bench: Its name.
        what: What it measures beside what.
        measured_at: When it ended; UTC, ISO 8601.
        elapsed_s: How long it took.
        machine: On what.
        findings: What it found.
        parts: Which of its parts; [] for a bench that has none.
        is_whole: False if parts were left out, if it was interrupted, or if what it was measured
            beside was another checkout.
    """

    bench: str
    what: str
    measured_at: str
    elapsed_s: float
    machine: Machine
    findings: Findings
    parts: list[str] = []
    is_whole: bool = True


class Report(Struct, frozen=True):
    """Everything that was measured; the keys of `--json`."""

    benches: list[Measured]

    def with_later(self, later: "Report") -> "Report":
        """Return this report with the benches of a later one in place of its own.

        One that was measured in part does not take the place of one that is whole.
        """
        kept = {found.bench: found for found in self.benches}
        for found in later.benches:
            if found.is_whole or found.bench not in kept or not kept[found.bench].is_whole:
                kept[found.bench] = found
        return Report([*kept.values()])

    def of(self, names: Sequence[str]) -> "Report":
        """Return the benches that have one of the names, in the order of these."""
        found = {measured.bench: measured for measured in self.benches}
        return Report([found[name] for name in names if name in found])


def encode_report(report: Report) -> bytes:
    """Return a report as JSON that people can read too."""
    return msgspec.json.format(msgspec.json.encode(report)) + b"\n"


def read_report(path: Path) -> Report:
    """Read a report.

    Raises:
        ReportError: If it cannot be read, or holds something else.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Report)
    except (OSError, msgspec.MsgspecError) as error:
        raise ReportError(f"{path}: {error}") from error


def update_report(path: Path, report: Report, names: Sequence[str]) -> Report:
    """Bring a file of a report up to date (`Report.with_later`); return all that it now holds.

    Args:
        path: The file.
        report: What was measured now.
        names: All benches there are, in order; others, of an earlier time, are dropped.

    Raises:
        ReportError: If there is a file that cannot be read as a report; it stays as it is.
    """
    whole = (read_report(path).with_later(report) if path.exists() else report).of(names)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_bytes(encode_report(whole))
    unfinished.replace(path)
    return whole
