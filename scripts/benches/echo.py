"""Yardsticks for the hop and the mesh: a bare ROUTER that sends back what it gets.

`python -m scripts.benches.echo <endpoint> sync <file>` writes one page of 4 KiB over and over and
syncs it before it answers: nothing can be durable and answered over ZeroMQ for less. The file has
its length and its zeros before, so the sync has nothing of the file system's own to write.

`python -m scripts.benches.echo <endpoint> msgpack` reads each frame into plain lists and writes
these again as msgpack. It checks nothing, keeps nothing, and nothing is on disk.

Both are one thread: one blocking receive, one send, no event loop.
"""

import os
import sys
from collections.abc import Callable
from typing import Final

import msgspec
import zmq

from proto.mesh.sockets import FRAMES_QUEUED_MAX

SYNC: Final = "sync"
MSGPACK: Final = "msgpack"
_PAGE: Final = bytes(4_096)
_PAGES: Final = 4_096


def main(endpoint: str, kind: str, path: str = "") -> None:
    """Serve until the process is told to stop."""
    answer = _syncer(path) if kind == SYNC else _packer()
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        router.setsockopt(zmq.SNDHWM, FRAMES_QUEUED_MAX)
        router.setsockopt(zmq.RCVHWM, FRAMES_QUEUED_MAX)
        router.bind(endpoint)
        print("ready", flush=True)
        while True:
            identity, frame = router.recv_multipart()
            router.send_multipart([identity, answer(frame)])


def _packer() -> Callable[[bytes], bytes]:
    decode = msgspec.msgpack.Decoder().decode
    encode = msgspec.msgpack.Encoder().encode
    return lambda frame: encode(decode(frame))


def _syncer(path: str) -> Callable[[bytes], bytes]:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for _ in range(_PAGES):
        os.write(file, _PAGE)
    os.fsync(file)
    page = 0

    def sync(frame: bytes) -> bytes:
        nonlocal page
        os.pwrite(file, frame.ljust(len(_PAGE), b"\0"), page * len(_PAGE))
        os.fdatasync(file)
        page = (page + 1) % _PAGES
        return frame

    return sync


if __name__ == "__main__":
    main(*sys.argv[1:])
