"""What is due when: by hand, and against a dict that is searched whole."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from matcher.core.timers import AUCTION_END, EXPIRY, NEVER, SWITCH, Timers

kinds = st.sampled_from((EXPIRY, SWITCH, AUCTION_END))
# Some of them share a dict.
ids = st.sampled_from((1, 2, 3, 65, 66, 1 << 61, (1 << 61) + 1))
times = st.integers(1, 9)


def test_nothing_is_due() -> None:
    timers = Timers()
    assert timers.next_due_ns == NEVER
    assert timers.pop_due(NEVER - 1) is None
    timers.clear(EXPIRY, 1)
    timers.check_invariants()
    assert timers.content() == []


def test_what_is_due_comes_in_the_order_of_time_kind_and_identifier() -> None:
    timers = Timers()
    for kind, id_, due_ns in (
        (AUCTION_END, 1, 5),
        (EXPIRY, 9, 6),
        (EXPIRY, 7, 5),
        (SWITCH, 1, 5),
        (EXPIRY, 3, 5),
        (EXPIRY, 1, 8),
    ):
        timers.set(kind, id_, due_ns)
    assert timers.next_due_ns == 5
    assert timers.pop_due(4) is None
    popped = []
    while (due := timers.pop_due(7)) is not None:
        popped.append(due)
    assert popped == [
        (5, EXPIRY, 3),
        (5, EXPIRY, 7),
        (5, SWITCH, 1),
        (5, AUCTION_END, 1),
        (6, EXPIRY, 9),
    ]
    assert timers.content() == [(8, EXPIRY, 1)]
    assert timers.next_due_ns == 8


def test_a_thing_is_due_once_at_the_time_that_was_set_last() -> None:
    timers = Timers()
    timers.set(SWITCH, 1, 5)
    timers.set(SWITCH, 1, 9)
    assert timers.pop_due(8) is None
    timers.set(SWITCH, 1, 7)
    assert timers.pop_due(8) == (7, SWITCH, 1)
    assert timers.pop_due(9) is None


def test_a_thing_of_another_kind_with_the_same_identifier_is_another_thing() -> None:
    timers = Timers()
    timers.set(SWITCH, 1, 5)
    timers.set(AUCTION_END, 1, 5)
    timers.clear(SWITCH, 1)
    assert timers.content() == [(5, AUCTION_END, 1)]


@given(st.lists(st.tuples(kinds, ids, times)))
def test_the_order_of_setting_leaves_no_trace(entries: list[tuple[int, int, int]]) -> None:
    last = {(kind, id_): due_ns for kind, id_, due_ns in entries}
    first, other = Timers(), Timers()
    for kind, id_, due_ns in entries:
        first.set(kind, id_, due_ns)
    for (kind, id_), due_ns in sorted(last.items(), reverse=True):
        other.set(kind, id_, due_ns)
    assert first.content() == other.content()


class TimersAgainstADict(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.timers = Timers()
        self.expected: dict[tuple[int, int], int] = {}

    @rule(kind=kinds, id_=ids, due_ns=times)
    def set(self, kind: int, id_: int, due_ns: int) -> None:
        self.timers.set(kind, id_, due_ns)
        self.expected[kind, id_] = due_ns

    @rule(kind=kinds, id_=ids)
    def clear(self, kind: int, id_: int) -> None:
        self.timers.clear(kind, id_)
        self.expected.pop((kind, id_), None)

    @rule(now_ns=times)
    def pop(self, now_ns: int) -> None:
        first = min(((due, *key) for key, due in self.expected.items()), default=None)
        if first is not None and first[0] > now_ns:
            first = None
        assert self.timers.pop_due(now_ns) == first
        if first is not None:
            del self.expected[first[1:]]

    @invariant()
    def is_the_same(self) -> None:
        self.timers.check_invariants()
        assert self.timers.content() == sorted((due, *key) for key, due in self.expected.items())
        assert self.timers.next_due_ns == min(self.expected.values(), default=NEVER)
        assert len(self.timers) == len(self.expected)


TestTimersAgainstADict = TimersAgainstADict.TestCase
