"""The process beside the matcher: answers one question after the other, and ends when none comes.

It stays where the last answer ended, so that consecutive questions cost no more than the replay
of what they ask for. To go back, and to go on by way of a snapshot, it begins anew.
"""

from typing import Final

from matcher.history.origins import Origins
from matcher.history.pipe import read_question, write_answer
from matcher.history.replay import Replay
from proto.codec import encode

# After this long without a question the memory is given back; persist asks more often by far.
IDLE_S: Final = 30.0
# On a long way it says so after each of these: some tenths of a second.
_SKIP_COMMANDS: Final = 10_000


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
    replay: Replay | None = None
    while (question := read_question(questions, idle_s)) is not None:
        first_sequence, last_sequence = question
        if replay is not None and (
            replay.next_sequence > first_sequence
            or origins.any_between(replay.next_sequence, first_sequence)
        ):
            # Let go of one engine before there is another.
            replay = None
        if replay is None:
            replay = origins.begin(first_sequence)
        while not replay.skip(first_sequence, _SKIP_COMMANDS):
            write_answer(answers, 0, b"")
        write_answer(answers, first_sequence, encode(replay.events(last_sequence)))
