"""The `db_processor` stream and its consumer group, in a Redis that may lose any of it.

What Redis knows is in its memory. Now and then it saves all of it; after a restart it knows what
it saved last, or nothing.
"""

import random
from typing import Final, final

_SAVES: Final = 0.2


class AwayError(OSError):
    """The server does not answer."""


@final
class Stream:
    """Entries, and who has had them.

    Attributes:
        is_up: Whether it answers.
    """

    def __init__(self, dice: random.Random) -> None:
        self.is_up = True
        self._dice: Final = dice
        # By the sequence that is their id: the data, and whether somebody has read it.
        self._entries: dict[int, tuple[bytes, bool]] = {}
        self._last_id = 0
        self._has_group = False
        self._saved: tuple[dict[int, tuple[bytes, bool]], int, bool] = ({}, 0, False)

    def last_sequence(self) -> int:
        """Return the last id ever given.

        Raises:
            AwayError: If Redis is away, here and in every method below.
        """
        self._answer()
        return self._last_id

    def add(self, last_sequence: int, data: bytes) -> None:
        """Append an entry; one that is not above the last id is refused, which says the same."""
        self._answer()
        if last_sequence > self._last_id:
            self._entries[last_sequence] = (data, False)
            self._last_id = last_sequence
        self._perhaps_save()

    def open(self) -> None:
        """Make the group where there is none, and take over what is pending."""
        self._answer()
        self._has_group = True
        self._entries = {number: (data, False) for number, (data, _) in self._entries.items()}

    def read(self, count: int) -> list[tuple[int, bytes]]:
        """Return the next entries; they are pending then.

        Raises:
            AwayError: If there is no group either.
        """
        self._answer()
        if not self._has_group:
            raise AwayError("NOGROUP")
        unread = [(n, data) for n, (data, was_read) in self._entries.items() if not was_read]
        for number, data in unread[:count]:
            self._entries[number] = (data, True)
        return unread[:count]

    def acknowledge(self, numbers: list[int]) -> None:
        """Remove entries."""
        self._answer()
        for number in numbers:
            self._entries.pop(number, None)
        self._perhaps_save()

    def wipe(self) -> None:
        """Lose everything, group included."""
        self._entries, self._last_id, self._has_group = {}, 0, False
        self._saved = ({}, 0, False)

    def rewind(self) -> None:
        """Restart from what was saved last."""
        entries, self._last_id, self._has_group = self._saved
        self._entries = dict(entries)

    def _answer(self) -> None:
        if not self.is_up:
            raise AwayError("Redis does not answer")

    def _perhaps_save(self) -> None:
        if self._dice.random() < _SAVES:
            self._saved = (dict(self._entries), self._last_id, self._has_group)
