"""A content becomes the messages of a stream, in time and under its name."""

import pytest
from msgspec import Struct

from feed.content import ContentSource, encode_data
from feed.kept import Kept
from feed.latest import Latest
from feed.messages import encode_stream_message
from feed.source import NOTHING, Portion


class Value(Struct, frozen=True):
    number: int


class Counter:
    """A number that rises, and how often it was written."""

    def __init__(self) -> None:
        self.number = 0
        self.written = 0
        self.latest: Latest[Value] = Latest(self._write)

    def rise(self) -> None:
        self.number += 1
        self.latest.change()

    def _write(self) -> Value:
        self.written += 1
        return Value(self.number)


def test_the_envelope_is_that_of_every_message() -> None:
    counter = Counter()
    counter.rise()
    name = 'tick"er@TATA_INR'
    portion = ContentSource(name, counter.latest).since(NOTHING)
    assert portion.messages == [encode_stream_message(name, Value(1))]
    assert portion.mark == counter.latest.mark()


def test_a_message_is_made_once_for_all_who_ask() -> None:
    counter = Counter()
    counter.rise()
    source = ContentSource("a", counter.latest)
    other = ContentSource("b", counter.latest)
    assert source.since(NOTHING) is source.since(NOTHING)
    assert other.since(NOTHING).messages == [b'{"stream":"b","data":{"number":1}}']
    assert counter.written == 1
    counter.rise()
    counter.rise()
    assert source.since(NOTHING).messages == [b'{"stream":"a","data":{"number":3}}']
    assert counter.written == 2


def test_nothing_is_told_while_it_cannot_be_relied_on() -> None:
    counter = Counter()
    reliable = False
    source = ContentSource("a", counter.latest, lambda: reliable)
    counter.rise()
    assert source.since(NOTHING) == Portion([], NOTHING)
    assert source.mark() == counter.latest.mark()
    reliable = True
    assert len(source.since(NOTHING).messages) == 1


def test_it_never_has_to_be_fetched() -> None:
    with pytest.raises(AssertionError):
        ContentSource("a", Counter().latest).fetch(0, lambda _: None, lambda: True)


def test_a_state_is_told_to_those_who_have_another() -> None:
    counter = Counter()
    latest = counter.latest
    assert latest.since(NOTHING) == Portion([], NOTHING)
    counter.rise()
    first = latest.mark()
    counter.rise()
    for mark in (NOTHING, first):
        assert latest.since(mark) == Portion([encode_data(Value(2))], latest.mark())
    assert latest.since(latest.mark()) == Portion([], latest.mark())
    assert latest.data() == Value(2)
    assert counter.written == 1


def test_what_was_told_is_kept_until_there_is_something_newer() -> None:
    kept = Kept()
    assert kept.find(5, 3) is None
    portion = kept.keep(5, 3, [b"x"])
    assert portion == Portion([b"x"], 5)
    assert kept.find(5, 3) is portion
    assert kept.find(5, 4) is None
    assert kept.find(6, 3) is None
    kept.keep(6, 4, [])
    assert kept.find(6, 3) is kept.find(5, 3) is None


def test_what_is_kept_has_a_bound() -> None:
    kept = Kept()
    for mark in range(1_000):
        kept.keep(1_000, mark, [])
    found = [mark for mark in range(1_000) if kept.find(1_000, mark)]
    assert 1 <= len(found) <= 8
    assert found[-1] == 999
