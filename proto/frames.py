"""Frames: what travels over the mesh in one ZeroMQ message.

A DEALER sends command frames, query frames and pings; a ROUTER answers with reply frames and
pongs. One frame carries everything that was said in one turn of the sender's event loop, so the
price of a system call is shared. Commands and queries never share a frame, because the journal
keeps command frames as they arrived, byte for byte.
"""

from typing import Annotated, Final

from msgspec import Meta, Struct

from proto.commands import Command
from proto.fields import Integer
from proto.limits import FRAME_MESSAGES_MAX
from proto.queries import Query
from proto.replies import Reply

# Raised when a message changes its meaning; the two ends compare it in ping and pong.
PROTOCOL_VERSION: Final = 2


class CommandFrame(Struct, array_like=True, frozen=True, tag=1):
    """Commands, applied in this order."""

    commands: Annotated[list[Command], Meta(min_length=1, max_length=FRAME_MESSAGES_MAX)]


class QueryFrame(Struct, array_like=True, frozen=True, tag=2):
    """Queries, answered in this order."""

    queries: Annotated[list[Query], Meta(min_length=1, max_length=FRAME_MESSAGES_MAX)]


class Ping(Struct, array_like=True, frozen=True, gc=False, tag=3):
    """Is anybody there? Sent by a DEALER every heartbeat; `nonce` comes back in the pong."""

    protocol_version: Integer
    nonce: Integer


class ReplyFrame(Struct, array_like=True, frozen=True, tag=4):
    """Replies, for requests of any earlier frames of the receiver."""

    replies: list[Reply]


class Pong(Struct, array_like=True, frozen=True, gc=False, tag=5):
    """Answer to a ping.

    Attributes:
        protocol_version: The answering side's; a different one ends the connection.
        nonce: The ping's.
        shard: Shard of the matcher.
        epoch: Epoch of the matcher: one higher after each start, so a restart shows.
        timestamp_ns: Engine time: what deadlines are held against.
    """

    protocol_version: Integer
    nonce: Integer
    shard: Integer
    epoch: Integer
    timestamp_ns: Integer


Request = CommandFrame | QueryFrame | Ping
Answer = ReplyFrame | Pong
