"""Subscribes a connection to streams: finds what they are made of, and from where on it gets them.

A subscription is done whole or not at all: whatever may fail (an unknown market, a user that
cannot be followed) comes before anything is changed. A request is answered before anything that it
causes, so the answer is written between the two.

A private stream is told from a position on, so it begins when everything about the user arrives:
that is when Redis has confirmed the user's channel and the matcher has said how far it was.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, final

from feed.board import Board
from feed.connection import FeedConnection
from feed.exchange import Directory, NotReadyError
from feed.hub import Hub
from feed.requests import RequestError, StreamRequest, Subscription
from feed.session import Session
from feed.source import Source
from feed.streams import PRIVATE_KINDS, Stream, channel_key
from feed.users import USERS_MAX
from proto.api.streams.envelopes import MessageId
from proto.api.streams.failures import NOT_READY, TOO_MANY_USERS, UNKNOWN_MARKET
from proto.ids import UserId

# Redis confirms the channel of a user at once, and the matcher answers, or one of them is away.
_FOLLOW_TIMEOUT_S: Final = 2.0


@final
class Subscriber:
    """Subscribes the connections of one feed."""

    def __init__(self, hub: Hub[FeedConnection], board: Board, directory: Directory) -> None:
        """Wire it.

        Args:
            hub: Takes the readers.
            board: Has the markets and users.
            directory: Asked for markets that are not known.
        """
        self._hub: Final = hub
        self._board: Final = board
        self._directory: Final = directory

    async def subscribe(
        self,
        connection: FeedConnection,
        session: Session,
        request: StreamRequest,
        answer: Callable[[], Awaitable[None]],
    ) -> None:
        """Subscribe, and answer when that is certain.

        Raises:
            RequestError: If it cannot be done; then nothing has changed.
        """
        session.check(request)
        await self._find_markets(request)
        new = session.new(request.subscriptions)
        user_id = session.user_id
        async with self._followed(user_id, new, request.message_id):
            session.add(item.stream for item in new)
            await answer()
            for item in new:
                stream = item.stream
                key = channel_key(stream, user_id or 0)
                self._hub.join(connection, key, self._source(stream, user_id), item.after)

    def unsubscribe(
        self, connection: FeedConnection, session: Session, request: StreamRequest
    ) -> None:
        """Unsubscribe from those of the streams that the connection has."""
        for stream in session.remove(item.stream for item in request.subscriptions):
            self._hub.part(connection, channel_key(stream, session.user_id or 0))

    async def _find_markets(self, request: StreamRequest) -> None:
        names = [item.stream.market for item in request.subscriptions if item.stream.market]
        try:
            unknown = await self._directory.find(names)
        except NotReadyError as error:
            message = f"the markets are not known at the moment, try again: {error}"
            raise RequestError(NOT_READY, message, request.message_id) from None
        if unknown is not None:
            message = f'params: "{unknown}": there is no such market'
            raise RequestError(UNKNOWN_MARKET, message, request.message_id)

    @asynccontextmanager
    async def _followed(
        self, user_id: UserId | None, new: list[Subscription], message_id: MessageId
    ) -> AsyncIterator[None]:
        """Hold a user, if a stream is about one, so that everything about them arrives."""
        if user_id is None or not any(item.stream.kind in PRIVATE_KINDS for item in new):
            yield
            return
        if not self._board.follow(user_id):
            message = f"this feed follows {USERS_MAX} users already; connect again, to another"
            raise RequestError(TOO_MANY_USERS, message, message_id)
        try:
            await self._wait_until_followed(user_id, message_id)
            yield
        finally:
            self._board.users.release(user_id)

    async def _wait_until_followed(self, user_id: UserId, message_id: MessageId) -> None:
        users = self._board.users
        if users.is_followed(user_id):
            return
        followed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        tell = partial(_tell, followed)
        users.when_followed(user_id, tell)
        try:
            async with asyncio.timeout(_FOLLOW_TIMEOUT_S):
                await followed
        except TimeoutError:
            message = (
                "the user cannot be followed at the moment, try again: Redis or the matcher does "
                "not answer"
            )
            raise RequestError(NOT_READY, message, message_id) from None
        finally:
            users.stop_waiting(user_id, tell)

    def _source(self, stream: Stream, user_id: UserId | None) -> Source:
        if stream.kind in PRIVATE_KINDS:
            assert user_id is not None
            return self._board.users.source(user_id, stream.kind)
        return self._board.source(stream)


def _tell(followed: "asyncio.Future[None]") -> None:
    if not followed.done():
        followed.set_result(None)
