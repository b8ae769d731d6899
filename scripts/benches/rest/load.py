"""Sends prepared requests and times the answers: `python -m scripts.benches.rest.load`.

A process of its own, with plain sockets, one epoll and no event loop: beside the kernel's work a
request costs it a few microseconds, for it shares the processors with what it measures. Rounds
(`rounds.py`) come as lines on standard input, one at a time; its end ends the process.

In a closed loop a connection sends its next request as soon as it has the answer to its last one.
In an open loop requests are due at a steady rate whatever the server does, and are timed from when
they were due: one that finds every connection busy waits, and that is part of its latency. The
generator wakes once a millisecond there, so what is due in one millisecond leaves together.
"""

import gc
import select
import socket
import sys
import time
from array import array
from collections import Counter, deque
from collections.abc import Iterator
from typing import Final, final

import msgspec

from scripts.benches.rest.requests import HOST, mixed_requests, of_round
from scripts.benches.rest.rounds import Answered, Round
from scripts.load.http_client import ReplyError, read_reply

# More than any server here answers.
_PREPARED_PER_MS: Final = 40
_SETTLE_NS: Final = 5_000_000_000
_CONNECT_TIMEOUT_S: Final = 10.0
_READ_BYTES: Final = 64 * 1024
_EVENTS_MAX: Final = 512
_TICK_S: Final = 0.001
_ROUND: Final = msgspec.json.Decoder(Round)


@final
class _Connection:
    """One connection.

    Attributes:
        socket: Blocking: a request always fits.
        requests: What it sends next.
        due_ns: When the request in flight was due; 0 while none is.
        received: The beginning of an answer.
    """

    __slots__ = ("due_ns", "received", "requests", "socket")

    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self.socket: Final = socket.create_connection((HOST, port), timeout=_CONNECT_TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests: Final = requests
        self.due_ns = 0
        self.received = b""

    def send(self, due_ns: int) -> None:
        self.due_ns = due_ns
        self.socket.send(next(self.requests))


@final
class _Drive:
    """One round under way."""

    def __init__(self, asked: Round, requests: list[list[bytes]]) -> None:
        self._asked: Final = asked
        self._epoll: Final = select.epoll()
        self._connections: Final[dict[int, _Connection]] = {}
        for one in requests:
            connection = _Connection(asked.port, iter(one))
            self._connections[connection.socket.fileno()] = connection
            self._epoll.register(connection.socket, select.EPOLLIN)
        self._free: Final = deque(self._connections.values())
        self._statuses: Final[Counter[int]] = Counter()
        self._latencies_us: Final = array("q")
        self._lost = 0
        # When the last answer came.
        self._last_ns = 0

    def run(self) -> Answered:
        """Send and receive until the round is over and what is in flight is answered."""
        cpu_ns = time.process_time_ns()
        start_ns = time.perf_counter_ns()
        end_ns = start_ns + self._asked.milliseconds * 1_000_000
        not_begun = self._open(start_ns, end_ns) if self._asked.rate else self._closed(end_ns)
        give_up_ns = time.perf_counter_ns() + _SETTLE_NS
        while self._in_flight() and time.perf_counter_ns() < give_up_ns:
            self._receive(_TICK_S, 0)
        cpu_us = (time.process_time_ns() - cpu_ns) // 1_000
        unanswered = self._in_flight() + self._lost
        self._close()
        return Answered(
            (self._last_ns - start_ns) / 1e9,
            {str(status): number for status, number in self._statuses.items()},
            self._latencies_us.tolist(),
            unanswered,
            not_begun,
            cpu_us,
        )

    def _closed(self, end_ns: int) -> int:
        now_ns = time.perf_counter_ns()
        while self._free:
            self._free.popleft().send(now_ns)
        while time.perf_counter_ns() < end_ns:
            self._receive(_TICK_S, end_ns)
        return 0

    def _open(self, start_ns: int, end_ns: int) -> int:
        """Begin what is due for as long as the round lasts; return what never began."""
        rate = self._asked.rate
        requests = rate * self._asked.milliseconds // 1_000
        begun = 0
        while begun < requests and (now_ns := time.perf_counter_ns()) < end_ns + _SETTLE_NS:
            due = min((now_ns - start_ns) * rate // 1_000_000_000 + 1, requests)
            while begun < due and self._free:
                self._free.popleft().send(start_ns + begun * 1_000_000_000 // rate)
                begun += 1
            self._receive(_TICK_S, 0)
        return requests - begun

    def _receive(self, timeout_s: float, next_until_ns: int) -> None:
        """Take answers; until a moment, send the next request of a connection at once."""
        for descriptor, _ in self._epoll.poll(timeout_s, _EVENTS_MAX):
            connection = self._connections[descriptor]
            data = connection.socket.recv(_READ_BYTES)
            if connection.received:
                data = connection.received + data
            try:
                reply = read_reply(data)
            except ReplyError:
                reply = None
                data = b""
            if not data:
                self._lose(connection)
                continue
            if reply is None:
                connection.received = data
                continue
            connection.received = b""
            now_ns = time.perf_counter_ns()
            self._latencies_us.append((now_ns - connection.due_ns) // 1_000)
            self._statuses[reply[0]] += 1
            connection.due_ns = 0
            self._last_ns = now_ns
            if now_ns < next_until_ns:
                connection.send(now_ns)
            else:
                self._free.append(connection)

    def _lose(self, connection: _Connection) -> None:
        self._epoll.unregister(connection.socket)
        connection.due_ns = 0
        self._lost += 1

    def _in_flight(self) -> int:
        return sum(connection.due_ns != 0 for connection in self._connections.values())

    def _close(self) -> None:
        for connection in self._connections.values():
            connection.socket.close()
        self._epoll.close()


def drive(asked: Round, requests: list[list[bytes]]) -> Answered:
    """Run a round.

    Args:
        asked: The round.
        requests: What each connection sends, one after the other; more than are answered.
    """
    return _Drive(asked, requests).run()


@final
class Rounds:
    """Runs rounds, with requests that it makes once for each number of connections."""

    def __init__(self) -> None:
        self._prepared: Final[dict[int, list[list[bytes]]]] = {}

    def run(self, asked: Round) -> Answered:
        """Run a round."""
        count = _PREPARED_PER_MS * asked.milliseconds
        prepared = self._prepared.get(asked.connections, [[]])
        if sum(map(len, prepared)) < count:
            prepared = self._prepared[asked.connections] = mixed_requests(count, asked.connections)
        requests = of_round(prepared, asked.number)
        gc.collect()
        gc.freeze()
        gc.disable()
        return drive(asked, requests)


def main() -> None:
    """Serve rounds until there is no more input."""
    rounds = Rounds()
    for line in sys.stdin.buffer:
        answer = msgspec.json.encode(rounds.run(_ROUND.decode(line)))
        sys.stdout.buffer.write(answer + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
