"""Identifiers, as distinct types over `int`.

Every identifier that the exchange assigns comes from the matcher's sequence, so it is unique
for ever, ordered by time, and the same after a replay. The shard that assigned it stands in
the high bits, so identifiers of two shards never meet:

    bit 61 ........ 52 | 51 ......................... 0
        shard (0..511) | counter (1 .. 2^52 - 1)

The result stays under 2^61: it fits a signed 64-bit column, and a mypyc-compiled build keeps it
unboxed. JSON readers lose precision above 2^53, so the outside face writes identifiers as text.
"""

from typing import Final, NewType

AssetId = NewType("AssetId", int)
MarketId = NewType("MarketId", int)
OrderId = NewType("OrderId", int)
RequestId = NewType("RequestId", int)
Sequence = NewType("Sequence", int)
TradeId = NewType("TradeId", int)
UserId = NewType("UserId", int)

SHARD_SHIFT: Final = 52
SHARD_MAX: Final = 511
COUNTER_MAX: Final = (1 << SHARD_SHIFT) - 1


def order_id_of(shard: int, number: int) -> OrderId:
    """Name the order that has a number on `shard`: never below the sequence of its command."""
    return OrderId(shard << SHARD_SHIFT | number)


def trade_id_of(shard: int, number: int) -> TradeId:
    """Name the trade that is the `number`-th (from 1) of `shard`."""
    return TradeId(shard << SHARD_SHIFT | number)
