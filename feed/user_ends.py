"""Asks the matcher how far it is, for the users whose streams are to go on from there.

One question serves all who wait for it, so a restart of the matcher costs one, however many users
are followed. `feed/users.py` says what the answer is for.
"""

import asyncio
import logging
from typing import Final, final

from feed.exchange import Exchange
from feed.users import Users
from proto.backoff import Backoff
from proto.mesh.errors import MeshError
from proto.queries import HistoryEndQuery
from proto.replies import HistoryEndReply

_LOG: Final = logging.getLogger("feed")
# Users told of an answer in one turn: some milliseconds.
_USERS_PER_TURN: Final = 100


@final
class UserEnds:
    """Asks for the last sequence whenever a user needs it."""

    def __init__(
        self, exchange: Exchange, users: Users, asked_for: asyncio.Event, backoff: Backoff
    ) -> None:
        """Ask a matcher.

        Args:
            exchange: The matcher.
            users: Told of its answers.
            asked_for: Set when it is to be asked.
            backoff: Spreads attempts.
        """
        self._exchange: Final = exchange
        self._users: Final = users
        self._asked_for: Final = asked_for
        self._backoff: Final = backoff
        self._complained = False

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._asked_for.wait()
            self._asked_for.clear()
            if not self._users.begin_asking():
                continue
            end = await self._ask()
            if end is None:
                self._users.give_up_asking()
                await asyncio.sleep(self._backoff.next_s())
                continue
            self._backoff.reset()
            self._complained = False
            are_more = True
            while are_more:
                are_more = self._users.load_end(end.last_sequence, _USERS_PER_TURN)
                await asyncio.sleep(0)

    async def _ask(self) -> HistoryEndReply | None:
        query = HistoryEndQuery(self._exchange.next_request_id())
        try:
            reply = await self._exchange.send(query)
        except MeshError as error:
            self._complain(str(error))
            return None
        if not isinstance(reply, HistoryEndReply):
            self._complain("it did not answer with its last sequence")
            return None
        return reply

    def _complain(self, reason: str) -> None:
        if not self._complained:
            self._complained = True
            _LOG.warning("users cannot be followed, trying on: %s", reason)
