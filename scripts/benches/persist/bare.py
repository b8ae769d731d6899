"""The yardstick: asyncpg's COPY of rows that are ready, into the same tables, and nothing else."""

import io
import time
from collections.abc import Sequence

from scripts.benches.persist.rows import BareTable
from scripts.benches.persist.stage import Stage


async def copy_records(stage: Stage, tables: Sequence[BareTable], transactions: int) -> int:
    """Copy all rows as tuples, in binary; return what it took, in nanoseconds.

    Args:
        stage: Where to.
        tables: The rows.
        transactions: Each has as many rows of each table as the others.
    """
    await stage.clear()
    start_ns = time.perf_counter_ns()
    for number in range(transactions):
        async with stage.connection.transaction():
            for table in tables:
                records = table.records[_part(len(table.records), number, transactions)]
                if records:
                    await stage.connection.copy_records_to_table(
                        table.name, columns=table.columns, records=records
                    )
    return time.perf_counter_ns() - start_ns


async def copy_lines(
    stage: Stage, tables: Sequence[BareTable], transactions: int
) -> dict[str, int]:
    """Copy all rows as lines of text; return what each table took, in nanoseconds, and "commit"."""
    await stage.clear()
    took_ns = {table.name: 0 for table in tables}
    last_ns = start_ns = time.perf_counter_ns()
    for number in range(transactions):
        async with stage.connection.transaction():
            for table in tables:
                lines = table.lines[_part(len(table.lines), number, transactions)]
                if lines:
                    await stage.connection.copy_to_table(
                        table.name,
                        columns=table.columns,
                        source=io.BytesIO(b"".join(lines)),
                        format="text",
                    )
                now_ns = time.perf_counter_ns()
                took_ns[table.name] += now_ns - last_ns
                last_ns = now_ns
        last_ns = time.perf_counter_ns()
    took_ns["commit"] = last_ns - start_ns - sum(took_ns.values())
    return took_ns


def _part(rows: int, number: int, transactions: int) -> slice:
    return slice(rows * number // transactions, rows * (number + 1) // transactions)
