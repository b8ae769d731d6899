"""Compares one history with the replay, while both stream by in the order of sequences."""

from collections.abc import Sequence
from typing import Final, final

from scripts.load.audits import Audit
from scripts.reconciliation.differences import Differences
from scripts.reconciliation.layout import Layout, Row
from scripts.reconciliation.stored import RowStream


@final
class TableComparison:
    """One history."""

    def __init__(self, layout: Layout, stream: RowStream, first_sequence: int) -> None:
        """Compare from a sequence on; what lies before it is nobody's to judge.

        Args:
            layout: The table.
            stream: Its rows.
            first_sequence: Where the replay begins.
        """
        self._stream: Final = stream
        self._first_sequence: Final = first_sequence
        self._differences: Final = Differences(layout)
        self._skipped = 0

    async def expect(self, sequence: int, rows: Sequence[Row]) -> None:
        """Compare the rows of one command with those that the database has of it.

        Args:
            sequence: Above those of all calls before.
            rows: At least one.
        """
        await self._pass(sequence)
        self._differences.compare(list(rows), await self._stream.take_all(sequence))

    async def finish(self) -> Audit:
        """Take what is left in the database, which the journal does not have."""
        await self._pass(None)
        audit = self._differences.audit()
        if not self._skipped:
            return audit
        detail = f"{audit.detail}, {self._skipped:,} older than the journal"
        return Audit(audit.name, audit.ok, detail, audit.findings)

    async def _pass(self, sequence: int | None) -> None:
        """Take the rows before a sequence."""
        while True:
            following = await self._stream.peek()
            if following is None or following == sequence:
                return
            if sequence is not None and following > sequence:
                return
            rows = await self._stream.take_all(following)
            if following < self._first_sequence:
                self._skipped += len(rows)
            else:
                self._differences.compare([], rows)
