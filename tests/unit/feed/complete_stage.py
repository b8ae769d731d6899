"""A stage for complete streams: readers, and a database that lags behind the truth."""

import json
from collections import deque
from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from feed.hub import Hub
from feed.message import Message
from feed.page import Page, Question
from feed.position import parts, position_after
from feed.streams import TRADES

# Mark and message of each event of a stream, in order.
Events = list[tuple[int, bytes]]


class Turns:
    """What is to be called in a later turn."""

    def __init__(self) -> None:
        self.waiting: deque[Callable[[], None]] = deque()

    def later(self, action: Callable[[], None]) -> None:
        self.waiting.append(action)

    def run(self, most: int = 100_000) -> None:
        """Do what waits, and what that asks for."""
        for _ in range(most):
            if not self.waiting:
                return
            self.waiting.popleft()()
        assert most < 100_000, "it never comes to rest"


class CompleteReader:
    """A connection that remembers what it was written, and can be full."""

    def __init__(self, hub: "Hub[CompleteReader]") -> None:
        self.hub = hub
        self.texts: list[bytes] = []
        self.is_full = False
        hub.enter(self)

    def write(self, message: Message) -> None:
        # A frame is a head of two bytes, the length where it does not fit there, and the text.
        self.texts.append(message.plain[{126: 4, 127: 10}.get(message.plain[1], 2) :])

    def buffered_bytes(self) -> int:
        return 1

    def dismiss(self, reason: str) -> None:
        raise AssertionError(reason)

    def fill(self) -> None:
        if not self.is_full:
            self.is_full = True
            self.hub.on_full(self)

    def drain(self) -> None:
        if self.is_full:
            self.is_full = False
            self.hub.on_room(self)

    def data(self) -> list[dict[str, object]]:
        return [json.loads(text)["data"] for text in self.texts]


class LaggingPages:
    """The database: it has what happened up to a moment, and answers when it is told to.

    Attributes:
        events: What has happened in truth, by kind.
        numbers: Number of each trade, by its mark.
        asked: Questions put, each time that they are.
    """

    def __init__(self, most: int = 100) -> None:
        self.events: dict[str, Events] = {}
        self.last_mark = 0
        self.asked: list[Question] = []
        self._most = most
        self._waiting: deque[
            tuple[Question, Callable[[Page], bool], Callable[[Page], None], Callable[[], bool]]
        ] = deque()

    def ask(
        self,
        question: Question,
        is_enough: Callable[[Page], bool],
        then: Callable[[Page], None],
        wanted: Callable[[], bool],
    ) -> None:
        self.asked.append(question)
        self._waiting.append((question, is_enough, then, wanted))

    def catch_up(self, mark: int) -> None:
        """Have everything up to a mark."""
        self.last_mark = max(self.last_mark, mark)

    def answer(self) -> bool:
        """Answer the question that waits longest, if that can be; False where none waits."""
        if not self._waiting:
            return False
        question, is_enough, then, wanted = self._waiting.popleft()
        page = self.page(question)
        if wanted():
            if is_enough(page):
                then(page)
            else:
                self._waiting.append((question, is_enough, then, wanted))
        return True

    def answer_all(self, turns: Turns) -> None:
        """Answer until nobody has a question that can be answered."""
        for _ in range(10_000):
            turns.run()
            waiting = len(self._waiting)
            if not any(self._answers_first() for _ in range(waiting)):
                return
        raise AssertionError("it never comes to rest")

    def page(self, question: Question) -> Page:
        stored = [e for e in self.events.get(question.kind, []) if e[0] <= self.last_mark]
        found = [event for event in stored if event[0] > question.mark]
        is_full = len(found) >= self._most
        del found[self._most :]
        marks, messages = [mark for mark, _ in found], [text for _, text in found]
        if question.kind == TRADES:
            mark = marks[-1] if marks else question.mark
            number = sum(event[0] <= mark for event in stored) if is_full else len(stored)
            return Page(marks, messages, mark, is_full, number)
        # All events of a command are written together.
        end = marks[-1] if is_full else position_after(parts(self.last_mark)[0])
        return Page(marks, messages, max(end, question.mark), is_full)

    def _answers_first(self) -> bool:
        question, is_enough, _, wanted = self._waiting[0]
        answers = wanted() and is_enough(self.page(question))
        self.answer()
        return answers


class Joined:
    """A reader of a stream."""

    def __init__(self, reader: CompleteReader) -> None:
        self.reader = reader


class CompleteMachine(RuleBasedStateMachine):
    """A hub with readers, and a database: what may happen to them whatever the stream is."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = Turns()
        self.hub: Hub[CompleteReader] = Hub(self.turns.later, lambda: 0)
        self.pages = LaggingPages(most=3)
        self.joined: list[Joined] = []

    @rule(count=st.integers(1, 3))
    def answer_pages(self, count: int) -> None:
        for _ in range(count):
            self.pages.answer()

    @rule(turns=st.integers(1, 5))
    def turn(self, turns: int) -> None:
        self.turns.run(turns)

    @rule(number=st.integers(0, 100))
    def go(self, number: int) -> None:
        if self.joined:
            self.hub.leave(self.joined.pop(number % len(self.joined)).reader)

    @rule(number=st.integers(0, 100), is_full=st.booleans())
    def read(self, number: int, is_full: bool) -> None:
        if self.joined:
            reader = self.joined[number % len(self.joined)].reader
            if is_full:
                reader.fill()
            else:
                reader.drain()
