"""The requests of the REST bench are the soak's flow; its load generator times what it says."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from scripts.benches.rest.load import drive
from scripts.benches.rest.requests import HOST, mixed_requests, of_round
from scripts.benches.rest.rounds import Answered, Round

_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
_REFUSAL = b"HTTP/1.1 422 Unprocessable\r\ncontent-length: 0\r\n\r\n"
_REQUEST = b"a request"
_HELD_S = 0.05


def _body(request: bytes) -> dict[str, str]:
    head, _, body = request.partition(b"\r\n\r\n")
    assert int(head.rpartition(b"Content-Length: ")[2]) == len(body)
    return msgspec.json.decode(body, type=dict[str, str])


def test_requests_are_the_mixed_flow_and_cancel_by_name() -> None:
    connections = mixed_requests(4_000, 16)
    assert [len(requests) for requests in connections] == [250] * 16
    cancels = 0
    for requests in connections:
        placed = set()
        for request in requests:
            body = _body(request)
            name = body["client_order_id"]
            if request.startswith(b"DELETE"):
                cancels += 1
                assert name in placed
                assert "order_id" not in body
            else:
                assert name not in placed
                placed.add(name)
    assert 0.25 < cancels / 4_000 < 0.45


def test_rounds_name_their_orders_differently() -> None:
    requests = mixed_requests(200, 4)
    names = [
        {_body(request)["client_order_id"] for one in of_round(requests, number) for request in one}
        for number in (1, 2)
    ]
    assert names[0].isdisjoint(names[1])
    assert len(names[0]) == len(names[1])


@contextmanager
def _server(answer: Callable[[socket.socket, int], None]) -> Iterator[int]:
    """Answer one connection at a time, request by request; yields the port."""
    with socket.create_server((HOST, 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                number = 0
                while connection.recv(1_024):
                    answer(connection, number)
                    number += 1

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)
        assert not thread.is_alive()


def _drive(port: int, rate: int) -> Answered:
    return drive(Round(port, 1, 100, 1, rate), [[_REQUEST] * 1_000_000])


def test_a_closed_loop_counts_every_answer_by_its_status() -> None:
    def answer(connection: socket.socket, number: int) -> None:
        data = _REFUSAL if number % 3 == 2 else _ANSWER
        # An answer may come in parts.
        connection.sendall(data[:20])
        connection.sendall(data[20:])

    with _server(answer) as port:
        answered = _drive(port, 0)
    assert answered.unanswered == 0
    assert 3 * answered.statuses["422"] <= sum(answered.statuses.values())
    assert sum(answered.statuses.values()) == len(answered.latencies_us)
    assert answered.rate == len(answered.latencies_us) / answered.seconds


def test_an_open_loop_times_from_when_a_request_was_due() -> None:
    def answer(connection: socket.socket, number: int) -> None:
        if number == 0:
            time.sleep(_HELD_S)
        connection.sendall(_ANSWER)

    with _server(answer) as port:
        answered = _drive(port, 1_000)
    # All that was due is sent, however late.
    assert len(answered.latencies_us) == sum(answered.statuses.values()) == 100
    assert answered.not_begun == 0
    # The second was due after a millisecond, and had to wait for the first.
    assert answered.latencies_us[1] >= (_HELD_S - 0.001) * 1e6


def test_a_lost_connection_is_no_answer() -> None:
    def answer(connection: socket.socket, number: int) -> None:
        connection.shutdown(socket.SHUT_WR)

    with _server(answer) as port:
        answered = _drive(port, 0)
    assert (answered.unanswered, answered.statuses, answered.latencies_us) == (1, {}, [])
