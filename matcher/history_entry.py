"""What the history gets of consecutive commands: one encoded `EventBatch`. Pure.

It is an entry of the `db_processor` stream, and what a query for events of the past is answered
with. The engine has packed what there is much of; here it is only put together. A book is not
history, so its changes are left out.
"""

from collections.abc import Sequence
from typing import Final

from librt.strings import BytesWriter
from msgspec import Struct

from matcher.core.events import Events, Rows
from proto.codec import encode
from proto.packing import put_array, put_int

_ARRAY_15: Final = 0x9F


def history_entry(batches: Sequence[Events]) -> bytes:
    """Encode the events of consecutive commands.

    Args:
        batches: At least one, in order, all of one epoch.

    Complexity: O(bytes).
    """
    first, last = batches[0], batches[-1]
    writer = BytesWriter()
    writer.append(_ARRAY_15)
    put_int(writer, first.shard)
    put_int(writer, first.epoch)
    put_int(writer, first.first_sequence)
    put_int(writer, last.last_sequence)
    put_int(writer, last.timestamp_ns)
    _put_objects(writer, [asset for batch in batches for asset in batch.assets])
    _put_objects(writer, [market for batch in batches for market in batch.markets])
    _put_rows(writer, [batch.reports for batch in batches])
    _put_rows(writer, [batch.trades for batch in batches])
    _put_rows(writer, [batch.balance_changes for batch in batches])
    put_array(writer, 0)
    _put_objects(writer, [change for batch in batches for change in batch.transfers])
    _put_objects(writer, [change for batch in batches for change in batch.market_changes])
    _put_objects(writer, [change for batch in batches for change in batch.account_changes])
    _put_objects(writer, [change for batch in batches for change in batch.asset_changes])
    return writer.getvalue()


def _put_rows(writer: BytesWriter, parts: list[Rows]) -> None:
    put_array(writer, sum([rows.count for rows in parts]))
    for rows in parts:
        writer.write(rows.writer.getvalue())


def _put_objects(writer: BytesWriter, objects: Sequence[Struct]) -> None:
    if objects:
        writer.write(encode(objects))
    else:
        put_array(writer, 0)
