"""Rows that differ, counted all and shown in part. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, final

from scripts.load.audits import FINDINGS_MAX, Audit
from scripts.reconciliation.layout import Layout, Row


@final
class Differences:
    """What was compared in one table, and what of it did not agree.

    Attributes:
        equal: Rows that are the same on both sides.
    """

    def __init__(self, layout: Layout) -> None:
        self.equal = 0
        self._layout: Final = layout
        self._found = 0
        self._shown: Final[list[str]] = []
        self._key: Final = [layout.columns.index(column) for column in layout.key]

    def compare(self, expected: list[Row], stored: list[Row]) -> None:
        """Compare all rows of one command, or of one order, in whatever order they are."""
        if sorted(expected, key=repr) == sorted(stored, key=repr):
            self.equal += len(expected)
            return
        missing, extra = Counter(expected), Counter(stored)
        self.equal += (missing & extra).total()
        missing, extra = missing - extra, extra - missing
        for key, expected_row, stored_row in self._pairs(missing.elements(), extra.elements()):
            self.note(f"{self._layout.name} {key}: {self._what(expected_row, stored_row)}")

    def note(self, finding: str) -> None:
        """Count a difference, and keep what is to be shown of it."""
        self._found += 1
        if len(self._shown) < FINDINGS_MAX:
            self._shown.append(finding)

    def audit(self) -> Audit:
        """Return the result."""
        more = self._found - len(self._shown)
        findings = (*self._shown, *((f"and {more:,} more",) if more else ()))
        detail = f"{self.equal:,} rows equal" + (f", {self._found:,} not" if self._found else "")
        return Audit(f"database: {self._layout.name}", not self._found, detail, findings)

    def _pairs(
        self, missing: Iterable[Row], extra: Iterable[Row]
    ) -> Iterator[tuple[str, Row | None, Row | None]]:
        """Put together what has the same key, so that a wrong value is told from a lost row."""
        by_key: dict[str, list[Row]] = {}
        for row in extra:
            by_key.setdefault(self._name(row), []).append(row)
        for row in missing:
            name = self._name(row)
            others = by_key.get(name)
            yield name, row, others.pop() if others else None
        for name, rows in by_key.items():
            for row in rows:
                yield name, None, row

    def _name(self, row: Row) -> str:
        columns = zip(self._layout.key, self._key, strict=True)
        return " ".join(f"{column}={row[index]}" for column, index in columns)

    def _what(self, expected: Row | None, stored: Row | None) -> str:
        if stored is None:
            return "is missing in the database"
        if expected is None:
            return "is in the database and not, or not so often, in the journal"
        columns = zip(self._layout.columns, expected, stored, strict=True)
        return "; ".join(
            f"{column} is {theirs!r} in the database, {ours!r} by the journal"
            for column, ours, theirs in columns
            if ours != theirs
        )
