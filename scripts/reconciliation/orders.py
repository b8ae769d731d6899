"""Compares the table of orders, which holds the last state of each, with the replay.

Orders end in another order than they begin, so the two cannot stream by side by side. The replay's
last states are kept in a temporary file, by identifier; its memory is a small cache. One that is
open is kept when the replay has come to the end.
"""

import sqlite3
from collections.abc import Iterator
from typing import Final, Self, final

from proto.ids import COUNTER_MAX
from scripts.load.audits import Audit
from scripts.reconciliation.differences import Differences
from scripts.reconciliation.expected import ORDERS
from scripts.reconciliation.layout import Row
from scripts.reconciliation.stored import RowStream

_BUFFER_ROWS: Final = 2_000
# The first column is the identifier as a number, to sort by.
_COLUMNS: Final = ", ".join(f'"{column}" TEXT' for column in ORDERS.columns)
_CREATE: Final = f"CREATE TABLE orders (number INTEGER PRIMARY KEY, {_COLUMNS}) STRICT"
_INSERT: Final = f"INSERT OR REPLACE INTO orders VALUES (?{', ?' * len(ORDERS.columns)})"


@final
class ExpectedOrders:
    """The last state of every order, as the replay has it."""

    def __init__(self) -> None:
        # A database without a name is a temporary file, which ends with the connection.
        self._file: Final = sqlite3.connect("", isolation_level=None)
        self._file.execute("PRAGMA journal_mode = OFF")
        self._file.execute("PRAGMA synchronous = OFF")
        self._file.execute(_CREATE)
        self._buffer: Final[dict[int, Row]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def put(self, order_id: int, row: Row) -> None:
        """Keep the state of an order, in place of an earlier one."""
        self._buffer[order_id] = row
        if len(self._buffer) >= _BUFFER_ROWS:
            self._flush()

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Yield every order in the order of identifiers."""
        self._flush()
        for order_id, *row in self._file.execute("SELECT * FROM orders ORDER BY number"):
            yield int(order_id), tuple(row)

    def _flush(self) -> None:
        self._file.execute("BEGIN")
        self._file.executemany(
            _INSERT, ((order_id, *row) for order_id, row in self._buffer.items())
        )
        self._file.execute("COMMIT")
        self._buffer.clear()


async def compare_orders(expected: ExpectedOrders, stored: RowStream, last_number: int) -> Audit:
    """Compare every order.

    Args:
        expected: By the replay.
        stored: In the database.
        last_number: The last number that was given before the replay began. An order that was
            placed before and that the replay did not meet had ended by then, so it is nobody's to
            judge.
    """
    differences = Differences(ORDERS)
    older = 0
    for order_id, row in expected.rows():
        older += await _pass(stored, order_id, last_number, differences)
        differences.compare([row], await stored.take_all(order_id))
    older += await _pass(stored, None, last_number, differences)
    audit = differences.audit()
    if not older:
        return audit
    return Audit(audit.name, audit.ok, f"{audit.detail}, {older:,} older than the journal",
                 audit.findings)  # fmt: skip


async def _pass(
    stored: RowStream, order_id: int | None, last_number: int, differences: Differences
) -> int:
    """Take the orders before one; return how many are older than the replay."""
    older = 0
    while True:
        following = await stored.peek()
        if following is None or (order_id is not None and following >= order_id):
            return older
        rows = await stored.take_all(following)
        if following & COUNTER_MAX <= last_number:
            older += len(rows)
        else:
            differences.compare([], rows)
