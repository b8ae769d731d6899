"""Writes msgpack value by value: for what is made so often that it must not become an object first.

Theory of operation
-------------------
`proto/codec.py` turns messages that are objects into bytes. The engine tells so much that making
those objects costs more than everything else it does, so it writes what it tells straight into a
`BytesWriter`: each value with one call, in the order of the message's fields. Whoever reads them
decodes the message that the codec would have written; the tests hold one against the other. Only
the bytes may differ: a number takes one, five or nine, and is not written in its shortest form.

Compiled, a value costs about three nanoseconds. `docs/decisions/0022-packed-output.md` has the
figures.
"""

from typing import Final

from librt.strings import BytesWriter, write_i32_be, write_i64_be
from mypy_extensions import i64

_NIL: Final = 0xC0
_FALSE: Final = 0xC2
_TRUE: Final = 0xC3
_UINT32: Final = 0xCE
_UINT64: Final = 0xCF
_INT64: Final = 0xD3
_STR8: Final = 0xD9
_STR16: Final = 0xDA
_STR32: Final = 0xDB
_ARRAY16: Final = 0xDC
_ARRAY32: Final = 0xDD


def put_int(writer: BytesWriter, number: i64) -> None:
    """Write an integer; -2^63..2^63 - 1."""
    if number >= 0x80000000:
        # Identifiers and times, which are half of all.
        writer.append(_UINT64)
        write_i64_be(writer, number)
    elif number >= 0x80:
        writer.append(_UINT32)
        middle: int = number
        write_i32_be(writer, middle)
    elif number >= 0:
        small: int = number
        writer.append(small)
    else:
        writer.append(_INT64)
        write_i64_be(writer, number)


def put_bool(writer: BytesWriter, value: bool) -> None:
    """Write a truth value."""
    writer.append(_TRUE if value else _FALSE)


def put_nil(writer: BytesWriter) -> None:
    """Write None."""
    writer.append(_NIL)


def put_text(writer: BytesWriter, text: str) -> None:
    """Write a text; below 2^32 bytes."""
    if not text:
        writer.append(0xA0)
        return
    data = text.encode()
    length = len(data)
    if length < 0x20:
        writer.append(0xA0 | length)
    elif length < 0x100:
        writer.append(_STR8)
        writer.append(length)
    elif length < 0x10000:
        writer.append(_STR16)
        writer.append(length >> 8)
        writer.append(length & 0xFF)
    else:
        writer.append(_STR32)
        _put_length(writer, length)
    writer.write(data)


def put_array(writer: BytesWriter, length: int) -> None:
    """Begin an array of so many values, which follow; below 2^32."""
    if length < 0x10:
        writer.append(0x90 | length)
    elif length < 0x10000:
        writer.append(_ARRAY16)
        writer.append(length >> 8)
        writer.append(length & 0xFF)
    else:
        writer.append(_ARRAY32)
        _put_length(writer, length)


def _put_length(writer: BytesWriter, length: int) -> None:
    write_i32_be(writer, length if length < 0x80000000 else length - 0x100000000)
