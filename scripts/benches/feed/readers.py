"""Reads for thousands of WebSocket clients: `python -m scripts.benches.feed.readers`, one process.

Plain sockets and one epoll, no event loop and no library: a message costs about two microseconds,
so that the clients are not what is measured. Requests (`requests.py`) come as lines on standard
input, one at a time; its end ends the process.

A reader that is to stop reading is taken from the epoll's inputs and not looked at any more, except
that the epoll tells always when a connection is cut.
"""

import os
import resource
import select
import sys
import time
from array import array
from collections.abc import Callable
from typing import Final, final

import msgspec

from scripts.benches.feed.frames import CUT, masked_text
from scripts.benches.feed.members import Group, Member
from scripts.benches.feed.requests import Close, Open, Reach, Request, Resume, Seen, Tell
from scripts.benches.feed.timestamps import timestamp_us
from scripts.watching.frames import FrameError, handshake_request, read_handshake

HOST: Final = "127.0.0.1"
# Connections under way at one time.
_OPENING_MAX: Final = 100
_DEADLINE_S: Final = 60.0
_READ_BYTES: Final = 256 * 1024
_EVENTS_MAX: Final = 512
_INPUT: Final = 0
# Of the handshakes. It need not be secret: no proxy stands between.
_KEY: Final = bytes(16)
_ANSWER: Final = b'{"id"'
_REFUSAL: Final = b'"error"'
_REQUEST: Final = msgspec.json.Decoder(Request)


@final
class Readers:
    """All groups."""

    def __init__(self, epoll: select.epoll) -> None:
        self._epoll: Final = epoll
        self._groups: Final[dict[str, Group]] = {}
        # By the descriptors of their sockets.
        self._members: Final[dict[int, Member]] = {}
        self._buffer: Final = bytearray(_READ_BYTES)

    def begin(self, request: Request) -> Callable[[], bool]:
        """Begin with a request; return what tells whether it is done."""
        if isinstance(request, Open):
            assert not (request.requests and request.deflates)
            group = self._groups[request.group] = Group(request)
            for _ in range(min(_OPENING_MAX, group.left)):
                self._open_one(group)
            return lambda: bool(group.failure) or group.opened == request.count
        group = self._groups[request.group]
        match request:
            case Reach():
                return lambda: group.messages >= request.messages
            case Resume():
                for member in group.members:
                    if member.socket.fileno() >= 0:
                        self._epoll.modify(member.socket, select.EPOLLIN)
                return lambda: group.closed.total() == group.opened
            case Close():
                for member in group.members:
                    self._drop(member)
            case Tell():
                pass
        return lambda: True

    def tell(self, request: Request, cpu_s: float, *, in_time: bool) -> Seen:
        """Answer a request that is done, or has taken too long."""
        group = self._groups[request.group]
        latencies_us, group.latencies_us = group.latencies_us, array("q")
        if isinstance(request, Close):
            del self._groups[request.group]
        late = "" if in_time else f"{type(request).__name__} took more than {_DEADLINE_S:g} s"
        return Seen(
            opened=group.opened,
            closed=dict(group.closed),
            messages=group.messages,
            length_bytes=group.length_bytes,
            latencies_us=latencies_us.tolist(),
            cpu_s=cpu_s,
            failure=group.failure or late,
        )

    def on_event(self, descriptor: int, events: int) -> None:
        """Do what an event of the epoll asks for."""
        member = self._members[descriptor]
        try:
            if events & select.EPOLLOUT:
                self._begin_handshake(member)
            elif events & select.EPOLLIN:
                self._read(member)
            else:
                self._end(member)
        except (OSError, FrameError) as error:
            self._end(member, str(error))

    def _open_one(self, group: Group) -> None:
        group.left -= 1
        sampled, number = group.asked.sampled, len(group.members)
        member = Member(group, bool(sampled) and number % sampled == 0)
        group.members.append(member)
        self._members[member.socket.fileno()] = member
        member.socket.connect_ex((HOST, group.asked.port))
        self._epoll.register(member.socket, select.EPOLLOUT)

    def _begin_handshake(self, member: Member) -> None:
        asked = member.group.asked
        request = handshake_request(f"{HOST}:{asked.port}", _KEY, wants_deflation=asked.deflates)
        member.socket.send(request)
        self._epoll.modify(member.socket, select.EPOLLIN)

    def _read(self, member: Member) -> None:
        length = member.socket.recv_into(self._buffer)
        now_us = time.time_ns() // 1_000
        if not length:
            self._end(member)
            return
        member.group.length_bytes += length
        data = bytes(memoryview(self._buffer)[:length])
        if member.is_upgraded:
            self._take(member, data, now_us)
            return
        member.begun += data
        answer = read_handshake(member.begun, _KEY)
        if answer is None:
            return
        if answer.is_deflated != member.group.asked.deflates:
            raise FrameError("compression is not as it was asked for")
        self._begin_requests(member)
        self._take(member, answer.rest, now_us)

    def _begin_requests(self, member: Member) -> None:
        member.is_upgraded = True
        if requests := member.group.asked.requests:
            member.socket.send(b"".join(map(masked_text, requests)))
        else:
            self._opened(member)

    def _take(self, member: Member, data: bytes, now_us: int) -> None:
        frames = member.frames
        texts: list[bytes] | None = [] if member.samples or member.answers else None
        known = frames.messages
        frames.take(data, texts)
        member.group.messages += frames.messages - known
        if texts is not None:
            self._take_texts(member, texts, now_us)
        if pongs := frames.take_pongs():
            member.socket.send(pongs)
        if frames.close_code is not None:
            self._end(member)

    def _take_texts(self, member: Member, texts: list[bytes], now_us: int) -> None:
        group = member.group
        for text in texts:
            if member.answers and text.startswith(_ANSWER):
                if _REFUSAL in text:
                    raise FrameError(text.decode())
                member.answers -= 1
                if not member.answers:
                    self._opened(member)
            elif member.samples:
                sent_us = timestamp_us(text)
                if sent_us is not None:
                    group.latencies_us.append(now_us - sent_us)

    def _opened(self, member: Member) -> None:
        group = member.group
        group.opened += 1
        if not group.asked.reads:
            self._epoll.modify(member.socket, 0)
        if group.left:
            self._open_one(group)

    def _end(self, member: Member, problem: str = "the connection was closed") -> None:
        group = member.group
        if member.is_upgraded and not member.answers:
            group.closed[member.frames.close_code or CUT] += 1
        elif not group.failure:
            group.failure = problem
        self._drop(member)

    def _drop(self, member: Member) -> None:
        descriptor = member.socket.fileno()
        if descriptor >= 0:
            del self._members[descriptor]
            member.socket.close()


@final
class Desk:
    """Takes requests one at a time, and answers each when it is done or its time is over."""

    def __init__(self, readers: Readers) -> None:
        self._readers: Final = readers
        self._received = b""
        self._request: Request | None = None
        self._is_done: Callable[[], bool] = lambda: True
        self._ends_s = 0.0

    def wait_s(self) -> float | None:
        """Return how long one may wait for the next event; None for as long as it takes."""
        return None if self._request is None else max(0.0, self._ends_s - time.monotonic())

    def take(self, data: bytes) -> None:
        """Take a part of the input; nobody asks before the last answer has come."""
        self._received += data
        if self._received.endswith(b"\n"):
            self._request = _REQUEST.decode(self._received)
            self._received = b""
            self._ends_s = time.monotonic() + _DEADLINE_S
            self._is_done = self._readers.begin(self._request)

    def answer(self) -> bytes | None:
        """Return the answer to the request, if there is one now."""
        request = self._request
        if request is None:
            return None
        in_time = self._is_done()
        if not in_time and time.monotonic() < self._ends_s:
            return None
        self._request = None
        seen = self._readers.tell(request, time.process_time(), in_time=in_time)
        return msgspec.json.encode(seen) + b"\n"


def allow_open_files() -> None:
    """Let this process have as many connections as it may."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> None:
    """Serve requests until standard input ends."""
    allow_open_files()
    with select.epoll() as epoll:
        readers = Readers(epoll)
        desk = Desk(readers)
        epoll.register(_INPUT, select.EPOLLIN)
        while True:
            asked = False
            for descriptor, events in epoll.poll(desk.wait_s(), _EVENTS_MAX):
                if descriptor == _INPUT:
                    asked = True
                else:
                    readers.on_event(descriptor, events)
            # After the events, which may be of connections that a request closes.
            if asked:
                data = os.read(_INPUT, _READ_BYTES)
                if not data:
                    return
                desk.take(data)
            if answer := desk.answer():
                sys.stdout.buffer.write(answer)
                sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
