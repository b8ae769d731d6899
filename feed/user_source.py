"""One private stream of one user, as its source. Pure.

`orders` and `fills` are made from the same timeline, which has all reports: the second leaves out
those that tell of no fill. Marks are positions (`feed/position.py`).
"""

from collections.abc import Callable
from typing import Final, Generic, final

from msgspec import Struct

from feed.ahead import Ahead
from feed.messages import encode_stream_message
from feed.page import Page, Pages, Question
from feed.source import NOTHING, PORTION_MESSAGES_MAX, Portion
from feed.streams import Stream, channel_key
from feed.timeline import EventT, Timeline
from feed.user_messages import start_data

# What is lost is known by the next clock message.
_AHEAD_CLOCKS: Final = 2


@final
class UserSource(Generic[EventT]):
    """A private stream of a user.

    Attributes:
        key: Names its channel.
    """

    # A newcomer is told a position, from which on it is told everything: however late that is.
    begins_now = False

    def __init__(
        self,
        user_id: int,
        kind: str,
        timeline: Timeline[EventT],
        write: Callable[[int, EventT], Struct | None],
        pages: Pages,
    ) -> None:
        """Make the source of a stream.

        Args:
            user_id: The user.
            kind: ORDERS, FILLS or BALANCES.
            timeline: What it is made from.
            write: Writes an event with its mark; None where the stream does not tell of it.
            pages: Asked for events that are not remembered.
        """
        self.key: Final = channel_key(Stream(kind, kind), user_id)
        self._user_id: Final = user_id
        self._kind: Final = kind
        self._timeline: Final = timeline
        self._write: Final = write
        self._pages: Final = pages
        self._ahead: Final = Ahead(_AHEAD_CLOCKS)

    def on_clock(self) -> bool:
        """Take a clock message; return whether the channel is to be advanced."""
        if self._timeline.floor is None:
            self._ahead.forget()
            return False
        return self._ahead.on_clock(self._timeline.end)

    def mark(self) -> int:
        """Return the position up to which everything is told."""
        return self._timeline.end

    def since(self, mark: int) -> Portion | None:
        """Return what happened after a position; for a newcomer, from where on it is told."""
        timeline = self._timeline
        if mark == NOTHING:
            if timeline.floor is None:
                return Portion([], NOTHING)
            start = encode_stream_message(self._kind, start_data(timeline.end, self._user_id))
            return Portion([start], timeline.end)
        if mark > timeline.end:
            start_mark = self._ahead.start_of(mark, timeline.end)
            if start_mark is None:
                return Portion([], mark)
            return self._told(start_mark) or Portion([], timeline.end)
        return self._told(mark)

    def fetch(self, mark: int, then: Callable[[Portion], None], wanted: Callable[[], bool]) -> None:
        """Get what happened after a position from the database."""
        timeline = self._timeline

        def is_enough(page: Page) -> bool:
            if page.marks or page.is_full:
                return True
            return page.mark >= (timeline.end if timeline.floor is None else timeline.floor)

        question = Question(self._kind, self._user_id, mark)
        self._pages.ask(
            question, is_enough, lambda page: then(page.up_to(timeline.end, page.mark)), wanted
        )

    def _told(self, mark: int) -> Portion | None:
        """Return what is remembered from a position on; None where that is not all."""
        events = self._timeline.since(mark)
        if events is None:
            return None
        messages: list[bytes] = []
        for event_mark, event in events:
            if len(messages) == PORTION_MESSAGES_MAX:
                return Portion(messages, mark)
            mark = event_mark
            data = self._write(mark, event)
            if data is not None:
                messages.append(encode_stream_message(self._kind, data))
        return Portion(messages, self._timeline.end)
