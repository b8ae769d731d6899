"""Head and body leave together; nothing is ever left behind or out of order."""

import asyncio

from gateway.joining_transport import JoiningTransport

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"


class Recorder(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closed
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.closed = True


def test_head_and_body_are_one_write() -> None:
    recorder = Recorder()
    joining = JoiningTransport(recorder)
    for body in (b"body", b"more"):
        joining.write(HEAD)
        joining.write(body)
        joining.flush()
    assert recorder.writes == [HEAD + b"body", HEAD + b"more"]


def test_a_head_without_a_body_leaves_at_the_end_of_the_response() -> None:
    recorder = Recorder()
    joining = JoiningTransport(recorder)
    joining.write(HEAD)
    assert recorder.writes == []
    joining.flush()
    assert recorder.writes == [HEAD]


def test_closing_sends_what_waits() -> None:
    recorder = Recorder()
    joining = JoiningTransport(recorder)
    joining.write(HEAD)
    joining.close()
    assert (recorder.writes, recorder.closed) == ([HEAD], True)


def test_an_interim_answer_does_not_wait() -> None:
    recorder = Recorder()
    JoiningTransport(recorder).write(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert recorder.writes == [b"HTTP/1.1 100 Continue\r\n\r\n"]
