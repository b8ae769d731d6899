"""What is written value by value is standard msgpack, and the value that was given."""

from collections.abc import Iterator

import msgpack
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from librt.strings import BytesWriter

from proto.packing import put_array, put_bool, put_int, put_nil, put_text

INTEGER_BITS = (5, 7, 8, 15, 16, 31, 32, 62, 63)
# Before and behind each length at which a header changes.
LENGTHS = (0, 1, 15, 16, 17, 31, 32, 33, 255, 256, 257, 65_535, 65_536, 65_537)


def edges() -> Iterator[int]:
    """Numbers around every power of two at which a way to write them could change."""
    for bits in INTEGER_BITS:
        for near in range(-2, 3):
            yield from (near, (1 << bits) + near, -(1 << bits) + near)


def read(data: bytes) -> object:
    """Read a value with two libraries, one of which is not ours."""
    value: object = msgspec.msgpack.decode(data)
    assert msgpack.unpackb(data) == value
    return value


@pytest.mark.parametrize("number", sorted({n for n in edges() if -(1 << 63) <= n < 1 << 63}))
def test_an_integer(number: int) -> None:
    writer = BytesWriter()
    put_int(writer, number)
    assert read(writer.getvalue()) == number


@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1)))
def test_integers_one_behind_the_other(numbers: list[int]) -> None:
    writer = BytesWriter()
    put_array(writer, len(numbers))
    for number in numbers:
        put_int(writer, number)
    assert read(writer.getvalue()) == numbers


@pytest.mark.parametrize("number", [1 << 63, -(1 << 63) - 1])
def test_an_integer_that_has_no_place_is_refused_and_not_cut(number: int) -> None:
    writer = BytesWriter()
    # Compiled, it takes a number of 64 bits, and calls another one no such number.
    with pytest.raises((ValueError, OverflowError, TypeError)):
        put_int(writer, number)


@pytest.mark.parametrize("value", [True, False])
def test_a_truth_value(value: bool) -> None:
    writer = BytesWriter()
    put_bool(writer, value)
    assert read(writer.getvalue()) is value


def test_none() -> None:
    writer = BytesWriter()
    put_nil(writer)
    assert read(writer.getvalue()) is None


@pytest.mark.parametrize("character", ["a", "\0", "é", "€", "🙂"])
@pytest.mark.parametrize("length", LENGTHS)
def test_a_text_is_what_the_codec_makes_of_it(length: int, character: str) -> None:
    # The header tells the bytes, whatever the characters.
    text = character * (length // len(character.encode())) + "b" * (
        length % len(character.encode())
    )
    assert len(text.encode()) == length
    writer = BytesWriter()
    put_text(writer, text)
    assert writer.getvalue() == msgspec.msgpack.encode(text)
    assert read(writer.getvalue()) == text


@given(st.text())
def test_any_text(text: str) -> None:
    writer = BytesWriter()
    put_text(writer, text)
    assert writer.getvalue() == msgspec.msgpack.encode(text)


@pytest.mark.parametrize("length", LENGTHS)
def test_an_array_is_what_the_codec_makes_of_it(length: int) -> None:
    writer = BytesWriter()
    put_array(writer, length)
    for _ in range(length):
        put_int(writer, 7)
    assert writer.getvalue() == msgspec.msgpack.encode([7] * length)
