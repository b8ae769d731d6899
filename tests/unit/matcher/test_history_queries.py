"""What the sequencer says of the past: how far it is on disk, and events when they are made."""

from collections.abc import Callable

from matcher.core.engine import Engine
from matcher.sequencer import Sequencer
from proto.codec import encode
from proto.commands import DefineAsset
from proto.definitions import AssetDefinition
from proto.frames import CommandFrame, QueryFrame
from proto.ids import AssetId
from proto.queries import EventsQuery, HistoryEndQuery, LedgerQuery, Query
from proto.replies import EventsReply, HistoryEndReply, Reply
from tests.applying import reply_of


class Surroundings:
    """A sink, a committer and a history that remember what they are given."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.records: list[bytes] = []
        self.questions: list[tuple[int, int]] = []
        self.answers: list[Callable[[bytes], None]] = []

    def reply(self, identity: bytes, replies: list[bytes]) -> None:
        assert identity == b"persist"
        self.replies.extend(map(reply_of, replies))

    def pause(self) -> None:
        raise AssertionError

    def resume(self) -> None:
        raise AssertionError

    def set(self, at_ns: int) -> None:
        """Time does not pass here."""

    def submit(self, record: bytes) -> None:
        self.records.append(record)

    def ask(self, first_sequence: int, last_sequence: int, answer: Callable[[bytes], None]) -> None:
        self.questions.append((first_sequence, last_sequence))
        self.answers.append(answer)


def sequencer(around: Surroundings, *, with_history: bool = True) -> Sequencer:
    """Make one of epoch 7 whose first two commands are on disk."""
    engine = Engine(0)
    made = Sequencer(engine, JournalStub(), 7, lambda: 1, lambda batch: None)  # type: ignore[arg-type]
    made.attach(around, around, around, around if with_history else None)
    place(made, 1, 2)
    made.on_drained()
    made.on_durable()
    around.replies.clear()
    return made


class JournalStub:
    """Stands for the journal's encoder, whose bytes go nowhere here."""

    def encode(self, first_sequence: int, commands: int, entries: list[object]) -> bytes:
        return b"record"


def place(made: Sequencer, *numbers: int) -> None:
    frame = CommandFrame(
        [DefineAsset(0, AssetDefinition(AssetId(number), f"A{number}", 0)) for number in numbers]
    )
    made.on_commands(b"persist", frame, encode(frame))


def ask(made: Sequencer, *queries: Query) -> None:
    made.on_queries(b"persist", QueryFrame(list(queries)))


def test_the_end_is_told_when_it_is_on_disk() -> None:
    around = Surroundings()
    made = sequencer(around)
    ask(made, HistoryEndQuery(5))
    assert around.replies == [HistoryEndReply(5, 7, 2)]
    place(made, 3)
    ask(made, HistoryEndQuery(6))
    made.on_drained()
    assert around.replies == [HistoryEndReply(5, 7, 2)]
    made.on_durable()
    assert around.replies[-1] == HistoryEndReply(6, 7, 3)


def test_events_are_asked_for_as_far_as_they_are_on_disk() -> None:
    around = Surroundings()
    made = sequencer(around)
    place(made, 3)
    made.on_drained()
    ask(made, EventsQuery(5, 1, 99), EventsQuery(6, 3, 99))
    assert around.questions == [(1, 2)]
    # What is not on disk yet cannot be had; that is told at once.
    assert around.replies == [EventsReply(6, b"")]
    around.answers[0](b"batch")
    assert around.replies[-1] == EventsReply(5, b"batch")
    made.on_durable()
    ask(made, EventsQuery(8, 3, 99))
    assert around.questions[-1] == (3, 3)


def test_other_queries_of_the_frame_do_not_wait_for_events() -> None:
    around = Surroundings()
    made = sequencer(around)
    ask(made, EventsQuery(5, 1, 2), LedgerQuery(6))
    assert [reply.request_id for reply in around.replies] == [6]


def test_nothing_leaves_a_matcher_that_must_not_go_on() -> None:
    around = Surroundings()
    made = sequencer(around)
    ask(made, EventsQuery(5, 1, 2))
    made.halt()
    around.answers[0](b"batch")
    ask(made, HistoryEndQuery(6))
    assert around.replies == []


def test_without_a_history_there_is_nothing_to_be_had() -> None:
    around = Surroundings()
    ask(sequencer(around, with_history=False), EventsQuery(5, 1, 2))
    assert around.replies == [EventsReply(5, b"")]
