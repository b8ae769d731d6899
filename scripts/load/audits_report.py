"""Audits as a table for a terminal, and as plain lines for everything else."""

from collections.abc import Iterable, Iterator

from rich.table import Table
from rich.text import Text

from scripts.load.audits import Audit


def audits_table(audits: Iterable[Audit]) -> Table:
    """Make the table."""
    table = Table()
    for column in ("", "audit", "numbers"):
        table.add_column(column)
    for audit in audits:
        mark = Text("ok", "green") if audit.ok else Text("FAILED", "bold red")
        # What is shown comes from outside in parts: it is text, and no markup.
        table.add_row(mark, Text(audit.name), Text("\n".join([audit.detail, *audit.findings])))
    return table


def audit_lines(audits: Iterable[Audit]) -> Iterator[str]:
    """Yield the lines."""
    for audit in audits:
        yield f"  {'ok' if audit.ok else 'FAILED':<7} {audit.name}: {audit.detail}"
        for finding in audit.findings:
            yield f"            {finding}"


def outcome_line(audits: Iterable[Audit]) -> str:
    """Sum up all audits in one line."""
    return "result: every audit holds" if all(a.ok for a in audits) else "result: FAILED"
