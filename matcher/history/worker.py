"""The process beside the matcher: answers one question after the other, and ends when none comes.

It stays where the last answer ended, so that consecutive questions cost no more than the replay
of what they ask for. What they will ask for next it makes while its last answer is being written
into the database, so that the two wait for each other no longer than the slower one takes. To go
back, and to go on by way of a snapshot, it begins anew.
"""

from typing import Final, NamedTuple, final

from matcher.history.origins import Origins
from matcher.history.pipe import read_question, write_answer
from matcher.history.replay import Replay
from matcher.history_entry import history_entry

# After this long without a question the memory is given back; persist asks more often by far.
IDLE_S: Final = 30.0
# On a long way it says so after each of these: some tenths of a second.
_SKIP_COMMANDS: Final = 10_000


class _Made(NamedTuple):
    """Events that are ready to be asked for."""

    first_sequence: int
    last_sequence: int
    batch: bytes


def serve(questions: int, answers: int, origins: Origins, idle_s: float = IDLE_S) -> None:
    """Answer until nobody asks any more.

    Args:
        questions: Descriptor of the pipe that questions come from.
        answers: Descriptor of the pipe that answers go to.
        origins: Where replays begin.
        idle_s: How long to wait for a question.

    Raises:
        JournalError: If the journal does not have what is asked for.
        BrokenPipeError: If nobody waits for an answer any more.
    """
    worker = _Worker(answers, origins)
    while (question := read_question(questions, idle_s)) is not None:
        worker.answer(*question)


@final
class _Worker:
    """A replay that goes where it is asked to."""

    def __init__(self, answers: int, origins: Origins) -> None:
        self._answers: Final = answers
        self._origins: Final = origins
        self._replay: Replay | None = None
        self._ahead: _Made | None = None

    def answer(self, first_sequence: int, last_sequence: int) -> None:
        """Answer a question, then make what will be asked for next."""
        made, self._ahead = self._ahead, None
        if (
            made is None
            or made.first_sequence != first_sequence
            or made.last_sequence > last_sequence
        ):
            made = _make(self._moved_to(first_sequence), last_sequence)
        write_answer(self._answers, first_sequence, made.batch)
        if made.last_sequence < last_sequence:
            self._ahead = _make(self._moved_to(made.last_sequence + 1), last_sequence)

    def _moved_to(self, first_sequence: int) -> Replay:
        replay = self._replay
        if replay is not None and (
            replay.next_sequence > first_sequence
            or self._origins.any_between(replay.next_sequence, first_sequence)
        ):
            # Let go of one engine before there is another.
            replay.close()
            replay = self._replay = None
        if replay is None:
            replay = self._replay = self._origins.begin(first_sequence)
        while not replay.skip(first_sequence, _SKIP_COMMANDS):
            write_answer(self._answers, 0, b"")
        return replay


def _make(replay: Replay, last_sequence: int) -> _Made:
    batch = replay.events(last_sequence)
    return _Made(batch.first_sequence, batch.last_sequence, history_entry([batch]))
