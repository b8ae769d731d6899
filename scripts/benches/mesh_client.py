"""One client of the mesh bench: sends frames that were made beforehand, and counts the answers.

`python -m scripts.benches.mesh_client <number> <commands>`: reads a `Round`, prepares it and says
"ready"; runs it when told by a line, and writes a `RoundResult`; told again it empties its books
and says "clear". So until its input ends.

It must cost little, or it would be what is measured: a blocking DEALER, no event loop, and of an
answer only the number of things in it is read. What the answers say is looked at afterwards.

Theory of operation
-------------------
Without a rate, as many commands are in flight as the window has room for: that gives the most that
the server can do. With one, a frame leaves when its time has come, whether or not earlier ones are
answered; its latency counts from that time, not from when it was sent, so a stall counts for every
frame that it holds up. Answers come in the order of the commands, several frames' in one or not, so
a frame is answered when as many answers have come as commands have left up to it.
"""

import select
import sys
import time
from collections import deque
from typing import Final, final

import msgspec
import zmq
from msgspec import Struct

from proto.codec import decode_answer, encode
from proto.codes import REASON_NAMES
from proto.commands import Command
from proto.frames import CommandFrame, ReplyFrame
from proto.mesh.sockets import FRAMES_QUEUED_MAX
from proto.replies import Rejected
from scripts.benches.mesh_flow import MeshFlow

_TIMEOUT_MS: Final = 20_000
# Latencies of the first part of a round are of a server that finds its pace.
_SETTLING_SHARE: Final = 0.2


class Round(Struct, frozen=True):
    """What to do.

    Attributes:
        endpoint: Whom to send to.
        is_echo: Whether that is the yardstick, which sends frames back, and not a matcher.
        number: Of the round; see `MeshFlow.frames`.
        frame_commands: Commands in a frame.
        window_commands: Commands in flight at most.
        commands_per_s: The rate; 0 for as many as there can be.
        commands_max: Not more than so many of those that there are.
    """

    endpoint: str
    is_echo: bool
    number: int
    frame_commands: int
    window_commands: int
    commands_per_s: float = 0.0
    commands_max: int = sys.maxsize


class RoundResult(Struct, frozen=True):
    """What came of it.

    Attributes:
        started_ns: When the first frame left, by the clock that all processes share (monotonic).
        ended_ns: When the last answer had come.
        commands: How many were answered.
        cpu_ns: Processor time of this client, its I/O thread included.
        latencies_us: Of the frames, where there was a rate.
        refused: How many commands of each reason were refused.
    """

    started_ns: int
    ended_ns: int
    commands: int
    cpu_ns: int
    latencies_us: list[int]
    refused: dict[str, int]


def main(client: int, commands: int) -> None:
    """Run rounds until standard input ends."""
    flow = MeshFlow(client, commands)
    decoder = msgspec.json.Decoder(Round)
    with zmq.Context() as context:
        funded = set[str]()
        for line in sys.stdin:
            order = decoder.decode(line)
            with context.socket(zmq.DEALER) as dealer:
                _connect(dealer, order.endpoint)
                if not order.is_echo and order.endpoint not in funded:
                    _ask(dealer, flow.deposits())
                    funded.add(order.endpoint)
                _say(msgspec.json.encode(_run(dealer, order, flow)).decode())
                sys.stdin.readline()
                if not order.is_echo:
                    _ask(dealer, flow.clearing())
            _say("clear")


def _run(dealer: "zmq.Socket[bytes]", order: Round, flow: MeshFlow) -> RoundResult:
    frames = flow.frames(order.frame_commands, order.number)
    del frames[order.commands_max // order.frame_commands :]
    commands = min(len(frames) * order.frame_commands, flow.commands)
    _say("ready")
    sys.stdin.readline()
    sender = _Sender(dealer, frames, order.frame_commands, commands)
    cpu_ns = time.process_time_ns()
    started_ns = time.monotonic_ns()
    if order.commands_per_s:
        sender.send_at(order.commands_per_s)
    else:
        sender.send_all(order.window_commands)
    ended_ns = time.monotonic_ns()
    cpu_ns = time.process_time_ns() - cpu_ns
    latencies = sender.latencies_us[int(len(sender.latencies_us) * _SETTLING_SHARE) :]
    refused = {} if order.is_echo else _refused(sender.answers)
    return RoundResult(started_ns, ended_ns, sender.answered, cpu_ns, latencies, refused)


@final
class _Sender:
    """Sends the frames of one round.

    Attributes:
        answered: Commands that were answered.
        answers: The answers.
        latencies_us: Of the frames that were answered, where they left at a rate.
    """

    def __init__(
        self, dealer: "zmq.Socket[bytes]", frames: list[bytes], frame_commands: int, commands: int
    ) -> None:
        self.answered = 0
        self.answers: Final[list[bytes]] = []
        self.latencies_us: Final[list[int]] = []
        self._dealer: Final = dealer
        self._frames: Final = frames
        self._frame_commands: Final = frame_commands
        self._commands: Final = commands

    def send_all(self, window_commands: int) -> None:
        """Keep as many commands in flight as the window has room for."""
        dealer, frames, frame_commands = self._dealer, self._frames, self._frame_commands
        assert window_commands // frame_commands < FRAMES_QUEUED_MAX
        next_frame, room = 0, window_commands // frame_commands * frame_commands
        while self.answered < self._commands:
            while next_frame < len(frames) and next_frame * frame_commands - self.answered < room:
                dealer.send(frames[next_frame])
                next_frame += 1
            self._take(dealer.recv())

    def send_at(self, commands_per_s: float) -> None:
        """Send each frame when its time has come."""
        dealer, frames = self._dealer, self._frames
        gap_ns = self._frame_commands * 1e9 / commands_per_s
        start_ns = time.monotonic_ns()
        # When frames that are not answered were due, and the commands up to their end.
        waiting: deque[tuple[int, int]] = deque()
        next_frame = 0
        while self.answered < self._commands:
            now_ns = time.monotonic_ns()
            due_ns = start_ns + int(next_frame * gap_ns)
            if next_frame < len(frames) and due_ns <= now_ns:
                dealer.send(frames[next_frame])
                next_frame += 1
                sent = min(next_frame * self._frame_commands, self._commands)
                waiting.append((due_ns, sent))
                continue
            if not self._take_all():
                until_ns = due_ns - now_ns if next_frame < len(frames) else _TIMEOUT_MS * 10**6
                _wait(dealer, until_ns)
                continue
            answered_ns = time.monotonic_ns()
            while waiting and waiting[0][1] <= self.answered:
                self.latencies_us.append((answered_ns - waiting.popleft()[0]) // 1_000)

    def _take_all(self) -> bool:
        """Take the answers that are there; return whether there were any."""
        answered = self.answered
        while True:
            try:
                self._take(self._dealer.recv(zmq.NOBLOCK))
            except zmq.Again:
                return self.answered > answered

    def _take(self, answer: bytes) -> None:
        self.answers.append(answer)
        self.answered += messages_in(answer)


def messages_in(frame: bytes) -> int:
    """Read how many messages are in a frame: an array of a tag and an array of them (msgpack)."""
    kind = frame[2]
    if kind & 0xF0 == 0x90:
        return kind & 0x0F
    assert kind == 0xDC, frame[:8]
    return int.from_bytes(frame[3:5], "big")


def _wait(dealer: "zmq.Socket[bytes]", timeout_ns: int) -> None:
    """Wait until there may be something to read, to the microsecond; zmq counts milliseconds."""
    # The descriptor tells changes only, so what is there already is looked for first.
    if not int(dealer.getsockopt(zmq.EVENTS)) & zmq.POLLIN:
        select.select([dealer.fileno()], [], [], max(timeout_ns, 0) / 1e9)


def _connect(dealer: "zmq.Socket[bytes]", endpoint: str) -> None:
    dealer.setsockopt(zmq.RCVTIMEO, _TIMEOUT_MS)
    dealer.setsockopt(zmq.SNDTIMEO, _TIMEOUT_MS)
    dealer.setsockopt(zmq.LINGER, 0)
    dealer.connect(endpoint)


def _ask(dealer: "zmq.Socket[bytes]", commands: list[Command]) -> None:
    """Have commands done, all of them."""
    dealer.send(encode(CommandFrame(commands)))
    answered = 0
    while answered < len(commands):
        answer = decode_answer(dealer.recv())
        assert isinstance(answer, ReplyFrame)
        for reply in answer.replies:
            assert not isinstance(reply, Rejected), REASON_NAMES[reply.reason]
        answered += len(answer.replies)


def _refused(answers: list[bytes]) -> dict[str, int]:
    """Count the refusals in answers, by their reason."""
    counts: dict[str, int] = {}
    for data in answers:
        answer = decode_answer(data)
        assert isinstance(answer, ReplyFrame)
        for reply in answer.replies:
            if isinstance(reply, Rejected):
                name = REASON_NAMES[reply.reason]
                counts[name] = counts.get(name, 0) + 1
    return counts


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
