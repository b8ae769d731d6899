"""Who gets which message, and who is let go."""

from collections.abc import Iterable

from feed.hub import BUFFER_BYTES_MAX, ROOM_BYTES_MAX, Hub


class Reader:
    """A connection whose buffer never drains by itself."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.buffered = 0
        self.reason: str | None = None

    def buffered_bytes(self) -> int:
        return self.buffered

    def dismiss(self, reason: str) -> None:
        assert self.reason is None
        self.reason = reason


def write(readers: Iterable[Reader], message: bytes) -> None:
    for reader in readers:
        reader.taken.append(message)
        reader.buffered += len(message)


def test_a_message_goes_to_the_readers_of_its_stream() -> None:
    hub: Hub[Reader] = Hub(write)
    first, second = Reader(), Reader()
    hub.join(first, "a", b"hello")
    hub.join(first, "b", None)
    hub.join(second, "a", None)
    hub.publish("a", b"1")
    hub.publish("b", b"2")
    hub.publish("c", b"3")
    assert first.taken == [b"hello", b"1", b"2"]
    assert second.taken == [b"1"]
    assert [hub.wanted(s) for s in "abc"] == [True, True, False]
    hub.part(first, "a")
    hub.part(first, "never joined")
    hub.leave(second)
    hub.leave(second)
    hub.publish("a", b"4")
    assert not hub.wanted("a")
    assert second.taken == [b"1"]


def test_a_slow_reader_goes_and_the_others_stay() -> None:
    hub: Hub[Reader] = Hub(write)
    slow, quick = Reader(), Reader()
    for reader in (slow, quick):
        hub.join(reader, "a", None)
        hub.join(reader, "b", None)
    slow.buffered = BUFFER_BYTES_MAX
    hub.publish("a", b"x")
    assert slow.reason is None
    hub.publish("a", b"y")
    assert (slow.reason or "").startswith("SLOW_READER")
    hub.publish("b", b"z")
    assert slow.taken == [b"x"]
    assert quick.taken == [b"x", b"y", b"z"]
    assert hub.dismissed == 1


def test_the_last_reader_of_a_stream_may_be_the_slow_one() -> None:
    hub: Hub[Reader] = Hub(write)
    slow = Reader()
    hub.join(slow, "a", None)
    slow.buffered = BUFFER_BYTES_MAX + 1
    hub.publish("a", b"x")
    assert slow.taken == []
    assert not hub.wanted("a")


def test_a_large_greeting_is_allowed_for() -> None:
    hub: Hub[Reader] = Hub(write)
    reader = Reader()
    hub.join(reader, "a", b"s" * (2 * BUFFER_BYTES_MAX))
    hub.publish("a", b"x")
    assert reader.reason is None
    reader.buffered = 3 * BUFFER_BYTES_MAX + 1
    hub.publish("a", b"x")
    assert reader.reason is not None


def test_a_stream_has_room_when_each_of_its_readers_has() -> None:
    hub: Hub[Reader] = Hub(write)
    quick, slow = Reader(), Reader()
    for reader in (quick, slow):
        hub.join(reader, "a", None)
    hub.join(quick, "b", None)
    slow.buffered = ROOM_BYTES_MAX
    assert hub.has_room("a")
    slow.buffered += 1
    assert [hub.has_room(stream) for stream in "abc"] == [False, True, True]
    assert ROOM_BYTES_MAX < BUFFER_BYTES_MAX
