"""Whatever dies in between, each reader of a user gets each event once, in order.

A matcher, a Redis that loses things, a database that lags, and readers that come from anywhere: the
machine does what can happen, in any order, and in the end lets everything recover.
"""

import random
from collections import deque

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import feed.ahead
import feed.user_source
import feed.user_streams
from feed.messages import encode_stream_message
from feed.position import parse_position, position, position_after
from feed.source import NOTHING
from feed.streams import BALANCES, FILLS, ORDERS
from feed.user_messages import balance_data, fill_data, report_data
from feed.users import Users
from proto.codes import REPORT_FILL
from proto.market_data import UserMessage
from tests.unit.feed.complete_stage import CompleteMachine, CompleteReader, Joined
from tests.unit.feed.examples import INR, SCALE
from tests.unit.feed.user_events import balance, fill, full_catalog, report

KINDS = (ORDERS, FILLS, BALANCES)
SEVEN = 7


class Standing(Joined):
    """A reader, and what it has asked for."""

    def __init__(self, reader: CompleteReader, kind: str, after: int) -> None:
        super().__init__(reader)
        self.kind = kind
        self.after = after

    def told(self) -> tuple[int, list[bytes]] | None:
        """Return from where on it is told, and what it was; None while it waits for a start."""
        texts = self.reader.texts
        if self.after != NOTHING:
            return self.after, texts
        if not texts:
            return None
        start = self.reader.data()[0]
        assert (start["type"], start["user_id"]) == ("start", "7")
        mark = parse_position(str(start["position"]))
        assert mark is not None
        return mark, texts[1:]


class UsersMachine(CompleteMachine):
    def __init__(self) -> None:
        super().__init__()
        self.users = Users(full_catalog(), self.hub, self.pages, self._need_end)
        self.needs_end = False
        # The end of a question that is under way.
        self.asked_end: int | None = None
        self.sequence = 0
        self.losses = 1
        self.is_connected = False
        self.channel: deque[UserMessage | int] = deque()
        # What was published last, for a matcher that publishes it again.
        self.published: deque[UserMessage] = deque(maxlen=4)

    def _need_end(self) -> None:
        self.needs_end = True

    @initialize()
    def follow(self) -> None:
        assert self.users.hold(SEVEN)
        self.connect()
        self.recover()
        for kind in KINDS:
            self._join(kind, NOTHING)

    @rule()
    def recover(self) -> None:
        """Let the user be followed, if that is to be done and Redis is there."""
        self.clock()
        self.receive(100)
        self.answer(answered=True)
        self.ask()
        self.answer(answered=True)

    # What happens

    @rule(
        shape=st.lists(st.sampled_from(("report", "fill", "balance", "other")), max_size=7),
        silent=st.booleans(),
    )
    def happen(self, shape: list[str], silent: bool) -> None:
        """Let a command be applied, published, and in time written."""
        self.sequence += 1
        reports, changes = [], []
        report_ordinal = change_ordinal = 0
        for what in shape:
            if what == "balance":
                change_ordinal += 1
                change = balance(self.sequence)
                changes.append((change_ordinal, change))
                mark = position(self.sequence, change_ordinal)
                self._record(BALANCES, mark, encode_stream_message(
                    BALANCES, balance_data(mark, change, INR)))  # fmt: skip
                continue
            report_ordinal += 1
            if what == "other":
                change_ordinal += 1
                continue
            made = fill(self.sequence) if what == "fill" else report(self.sequence)
            reports.append((report_ordinal, made))
            mark = position(self.sequence, report_ordinal)
            self._record(
                ORDERS, mark, encode_stream_message(ORDERS, report_data(mark, made, SCALE))
            )
            if made.report == REPORT_FILL:
                self._record(
                    FILLS, mark, encode_stream_message(FILLS, fill_data(mark, made, SCALE))
                )
        if reports or changes:
            message = UserMessage(self.losses, reports, changes)
            self.published.append(message)
            self.channel.append(message)
            if silent:
                self.lose(1)

    def _record(self, kind: str, mark: int, text: bytes) -> None:
        self.pages.events.setdefault(kind, []).append((mark, text))

    @rule(count=st.integers(1, 3))
    def lose(self, count: int) -> None:
        """Let the publisher drop what has not arrived."""
        for _ in range(min(count, len(self.channel))):
            self.channel.pop()
        self.losses += 1

    @rule()
    def restart_matcher(self) -> None:
        """Let another matcher publish again, perhaps what was published before."""
        self.channel.clear()
        self.losses += 1_000
        for message in list(self.published):
            again = UserMessage(self.losses, message.reports, message.balance_changes)
            self.channel.append(again)

    @rule()
    def disconnect(self) -> None:
        self.channel.clear()
        self.is_connected = False
        self.users.on_disconnected()
        self.turns.run()

    @rule()
    @precondition(lambda self: not self.is_connected)
    def connect(self) -> None:
        self.channel.clear()
        self.is_connected = True
        self.users.on_subscribed(SEVEN)

    @rule()
    @precondition(lambda self: self.is_connected)
    def bad_message(self) -> None:
        if self.channel and isinstance(self.channel[0], UserMessage):
            self.channel.popleft()
            self.users.on_bad_message(SEVEN)

    @rule()
    def notice_silence(self) -> None:
        self.users.on_lost()

    # What arrives

    @rule(count=st.integers(1, 4))
    def receive(self, count: int) -> None:
        for _ in range(count if self.is_connected else 0):
            if self.channel:
                self._take(self.channel.popleft())

    @rule()
    def clock(self) -> None:
        """Publish a clock; the one before has arrived, or the feed would be seconds late."""
        while self.is_connected and any(isinstance(m, int) for m in self.channel):
            self._take(self.channel.popleft())
        self.channel.append(self.losses)

    def _take(self, message: UserMessage | int) -> None:
        if isinstance(message, int):
            self.users.on_losses(message)
            self.users.on_clock()
        else:
            self.users.on_message(SEVEN, message)

    @rule()
    def ask(self) -> None:
        if self.needs_end and self.asked_end is None:
            self.needs_end = False
            if self.users.begin_asking():
                self.asked_end = self.sequence

    @rule(answered=st.booleans())
    def answer(self, answered: bool) -> None:
        if self.asked_end is not None:
            end, self.asked_end = self.asked_end, None
            if answered:
                self.users.load_end(end, 1)
                self.users.load_end(end, 9)
            else:
                self.users.give_up_asking()

    @rule(part=st.floats(0, 1))
    def write(self, part: float) -> None:
        """Let the database catch up, whole commands at a time."""
        behind = self.sequence - (self.pages.last_mark >> 32)
        self.pages.catch_up(position_after((self.pages.last_mark >> 32) + int(part * behind)))

    # Who reads

    @rule(kind=st.sampled_from(KINDS), seed=st.integers(0, 10**6))
    def come(self, kind: str, seed: int) -> None:
        """Let somebody come who knows nothing, or stands anywhere where one may stand."""
        dice = random.Random(seed)
        known = [mark for mark, _ in self.pages.events.get(kind, [])]
        sequences = [position_after(dice.randint(0, self.sequence))]
        strange = [position(dice.randint(0, self.sequence), dice.randint(0, 9))]
        after = dice.choice([NOTHING, NOTHING, 0, *sequences, *strange, *known[-6:]])
        # It is subscribed when the user is followed. Something may be lost right after that.
        if self.users.source(SEVEN, kind).mark() == NOTHING:
            return
        # Nobody can stand above what was published.
        self._join(kind, min(after, known[-1] if known else 0) if after > 0 else after)

    def _join(self, kind: str, after: int) -> Standing:
        joined = Standing(CompleteReader(self.hub), kind, after)
        source = self.users.source(SEVEN, kind)
        self.hub.join(joined.reader, source.key, source, after)
        self.joined.append(joined)
        return joined

    @invariant()
    def nobody_is_told_anything_twice_or_out_of_order(self) -> None:
        for joined in self.joined:
            told = joined.told()
            if told is not None:
                after, texts = told
                events = self.pages.events.get(joined.kind, [])
                expected = [text for mark, text in events if mark > after]
                assert texts == expected[: len(texts)]

    def teardown(self) -> None:
        """Let everything recover: then each has got everything."""
        self.happen(["report", "fill", "balance"], silent=False)
        for joined in self.joined:
            joined.reader.drain()
        if not self.is_connected:
            self.connect()
        for _ in range(3):
            self.recover()
        self.write(1.0)
        self.pages.answer_all(self.turns)
        self.turns.run()
        for joined in self.joined:
            told = joined.told()
            assert told is not None
            after, texts = told
            events = self.pages.events.get(joined.kind, [])
            assert texts == [text for mark, text in events if mark > after], joined.after
        # And all are live: what happens now they are told without the database.
        asked = len(self.pages.asked)
        before = [len(joined.reader.texts) for joined in self.joined]
        self.happen(["fill", "balance"], silent=False)
        self.receive(100)
        assert [len(joined.reader.texts) - count for joined, count in zip(
            self.joined, before, strict=True)] == [1] * len(self.joined)  # fmt: skip
        assert len(self.pages.asked) == asked


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that everything happens after a few events."""
    monkeypatch.setattr(feed.user_streams, "REMEMBERED_MAX", 4)
    monkeypatch.setattr(feed.user_streams, "_SLICE", 2)
    monkeypatch.setattr(feed.user_source, "PORTION_MESSAGES_MAX", 2)


def test_users_miss_nothing(small: None) -> None:
    run_state_machine_as_test(
        UsersMachine, settings=settings(max_examples=150, stateful_step_count=60, deadline=None)
    )
