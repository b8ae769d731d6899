"""Keeps one connection up, and moves messages between its socket and its session, in asyncio.

How it works: `run` connects, serves the connection until it ends, waits, and connects again; what
was asked for is the session's to remember. While connected, one task reads and one writes. A timer
stands at the session's next deadline, connected or not. After whatever the session was told,
`_flush` wakes those who wait for what came of it.

A session that is full is not read for: the library stops reading the socket then, TCP stops the
exchange, and the exchange waits, as docs/websocket.md says.
"""

import asyncio
import logging
import random
from contextlib import suppress
from typing import Final, TypeVar, final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.frames import CloseCode

from gateway.client.book import OrderBook
from gateway.client.calls import Call
from gateway.client.contents import Content, Events
from gateway.client.errors import ClientError, ConnectionFailedError, UnavailableError
from gateway.client.handshake import passing_failure
from gateway.client.reconnection import Reconnection
from gateway.client.session import Session
from gateway.client.signal import Signal
from gateway.client.subscriptions import Subscription

_log: Final = logging.getLogger("gateway.client")

AnswerT = TypeVar("AnswerT")
Event = TypeVar("Event")

# A snapshot of a book with a million prices fits.
MESSAGE_BYTES_MAX: Final = 64 * 1024 * 1024
OPEN_TIMEOUT_S: Final = 10.0
CLOSE_TIMEOUT_S: Final = 2.0
PING_INTERVAL_S: Final = 10.0
PING_TIMEOUT_S: Final = 10.0
# In this many turns the event loop ends an iterator that nobody has any more.
FINALIZING_TURNS: Final = 3


@final
class Link:
    """One connection to the exchange, and the session that it is for."""

    def __init__(
        self,
        url: str,
        session: Session,
        give_up_after_s: float | None,
        jitter: random.Random,
        *,
        only_for_streams: bool,
        is_compressed: bool,
    ) -> None:
        """Begin without a connection; needs a running event loop.

        Args:
            url: Address of the exchange.
            session: Decides everything.
            give_up_after_s: Seconds without a connection after which to give up; None for never.
            jitter: Spreads attempts to connect.
            only_for_streams: Whether to connect only while the session has streams.
            is_compressed: Whether to ask for compression.
        """
        self._url: Final = url
        self._session: Final = session
        self._loop: Final = asyncio.get_running_loop()
        self._reconnection: Final = Reconnection(give_up_after_s, jitter, self._loop.time())
        self._only_for_streams: Final = only_for_streams
        self._compression: Final = "deflate" if is_compressed else None
        self._last_failure = "none was tried"
        self._is_up = False
        self._connection: ClientConnection | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._to_send: list[bytes] = []
        self._has_to_send: Final = asyncio.Event()
        self._has_room: Final = asyncio.Event()
        self._is_needed: Final = asyncio.Event()
        self._done: Final[dict[Call[object], asyncio.Future[None]]] = {}
        self._news: Final[dict[Subscription, Signal]] = {}
        self._readiness: Final = Signal()
        self._flush()

    @property
    def is_ready(self) -> bool:
        """Whether the exchange answers requests now."""
        return self._session.is_ready

    @property
    def reconnects(self) -> int:
        """How often a connection came about after another one was lost."""
        return self._reconnection.reconnects

    async def run(self) -> None:
        """Keep a connection up until cancelled, or until there will be none any more."""
        try:
            while self._session.error is None:
                await self._wait_until_needed()
                await self._connect_once()
        except ClientError as error:
            self._fail(error)
        except Exception as error:
            # Nobody may wait for what will never come, whatever has happened here.
            _log.exception("the connection has failed")
            self._fail(ConnectionFailedError(f"the client has failed: {error!r}"))

    def end(self, error: ClientError) -> None:
        """Tell everybody that waits that there will be nothing more; `run` is over."""
        self._fail(error)
        if self._timer is not None:
            self._timer.cancel()

    async def wait_until_ready(self, timeout_s: float) -> None:
        """Wait for the first connection.

        Raises:
            ClientError: If there is none in time, or will be none at all.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while not self._session.is_ready:
                    if self._session.error is not None:
                        raise self._session.error
                    await self._readiness.wait()
        except TimeoutError:
            raise self._session.refusal or ConnectionFailedError(
                f"no connection within {timeout_s:g} s; the last attempt: {self._last_failure}"
            ) from None

    async def ask(self, call: Call[AnswerT]) -> AnswerT:
        """Send a request of the user and wait for its answer.

        Raises:
            ClientError: If there is none.
        """
        self._session.submit(call, self._loop.time())
        done = self._done[call] = self._loop.create_future()
        self._flush()
        try:
            await done
        finally:
            del self._done[call]
            call.is_abandoned = True
        return call.outcome()

    async def open(self, name: str, content: Content, timeout_s: float) -> Subscription:
        """Begin to read a stream.

        Raises:
            ClientError: If it is refused, or has not begun in time.
            ValueError: If it is being read already.
        """
        for _ in range(FINALIZING_TURNS):
            # A loop over it may have been left by `break`, which only its iterator's end tells.
            if self._session.is_wanted(name):
                await asyncio.sleep(0)
        subscription = self._session.subscribe(name, content)
        news = self._news[subscription] = Signal()
        self._flush()
        try:
            async with asyncio.timeout(timeout_s):
                while not subscription.is_begun:
                    if subscription.error is not None:
                        raise subscription.error
                    await news.wait()
        except TimeoutError:
            self.close(subscription)
            raise subscription.refusal or UnavailableError(
                f"{name} has not begun within {timeout_s:g} s"
            ) from None
        except BaseException:
            self.close(subscription)
            raise
        return subscription

    def close(self, subscription: Subscription) -> None:
        """Read a stream no more; whoever waits for its events is told that there are none."""
        news = self._news.pop(subscription, None)
        if news is not None:
            self._session.unsubscribe(subscription)
            self._flush()
            news.fire()

    async def next_events(
        self, subscription: Subscription, events: Events[Event], most: int
    ) -> list[Event]:
        """Wait for an event of a stream, and take it and those that have come with it.

        Returns:
            At most so many events; none where the stream was closed.

        Raises:
            ClientError: If there will be none.
        """
        while (event := events.pop()) is None:
            if not await self._wait_for_news(subscription):
                return []
        taken = [event]
        while len(taken) < most and (event := events.pop()) is not None:
            taken.append(event)
        if self._session.took(subscription):
            self._flush()
        return taken

    async def next_update(self, subscription: Subscription, book: OrderBook, updates: int) -> bool:
        """Wait until a book was changed more often than so many times.

        Returns:
            False where it is not followed any more.

        Raises:
            ClientError: If it will not be.
        """
        while book.updates <= updates:
            if not await self._wait_for_news(subscription):
                return False
        return True

    async def _wait_for_news(self, subscription: Subscription) -> bool:
        if subscription.error is not None:
            raise subscription.error
        news = self._news.get(subscription)
        if news is None:
            return False
        await news.wait()
        return True

    async def _wait_until_needed(self) -> None:
        if not self._is_needed.is_set():
            await self._is_needed.wait()
            self._reconnection.begin(self._loop.time())

    async def _connect_once(self) -> None:
        """Connect, serve the connection, and wait until it is time for the next one."""
        retry_after_s = None
        try:
            connection = await self._connect()
        except (OSError, InvalidHandshake) as error:
            why, retry_after_s = passing_failure(error)
        else:
            why = await self._serve(connection)
        if self._session.error is not None:
            return
        self._last_failure = why
        delay_s = self._reconnection.lost(why, self._loop.time(), retry_after_s)
        _log.warning("%s: %s; connecting again in %.2f s", self._url, why, delay_s)
        await asyncio.sleep(delay_s)

    async def _connect(self) -> ClientConnection:
        # The exchange is one's own, and most often on the same machine: no proxy is in the way.
        return await connect(
            self._url,
            proxy=None,
            compression=self._compression,
            max_size=MESSAGE_BYTES_MAX,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            ping_interval=PING_INTERVAL_S,
            ping_timeout=PING_TIMEOUT_S,
        )

    async def _serve(self, connection: ClientConnection) -> str:
        """Serve a connection until it ends; return why it has."""
        self._connection = connection
        self._session.opened(self._loop.time())
        self._flush()
        writer = asyncio.create_task(self._write(connection))
        closed = None
        try:
            await self._read(connection)
        except ConnectionClosed as error:
            closed = error
        finally:
            writer.cancel()
            self._to_send.clear()
            try:
                await self._hang_up(connection)
            finally:
                # The exchange closes with 1009 what sends a message that is too long for it: the
                # same message would only end the next connection.
                may_repeat = closed is None or _code(closed) != CloseCode.MESSAGE_TOO_BIG
                self._session.lost(self._loop.time(), may_repeat=may_repeat)
                self._flush()
        if closed is not None:
            return f"the connection was lost: {closed}"
        refusal = self._session.refusal
        return "the exchange did not answer" if refusal is None else f"no sign-in: {refusal}"

    async def _read(self, connection: ClientConnection) -> None:
        while not self._session.must_close:
            await self._has_room.wait()
            text = await connection.recv(decode=False)
            self._session.receive(text, self._loop.time())
            self._flush()

    async def _write(self, connection: ClientConnection) -> None:
        # When the connection ends, the reader sees it too, and deals with it.
        with suppress(ConnectionClosed):
            while True:
                await self._has_to_send.wait()
                self._has_to_send.clear()
                messages, self._to_send = self._to_send, []
                for message in messages:
                    await connection.send(message, text=True)

    async def _hang_up(self, connection: ClientConnection) -> None:
        self._connection = None
        if self._session.is_full:
            # Nothing is read any more, so the exchange's own goodbye would not be seen either.
            connection.transport.abort()
        try:
            await connection.close()
        finally:
            # Nothing is left open where the client is closed in the middle of a goodbye.
            connection.transport.abort()

    def _fail(self, error: ClientError) -> None:
        self._session.fail(error)
        self._flush()

    def _flush(self) -> None:
        """Pass on whatever has come of what the session was told."""
        session = self._session
        for call in session.take_finished():
            done = self._done.get(call)
            if done is not None and not done.done():
                done.set_result(None)
        for subscription in session.take_changed():
            if subscription in self._news:
                self._news[subscription].fire()
        if messages := session.take_outgoing(self._loop.time()):
            self._to_send.extend(messages)
            self._has_to_send.set()
        _set(self._has_room, to=not session.is_full)
        _set(self._is_needed, to=session.has_streams or not self._only_for_streams)
        self._note_readiness()
        self._arm()

    def _note_readiness(self) -> None:
        session = self._session
        if session.is_ready != self._is_up:
            self._is_up = session.is_ready
            if self._is_up:
                self._reconnection.opened(self._loop.time())
        if session.is_ready or session.error is not None:
            self._readiness.fire()

    def _arm(self) -> None:
        due_s = self._session.due_s()
        if due_s is None:
            return
        if self._timer is not None:
            # A timer that is too early finds nothing to do, and is set anew.
            if self._timer.when() <= due_s:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(due_s, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        self._session.advance(self._loop.time())
        if self._session.must_close and self._connection is not None:
            # It does not answer, so it would not answer a goodbye.
            self._connection.transport.abort()
        self._flush()


def _set(event: asyncio.Event, *, to: bool) -> None:
    if to:
        event.set()
    else:
        event.clear()


def _code(closed: ConnectionClosed) -> int | None:
    return None if closed.rcvd is None else closed.rcvd.code
