"""Writes what waits for the readers of users, in portions, with a turn of the loop between them.

`feed/users.py` says what a portion is and when it may be written; here is only the time between.
While all who are read have to be waited for, they are looked at again every LOOK_S.
"""

import asyncio
from collections.abc import Callable
from typing import Final, final

from feed.users import Users

LOOK_S: Final = 0.005


@final
class Pacer:
    """Takes users in turn, a portion each."""

    def __init__(self, users: Users, monotonic_ns: Callable[[], int], late: asyncio.Event) -> None:
        """Write for users.

        Args:
            users: Have what waits.
            monotonic_ns: Monotonic clock.
            late: Set when something begins to wait.
        """
        self._users: Final = users
        self._monotonic_ns: Final = monotonic_ns
        self._late: Final = late

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._late.wait()
            self._late.clear()
            while late := self._users.late():
                if not await self._write_round(late):
                    await asyncio.sleep(LOOK_S)

    async def _write_round(self, user_ids: list[int]) -> bool:
        """Write a portion for each; return whether any could be written."""
        written = False
        for user_id in user_ids:
            if self._users.write_portion(user_id, self._monotonic_ns()):
                written = True
                # What else there is to do, the sockets among it, comes between.
                await asyncio.sleep(0)
        return written
