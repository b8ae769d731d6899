"""Counters of one end of the mesh. They only grow; a reader takes differences."""

from typing import final


@final
class MeshCounters:
    """What one client or server has counted since it started.

    Attributes:
        frames_sent: Frames handed to ZeroMQ.
        frames_received: Frames that came.
        messages_sent: Commands and queries (client) or replies (server) in the frames sent.
        messages_received: Replies (client) or commands and queries (server) in those received.
        messages_resent: Requests sent again after the matcher restarted.
        bad_frames: Frames that did not decode.
        undeliverable: Frames that ZeroMQ refused: queue full, or peer gone.
        refused_away: Requests refused because the matcher was away.
        refused_full: Requests refused because too many were in flight.
        timed_out: Requests whose reply did not come in time.
        unexpected: Replies that nobody waited for any more.
    """

    __slots__ = (
        "bad_frames",
        "frames_received",
        "frames_sent",
        "messages_received",
        "messages_resent",
        "messages_sent",
        "refused_away",
        "refused_full",
        "timed_out",
        "undeliverable",
        "unexpected",
    )

    def __init__(self) -> None:
        self.frames_sent = 0
        self.frames_received = 0
        self.messages_sent = 0
        self.messages_received = 0
        self.messages_resent = 0
        self.bad_frames = 0
        self.undeliverable = 0
        self.refused_away = 0
        self.refused_full = 0
        self.timed_out = 0
        self.unexpected = 0

    def as_dict(self) -> dict[str, int]:
        """Return the counters by name."""
        return {name: getattr(self, name) for name in self.__slots__}
