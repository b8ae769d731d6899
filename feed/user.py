"""One user that is followed: how far what arrives can be relied on.

Theory of operation
-------------------
    UNCONFIRMED --Redis confirms the channel--> UNASKED --the matcher is asked--> ASKED
         ^                                        ^  ^                             |
         |                                        |  +--something may be lost------+
         +--Redis is away--- (from any) ----------+--something may be lost--- FOLLOWED <--answer--+

What arrives before the matcher is asked for its last sequence is not above the answer, and is left:
the database has it. What arrives after the question is kept, and joined to the answer. From then on
the timelines are known, and everything that happens to the user is appended to them.

What is about an asset or a market that the feed does not know yet is kept, and all behind it, until
the matcher has said what it is.
"""

from collections.abc import Callable
from enum import Enum
from typing import Final, final

from feed.user_streams import UserStreams
from proto.market_data import UserMessage


class UserState(Enum):
    """How far a user is followed."""

    UNCONFIRMED = 1
    UNASKED = 2
    ASKED = 3
    FOLLOWED = 4


@final
class User:
    """A user that is followed.

    Attributes:
        user_id: The user.
        streams: Their streams.
        state: How far.
        holders: Requests that are about to read a stream of theirs.
        unread_since_ns: Since when nobody reads or holds them; None where somebody does.
        kept: What waits for an answer of the matcher.
        waiting: Told when the user is followed.
    """

    __slots__ = (
        "holders", "kept", "state", "streams", "unread_since_ns", "user_id", "waiting",
    )  # fmt: skip

    def __init__(self, user_id: int, streams: UserStreams) -> None:
        self.user_id: Final = user_id
        self.streams: Final = streams
        self.state = UserState.UNCONFIRMED
        self.holders = 0
        self.unread_since_ns: int | None = None
        self.kept: Final[list[UserMessage]] = []
        self.waiting: set[Callable[[], None]] = set()


def count(message: UserMessage) -> int:
    """Count the events of a message."""
    return len(message.reports) + len(message.balance_changes)
