"""Clients that were opened together, and what has become of them."""

import socket
from array import array
from collections import Counter
from typing import Final, final

from scripts.benches.feed.frames import FrameReader
from scripts.benches.feed.requests import Open


@final
class Group:
    """Connections that were opened together.

    Attributes:
        asked: How they were to be opened.
        members: All, those that have ended too.
        left: How many are to be opened yet.
        opened: Those that have had their answers.
        closed: Those that have ended, by code.
        messages: Messages of all.
        length_bytes: What was read.
        latencies_us: Of the sampled readers.
        failure: Why one could not be opened; "" if none failed.
    """

    def __init__(self, asked: Open) -> None:
        self.asked: Final = asked
        self.members: Final[list[Member]] = []
        self.left = asked.count
        self.opened = 0
        self.closed: Final[Counter[int]] = Counter()
        self.messages = 0
        self.length_bytes = 0
        self.latencies_us = array("q")
        self.failure = ""


@final
class Member:
    """One client.

    Attributes:
        group: Whose it is.
        socket: Its socket.
        samples: Whether it looks at timestamps.
        is_upgraded: Whether the handshake is done.
        answers: How many it waits for.
        begun: What has come of the answer to its handshake.
        frames: What has come after it.
    """

    __slots__ = ("answers", "begun", "frames", "group", "is_upgraded", "samples", "socket")

    def __init__(self, group: Group, samples: bool) -> None:
        self.group: Final = group
        self.samples: Final = samples
        self.is_upgraded = False
        self.answers = len(group.asked.requests)
        self.begun = b""
        self.frames: Final = FrameReader()
        self.socket: Final = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
