"""Readers and sources for the hub, all by values: a turn of the event loop is a call."""

from collections import deque
from collections.abc import Callable

from feed.hub import Hub
from feed.message import Message
from feed.source import NOTHING, Portion


class Loop:
    """What is to be called in a later turn, and a clock."""

    def __init__(self) -> None:
        self.waiting: deque[Callable[[], None]] = deque()
        self.now_ns = 0

    def later(self, action: Callable[[], None]) -> None:
        self.waiting.append(action)

    def run(self) -> None:
        """Do what waits, and what that asks for."""
        for _ in range(100_000):
            if not self.waiting:
                return
            self.waiting.popleft()()
        raise AssertionError("it never comes to rest")


class StageReader:
    """A connection that takes messages when it is told to."""

    def __init__(self, bound: int = 1_000_000) -> None:
        self.hub: Hub[StageReader] | None = None
        self.bound = bound
        self.taken: list[bytes] = []
        self.buffer: list[bytes] = []
        self.is_full = False
        self.dismissed: list[str] = []

    def write(self, message: Message) -> None:
        # The hub never writes to those that it has let go.
        assert not self.dismissed
        self.buffer.append(message.plain[2:])
        assert len(message.plain) < 128
        if len(self.buffer) > self.bound and not self.is_full:
            self.is_full = True
            assert self.hub is not None
            self.hub.on_full(self)

    def buffered_bytes(self) -> int:
        return sum(map(len, self.buffer))

    def dismiss(self, reason: str) -> None:
        self.dismissed.append(reason)

    def take(self, most: int = 1_000_000) -> list[bytes]:
        """Take what waits, and tell the hub where that makes room."""
        portion, self.buffer = self.buffer[:most], self.buffer[most:]
        self.taken += portion
        if self.is_full and len(self.buffer) <= self.bound // 2:
            self.is_full = False
            assert self.hub is not None
            self.hub.on_room(self)
        return portion


class StateSource:
    """A value that changes; its mark is its version."""

    begins_now = False

    def __init__(self) -> None:
        self.version = NOTHING
        self.asked = 0

    def set(self) -> None:
        self.version += 1

    def mark(self) -> int:
        return self.version

    def since(self, mark: int) -> Portion:
        self.asked += 1
        messages = [] if mark == self.version else [f"={self.version}".encode()]
        return Portion(messages, self.version)

    def fetch(self, mark: int, then: Callable[[Portion], None], wanted: Callable[[], bool]) -> None:
        raise AssertionError("a state has nothing to fetch")


class HistorySource:
    """Numbers from 1 on, of which the last few are remembered, and the others are far away."""

    begins_now = True

    def __init__(self, loop: Loop, remembered: int = 5, most: int = 3) -> None:
        self.end = 0
        self.floor = 0
        self.remembered = remembered
        self.most = most
        self.far: deque[tuple[int, Callable[[Portion], None], Callable[[], bool]]] = deque()
        self._loop = loop

    def add(self, count: int = 1) -> None:
        self.end += count
        self.floor = max(self.floor, self.end - self.remembered)

    def lose(self, count: int) -> None:
        """Let some pass by that only the far place has."""
        self.end += count
        self.floor = self.end

    def mark(self) -> int:
        return self.end

    def since(self, mark: int) -> Portion | None:
        if mark == NOTHING or mark > self.end:
            return Portion([], self.end)
        if mark < self.floor:
            return None
        return self._portion(mark, self.end)

    def fetch(self, mark: int, then: Callable[[Portion], None], wanted: Callable[[], bool]) -> None:
        assert mark < self.floor
        self.far.append((mark, then, wanted))

    def deliver(self) -> bool:
        """Let one answer of the far place arrive; False where none is asked for."""
        if not self.far:
            return False
        mark, then, wanted = self.far.popleft()
        if wanted():
            then(self._portion(mark, self.end))
        return True

    def _portion(self, mark: int, end: int) -> Portion:
        last = min(mark + self.most, end)
        return Portion([str(n).encode() for n in range(mark + 1, last + 1)], last)
