"""One connection's requests, and their answers.

Requests about orders go to the desk, which answers each when it can. Those about streams are done
one after the other, in a task that is there while there are any: one that has to wait for Redis or
the database must not hold back the orders behind it. Signing in waits for nothing, and holds for
whatever is sent after it.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, final

from feed.connection import FeedConnection
from feed.desk.desk import Desk
from feed.message import Message
from feed.protocol import parse_request
from feed.requests import (
    LIST_SUBSCRIPTIONS,
    SUBSCRIBE,
    OrderRequest,
    Request,
    RequestError,
    SignInRequest,
    StreamRequest,
    encode_error,
    encode_result,
)
from feed.session import REFUSALS_MAX, Session
from feed.subscriber import Subscriber
from proto.api.streams.envelopes import SignedIn
from proto.api.streams.failures import RATE_LIMITED

# Requests that wait to be done; the rate lets hardly more come.
PENDING_MAX: Final = 40


@final
class Conversation:
    """What goes to and fro on one connection, streams apart."""

    def __init__(
        self,
        connection: FeedConnection,
        subscriber: Subscriber,
        desk: Desk,
        monotonic_ns: Callable[[], int],
    ) -> None:
        self._connection: Final = connection
        self._subscriber: Final = subscriber
        self._monotonic_ns: Final = monotonic_ns
        self._session: Final = Session()
        self._desk: Final = desk.open(self._write)
        self._pending: Final[deque[StreamRequest]] = deque()
        self._worker: asyncio.Task[None] | None = None

    @property
    def is_spent(self) -> bool:
        """Whether it has been refused for its rate so often that it should go."""
        return max(self._session.refusals, self._desk.refusals) >= REFUSALS_MAX

    async def take(self, message: str | bytes) -> None:
        """Take one message of the client; waits only where it is answered at once."""
        try:
            request = self._read(message)
            if isinstance(request, SignInRequest):
                self._session.sign_in(request)
                signed_in = SignedIn(str(request.user_id))
                await self._write(encode_result(request.message_id, signed_in))
                return
        except RequestError as error:
            await self._write(encode_error(error))
            return
        if isinstance(request, OrderRequest):
            await self._desk.take(
                request.message_id, request.method, request.params, self._session.user_id
            )
            return
        self._pending.append(request)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name="requests of a connection")

    def close(self) -> None:
        """Do no more, since the connection has gone."""
        self._desk.close()
        if self._worker is not None:
            self._worker.cancel()

    def _read(self, message: str | bytes) -> Request:
        now_ns = self._monotonic_ns()
        try:
            request = parse_request(message)
        except RequestError as error:
            self._session.let_in(error.message_id, now_ns)
            raise
        if isinstance(request, OrderRequest):
            # The desk has its own rate.
            return request
        self._session.let_in(request.message_id, now_ns)
        if len(self._pending) >= PENDING_MAX:
            raise RequestError(
                RATE_LIMITED,
                f"{PENDING_MAX} requests of this connection wait to be done",
                request.message_id,
            )
        return request

    async def _work(self) -> None:
        """Do what is pending."""
        try:
            while self._pending:
                await self._answer(self._pending.popleft())
        finally:
            self._worker = None

    async def _answer(self, request: StreamRequest) -> None:
        session, message_id = self._session, request.message_id
        done = encode_result(message_id, None)
        try:
            if request.method == LIST_SUBSCRIPTIONS:
                done = encode_result(message_id, session.names())
            elif request.method == SUBSCRIBE:
                await self._subscriber.subscribe(
                    self._connection, session, request, lambda: self._write(done)
                )
                return
            else:
                self._subscriber.unsubscribe(self._connection, session, request)
        except RequestError as error:
            done = encode_error(error)
        await self._write(done)

    async def _write(self, answer: bytes) -> None:
        """Write an answer, and wait while the client takes nothing."""
        self._connection.write(Message(answer))
        try:
            await self._connection.drain()
        except OSError:
            # It broke while it was waited for. Whoever reads the connection finds out too.
            return
