"""Packed replies: what is answered to who sent an order.

They are written like the events (`proto/packing.py`). Replies that are rare are objects, which the
engine turns into bytes at the end; so what answers a command has the type `Answer`.
"""

from typing import Final, TypeAlias

from librt.strings import BytesWriter

from matcher.core.fills import Fill
from proto.packing import put_array, put_int
from proto.replies import Reply

Answer: TypeAlias = bytes | Reply

_ARRAY_0: Final = 0x90
_ARRAY_3: Final = 0x93
_ARRAY_4: Final = 0x94
_ARRAY_5: Final = 0x95
# Tags of the messages in `proto/replies.py`.
_REJECTED: Final = 40
_ORDER_REPLY: Final = 41
_OPEN_ORDERS_REPLY: Final = 46
_LIST_REPLY: Final = 52
_REPLACE_REPLY: Final = 53
# For the reply that nearly all get; as in `order.py`.
_WRITER: Final = BytesWriter()


def rejected(request_id: int, reason: int) -> bytes:
    """Pack a `Rejected`."""
    writer = BytesWriter()
    writer.append(_ARRAY_3)
    writer.append(_REJECTED)
    put_int(writer, request_id)
    put_int(writer, reason)
    return writer.getvalue()


def order_reply(request_id: int, order: bytes, fills: list[Fill]) -> bytes:
    """Pack an `OrderReply`.

    Args:
        request_id: Correlation id.
        order: The packed order.
        fills: What it matched on arrival.
    """
    writer = _WRITER
    writer.truncate(0)
    writer.append(_ARRAY_4)
    writer.append(_ORDER_REPLY)
    put_int(writer, request_id)
    writer.write(order)
    _put_fills(writer, fills)
    return writer.getvalue()


def replace_reply(request_id: int, cancelled: bytes, order: bytes, fills: list[Fill]) -> bytes:
    """Pack a `ReplaceReply`.

    Args:
        request_id: Correlation id.
        cancelled: The packed order that was cancelled.
        order: The packed order that was placed.
        fills: What it matched on arrival.
    """
    writer = BytesWriter()
    writer.append(_ARRAY_5)
    writer.append(_REPLACE_REPLY)
    put_int(writer, request_id)
    writer.write(cancelled)
    writer.write(order)
    _put_fills(writer, fills)
    return writer.getvalue()


def list_reply(request_id: int, orders: list[bytes], fills: list[Fill]) -> bytes:
    """Pack a `ListReply`.

    Args:
        request_id: Correlation id.
        orders: The packed orders.
        fills: What the one that arrived at once matched.
    """
    writer = BytesWriter()
    writer.append(_ARRAY_4)
    writer.append(_LIST_REPLY)
    put_int(writer, request_id)
    _put_orders(writer, orders)
    _put_fills(writer, fills)
    return writer.getvalue()


def open_orders_reply(request_id: int, orders: list[bytes]) -> bytes:
    """Pack an `OpenOrdersReply`.

    Args:
        request_id: Correlation id.
        orders: The packed orders.
    """
    writer = BytesWriter()
    writer.append(_ARRAY_3)
    writer.append(_OPEN_ORDERS_REPLY)
    put_int(writer, request_id)
    _put_orders(writer, orders)
    return writer.getvalue()


def _put_orders(writer: BytesWriter, orders: list[bytes]) -> None:
    put_array(writer, len(orders))
    for order in orders:
        writer.write(order)


def _put_fills(writer: BytesWriter, fills: list[Fill]) -> None:
    if not fills:
        writer.append(_ARRAY_0)
        return
    put_array(writer, len(fills))
    for fill in fills:
        writer.append(_ARRAY_4)
        put_int(writer, fill.trade_id)
        put_int(writer, fill.price_ticks)
        put_int(writer, fill.quantity_lots)
        put_int(writer, fill.fee_amount)
