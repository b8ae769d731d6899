"""The rows of a flow as bare COPY is given them: tuples of Python's types, or lines that are ready.

They are read back from the lines that persist makes, so they are the same rows. Of each order there
is the last state only; persist writes one in each transaction that changes it.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, final

from persist.catalog import Catalog
from persist.columns import HISTORY_COLUMNS, ORDER_COLUMNS
from persist.database import Connection
from persist.fields import NULL
from persist.rows import HistoryRows
from proto.codec import decode_event_batch
from scripts.benches.persist.flow import Entry

Value = str | int | bool | Decimal | datetime | None
_UNESCAPED: Final = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}
_READERS: Final[dict[str, Callable[[str], Value]]] = {
    "bigint": int,
    "integer": int,
    "numeric": Decimal,
    "boolean": lambda text: text == "t",
    "timestamp with time zone": datetime.fromisoformat,
    "text": lambda text: _unescaped(text),
    "jsonb": lambda text: json.dumps(json.loads(text)),
}


@final
class BareTable:
    """The rows of one table.

    Attributes:
        name: The table.
        columns: Its columns.
        lines: A line for each row, as persist writes it.
        records: The same as tuples.
    """

    def __init__(self, name: str, columns: Sequence[str], lines: list[str], types: dict[str, str]):
        self.name: Final = name
        self.columns: Final = columns
        self.lines: Final = [line.encode() for line in lines]
        readers = [_READERS[types[column]] for column in columns]
        self.records: Final = [_record(line, readers) for line in lines]


async def bare_tables(entries: Sequence[Entry], connection: Connection) -> list[BareTable]:
    """Make the rows of entries, from the first of an exchange on."""
    rows = HistoryRows(Catalog())
    for entry in entries:
        rows.add(decode_event_batch(entry.data))
    made = {name: (HISTORY_COLUMNS[name], pieces) for name, pieces in rows.histories().items()}
    made["orders"] = (ORDER_COLUMNS, rows.new_orders())
    return [
        BareTable(name, columns, _lines(pieces), await _types(connection, name))
        for name, (columns, pieces) in made.items()
    ]


async def _types(connection: Connection, table: str) -> dict[str, str]:
    rows = await connection.fetch(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = $1", table
    )
    return {row["column_name"]: row["data_type"] for row in rows}


def _lines(pieces: Iterator[bytes]) -> list[str]:
    # Not splitlines, which cuts at what a client may write, too.
    return [f"{line}\n" for line in b"".join(pieces).decode().split("\n")[:-1]]


def _record(line: str, readers: list[Callable[[str], Value]]) -> tuple[Value, ...]:
    fields = line.removesuffix("\n").split("\t")
    return tuple(
        None if field == NULL else read(field) for field, read in zip(fields, readers, strict=True)
    )


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    parts = []
    position = 0
    while position < len(text):
        width = 2 if text[position] == "\\" else 1
        part = text[position : position + width]
        parts.append(_UNESCAPED.get(part, part))
        position += width
    return "".join(parts)
