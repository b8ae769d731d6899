"""The hub: who gets what, from where on, and what becomes of those who do not take it."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from feed.hub import OVERFULL_BYTES, STALL_NS, Hub
from feed.source import NOTHING, Portion
from proto.api.streams.failures import SLOW_READER
from tests.unit.feed.hub_stage import HistorySource, Loop, StageReader, StateSource


class Stage:
    def __init__(self) -> None:
        self.loop = Loop()
        self.hub: Hub[StageReader] = Hub(self.loop.later, lambda: self.loop.now_ns)

    def reader(self, bound: int = 1_000_000) -> StageReader:
        reader = StageReader(bound)
        reader.hub = self.hub
        self.hub.enter(reader)
        return reader


def test_all_live_readers_get_what_is_asked_for_once() -> None:
    stage, source = Stage(), StateSource()
    readers = [stage.reader() for _ in range(3)]
    for reader in readers:
        stage.hub.join(reader, "s", source)
    source.set()
    asked = source.asked
    stage.hub.advance("s")
    assert source.asked == asked + 1
    assert [reader.take() for reader in readers] == [[b"=0"]] * 3


def test_a_newcomer_gets_the_state_at_once_and_then_what_all_get() -> None:
    stage, source = Stage(), StateSource()
    source.set()
    reader = stage.reader()
    stage.hub.join(reader, "s", source)
    assert reader.take() == [b"=0"]
    stage.hub.advance("s")
    assert reader.take() == []
    source.set()
    stage.hub.advance("s")
    assert reader.take() == [b"=1"]


def test_nobody_is_asked_for_a_channel_that_nobody_reads() -> None:
    stage, source = Stage(), StateSource()
    reader = stage.reader()
    stage.hub.join(reader, "s", source)
    assert stage.hub.wanted("s")
    stage.hub.part(reader, "s")
    source.set()
    asked = source.asked
    stage.hub.advance("s")
    assert (stage.hub.wanted("s"), source.asked, reader.take()) == (False, asked, [])


def test_a_newcomer_of_a_paced_channel_waits_for_its_next_message() -> None:
    stage, source = Stage(), StateSource()
    source.set()
    old, new = stage.reader(), stage.reader()
    stage.hub.join(old, "s", source)
    source.set()
    stage.hub.join(new, "s", source)
    source.set()
    stage.loop.run()
    assert (old.take(), new.take()) == ([b"=0"], [b"=1"])
    stage.hub.advance("s")
    stage.loop.run()
    assert (old.take(), new.take()) == ([b"=2"], [b"=2"])


def test_a_full_reader_is_spared_in_all_its_channels_and_gets_the_latest() -> None:
    stage, states = Stage(), [StateSource(), StateSource()]
    slow, quick = stage.reader(bound=2), stage.reader()
    for reader in (slow, quick):
        for number, source in enumerate(states):
            stage.hub.join(reader, f"s{number}", source)
    for _ in range(10):
        for number, source in enumerate(states):
            source.set()
            stage.hub.advance(f"s{number}")
    assert len(quick.take()) == 20
    assert slow.buffered_bytes() == len(b"=0=0=1")
    assert stage.hub.conflated == 1
    assert slow.take() == [b"=0", b"=0", b"=1"]
    stage.loop.run()
    assert slow.take() == [b"=9", b"=9"]
    states[0].set()
    stage.hub.advance("s0")
    assert slow.take() == [b"=10"]


def test_a_resumed_history_is_climbed_portion_by_portion() -> None:
    stage = Stage()
    source = HistorySource(stage.loop, remembered=100)
    source.add(10)
    reader = stage.reader()
    stage.hub.join(reader, "h", source, 0)
    assert reader.take() == [b"1", b"2", b"3"]
    stage.loop.run()
    assert reader.take() == [str(n).encode() for n in range(4, 11)]
    source.add()
    stage.hub.advance("h")
    assert reader.take() == [b"11"]


def test_what_is_not_remembered_is_fetched_and_joins_what_is_new() -> None:
    stage = Stage()
    source = HistorySource(stage.loop)
    source.add(20)
    reader = stage.reader()
    stage.hub.join(reader, "h", source, 4)
    assert reader.take() == []
    source.add()
    stage.hub.advance("h")
    while source.deliver():
        stage.loop.run()
    assert reader.take() == [str(n).encode() for n in range(5, 22)]


def test_live_readers_climb_over_what_was_lost() -> None:
    stage = Stage()
    source = HistorySource(stage.loop)
    readers = [stage.reader() for _ in range(2)]
    for reader in readers:
        stage.hub.join(reader, "h", source)
    source.add(2)
    stage.hub.advance("h")
    source.lose(4)
    source.add()
    stage.hub.advance("h")
    while source.deliver():
        stage.loop.run()
    assert [reader.take() for reader in readers] == [[str(n).encode() for n in range(1, 8)]] * 2


def test_a_source_that_begins_anew_takes_its_readers_along() -> None:
    stage, source = Stage(), StateSource()
    source.version = 100
    live, ahead = stage.reader(), stage.reader()
    stage.hub.join(live, "s", source)
    source.version = 200
    stage.hub.join(ahead, "s", source)
    source.version = 3
    stage.hub.advance("s")
    stage.loop.run()
    assert (live.take(), ahead.take()) == ([b"=100", b"=3"], [b"=200", b"=3"])


def test_a_source_that_cannot_tell_now_tells_later() -> None:
    class Mute(StateSource):
        is_mute = False

        def since(self, mark: int) -> Portion:
            return Portion([], mark) if self.is_mute else super().since(mark)

    stage, source = Stage(), Mute()
    source.set()
    old, new = stage.reader(), stage.reader()
    stage.hub.join(old, "s", source)
    source.is_mute = True
    stage.hub.join(new, "s", source)
    source.set()
    stage.hub.advance("s")
    stage.loop.run()
    assert (old.take(), new.take()) == ([b"=0"], [])
    source.is_mute = False
    stage.hub.advance("s")
    stage.loop.run()
    assert (old.take(), new.take()) == ([b"=1"], [b"=1"])


def test_who_takes_nothing_for_long_is_dismissed_and_who_takes_a_little_is_not() -> None:
    stage, source = Stage(), StateSource()
    stuck, dribbling = stage.reader(bound=4), stage.reader(bound=4)
    for reader in (stuck, dribbling):
        stage.hub.join(reader, "s", source)
    for _ in range(5):
        source.set()
        stage.hub.advance("s")
    for _ in range(3):
        stage.loop.now_ns += STALL_NS // 2
        dribbling.take(1)
        stage.hub.look()
    assert (stuck.dismissed, dribbling.dismissed) == ([SLOW_READER], [])
    assert stage.hub.dismissed == 1
    source.set()
    stage.hub.advance("s")
    assert stage.hub.readers == 1


def test_who_takes_what_came_on_top_is_not_dismissed() -> None:
    stage = Stage()
    sources = [HistorySource(stage.loop, remembered=0) for _ in range(5)]
    reader = stage.reader(bound=1)
    for number, source in enumerate(sources):
        source.add(3)
        stage.hub.join(reader, f"h{number}", source, 0)
    # The first page fills it, and the others were asked for already.
    for source in sources:
        source.deliver()
    assert reader.is_full
    for _ in range(8):
        stage.loop.now_ns += STALL_NS // 2
        reader.take(1)
        stage.hub.look()
    assert reader.is_full
    assert reader.dismissed == []


def test_pages_do_not_pile_up_for_who_has_too_much_already() -> None:
    class Heaped(StageReader):
        is_heaped = False

        def buffered_bytes(self) -> int:
            return OVERFULL_BYTES if self.is_heaped else super().buffered_bytes()

    stage, reader = Stage(), Heaped(bound=1)
    reader.hub = stage.hub
    stage.hub.enter(reader)
    sources = [HistorySource(stage.loop, remembered=0) for _ in range(3)]
    for number, source in enumerate(sources):
        source.add(3)
        stage.hub.join(reader, f"h{number}", source, 0)
    assert sources[0].deliver()
    assert sources[1].deliver()
    reader.is_heaped = True
    assert sources[2].deliver()
    assert reader.take() == [b"1", b"2", b"3"] * 2
    # It has room now, and has asked for the page again.
    reader.is_heaped = False
    assert sources[2].deliver()
    stage.loop.run()
    assert reader.take() == [b"1", b"2", b"3"]


def test_who_gets_full_and_has_room_again_asks_for_a_page_once() -> None:
    stage, busy = Stage(), StateSource()
    history = HistorySource(stage.loop, remembered=0)
    history.add(3)
    reader = stage.reader(bound=0)
    stage.hub.join(reader, "history", history, 0)
    stage.hub.join(reader, "busy", busy)
    for _ in range(10):
        busy.set()
        stage.hub.advance("busy")
        reader.take()
        stage.loop.run()
    assert len(history.far) == 1
    assert history.deliver()
    stage.loop.run()
    reader.take()
    assert reader.taken[-3:] == [b"1", b"2", b"3"]


def test_a_channel_that_fills_a_slow_reader_each_time_leaves_room_for_the_others() -> None:
    stage, busy = Stage(), StateSource()
    history = HistorySource(stage.loop, remembered=100)
    reader = stage.reader(bound=0)
    stage.hub.join(reader, "busy", busy)
    stage.hub.join(reader, "history", history)
    for _ in range(50):
        busy.set()
        stage.hub.advance("busy")
        history.add()
        stage.hub.advance("history")
        reader.take()
        stage.loop.run()
    assert b"45" in reader.taken


def test_who_fills_up_without_any_stream_is_dismissed_too() -> None:
    stage = Stage()
    reader = stage.reader(bound=0)
    stage.hub.on_full(reader)
    stage.loop.now_ns = STALL_NS
    stage.hub.look()
    assert reader.dismissed == [SLOW_READER]


def test_who_has_left_is_forgotten_whatever_is_still_to_come() -> None:
    stage = Stage()
    source = HistorySource(stage.loop)
    source.add(20)
    reader = stage.reader(bound=1)
    stage.hub.join(reader, "h", source, 1)
    stage.hub.leave(reader)
    assert source.deliver()
    stage.loop.run()
    stage.hub.on_full(reader)
    stage.hub.on_room(reader)
    stage.hub.leave(reader)
    assert (reader.take(), stage.hub.readers, stage.hub.wanted("h")) == ([], 0, False)


def test_who_is_dismissed_while_a_request_of_theirs_waits_joins_and_parts_nothing() -> None:
    stage, source = Stage(), StateSource()
    reader = stage.reader(bound=0)
    stage.hub.join(reader, "old", source)
    stage.hub.on_full(reader)
    stage.loop.now_ns = STALL_NS
    stage.hub.look()
    stage.hub.join(reader, "new", source)
    stage.hub.part(reader, "old")
    assert reader.dismissed == [SLOW_READER]
    assert (stage.hub.readers, stage.hub.wanted("new"), stage.hub.wanted("old")) == (
        0, False, False,
    )  # fmt: skip


class Crowd(RuleBasedStateMachine):
    """Any order of everything: in the end each reader has all that it should have.

    Of a history: every number above its place, in order, once. Of a state: its values in order,
    and the last one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()
        self.history = HistorySource(self.stage.loop)
        self.state = StateSource()
        # Readers, and the number from which on each gets the history.
        self.readers: list[tuple[StageReader, int]] = []
        self.gone = 0

    @rule(bound=st.integers(0, 8), back=st.integers(0, 30), resumes=st.booleans())
    def join(self, bound: int, back: int, resumes: bool) -> None:
        reader = self.stage.reader(bound)
        place = max(self.history.end - back, 0) if resumes else NOTHING
        self.readers.append((reader, place if resumes else self.history.end))
        self.stage.hub.join(reader, "state", self.state)
        self.stage.hub.join(reader, "history", self.history, place)

    @rule(index=st.integers(0, 100))
    def leave(self, index: int) -> None:
        if self.readers:
            reader, _ = self.readers.pop(index % len(self.readers))
            self.stage.hub.leave(reader)

    @rule(count=st.integers(1, 9), lost=st.booleans(), tells=st.booleans())
    def happen(self, count: int, lost: bool, tells: bool) -> None:
        self.history.lose(count) if lost else self.history.add(count)
        if tells:
            self.stage.hub.advance("history")

    @rule(tells=st.booleans())
    def change(self, tells: bool) -> None:
        self.state.set()
        if tells:
            self.stage.hub.advance("state")

    @rule(index=st.integers(0, 100), most=st.integers(1, 9))
    def take(self, index: int, most: int) -> None:
        if self.readers:
            self.readers[index % len(self.readers)][0].take(most)

    @rule()
    def deliver(self) -> None:
        self.history.deliver()

    @rule()
    def turn(self) -> None:
        self.stage.loop.run()

    @invariant()
    def buffers_are_bounded(self) -> None:
        for reader, _ in self.readers:
            # The bound, and a portion that was under way in each of two channels.
            assert len(reader.buffer) <= reader.bound + 2 * self.history.most + 2

    def teardown(self) -> None:
        self.stage.hub.advance("history")
        self.stage.hub.advance("state")
        for _ in range(200):
            self.stage.loop.run()
            while self.history.deliver():
                self.stage.loop.run()
            for reader, _ in self.readers:
                reader.take()
        for reader, place in self.readers:
            numbers = [int(text) for text in reader.taken if not text.startswith(b"=")]
            assert numbers == list(range(place + 1, self.history.end + 1))
            versions = [int(text[1:]) for text in reader.taken if text.startswith(b"=")]
            assert versions == sorted(set(versions))
            assert versions[-1:] == ([] if self.state.version == NOTHING else [self.state.version])


TestCrowd = Crowd.TestCase
TestCrowd.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
