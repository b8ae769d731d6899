"""The orders of one connection: a task for each request, and one order among them.

Theory of operation
-------------------
The connection's reader hands over each request (`take`) and goes on reading; the answer is written
when it is there, so requests do not wait for each other's answers. Tasks begin in the order in
which they were made. Each takes its turn (a lock that is first come, first served), and in its turn
waits for the market if that is not known yet, which holds back those behind; from there to the mesh
nothing is waited for. So commands reach the mesh in the order of the requests, and those of one
turn of the event loop travel in one frame.

A request is in flight until its answer has been written, and writing waits while the client takes
nothing. So the answers of a client that does not read are bounded by what may be in flight; when
that is full, the reader itself waits to write the refusals. A list of open orders can be long:
of these a connection has one at a time, and a feed few.

A connection that has gone takes nothing back: what it has asked for is sent all the same, and only
the answers are dropped. That is over when the mesh gives up waiting, at the latest.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, final

from msgspec import Struct
from websockets.exceptions import ConnectionClosed

from feed.desk.allowance import Allowance
from feed.desk.answers import Refusal, encode_failure, encode_result
from feed.desk.listings import Listings
from feed.desk.requests import GET_OPEN_ORDERS, read_request
from proto.api.exchange import Exchange
from proto.api.markets import MarketCatalog
from proto.api.problems import Problem, not_taken, request_id_text
from proto.api.streams.envelopes import MessageId
from proto.api.trading import Trading
from proto.ids import RequestId, UserId
from proto.mesh.errors import NotTakenError

# Writes one text message; waits while the client takes nothing.
Write = Callable[[bytes], Awaitable[None]]

_LOG: Final = logging.getLogger("feed.desk")


class _Taken(Struct, frozen=True, gc=False):
    """A request that was let in; `request_id` is what the exchange and the log know it by."""

    message_id: MessageId
    method: str
    params: bytes
    user_id: UserId | None
    request_id: RequestId


@final
class DeskSession:
    """Takes the requests about orders of one connection, and answers them."""

    def __init__(
        self,
        exchange: Exchange,
        markets: MarketCatalog,
        trading: Trading,
        listings: Listings,
        monotonic_ns: Callable[[], int],
        write: Write,
    ) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets
        self._trading: Final = trading
        self._listings: Final = listings
        self._monotonic_ns: Final = monotonic_ns
        self._write: Final = write
        self._allowance: Final = Allowance()
        self._turn: Final = asyncio.Lock()
        self._listing: Final = asyncio.Lock()
        # Kept, since the event loop alone does not keep a task.
        self._tasks: Final[set[asyncio.Task[None]]] = set()
        self._has_gone = False

    @property
    def in_flight(self) -> int:
        """Requests that were taken and are not answered yet."""
        return self._allowance.in_flight

    @property
    def refusals(self) -> int:
        """Requests refused for their rate since the last one that was not."""
        return self._allowance.refusals

    async def take(
        self, message_id: MessageId, method: str, params: bytes, user_id: UserId | None
    ) -> None:
        """Take a request; its answer is written when it is there.

        Waits only where it is refused at once, for the rate or because too many are in flight, and
        the client does not take this answer.

        Args:
            message_id: Comes back with the answer.
            method: One of `feed.desk.requests.METHODS`.
            params: Its params as JSON text, without space around it; b"" where there are none.
            user_id: Who has signed in, or None.

        Raises:
            ConnectionClosed, OSError: What writing such a refusal raises where the connection has
                gone.
        """
        request_id = self._exchange.next_request_id()
        try:
            self._allowance.let_in(self._monotonic_ns())
        except (Problem, Refusal) as failure:
            await self._write(encode_failure(message_id, failure, request_id))
            return
        taken = _Taken(message_id, method, params, user_id, request_id)
        task = asyncio.create_task(self._serve(taken))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Drop all answers from now on, since the connection has gone."""
        self._has_gone = True

    async def _serve(self, taken: _Taken) -> None:
        """Answer a request, and count it out."""
        try:
            if taken.method == GET_OPEN_ORDERS:
                async with self._listing:
                    if not self._has_gone:
                        await self._list(taken)
            else:
                await self._answer(taken)
        finally:
            self._allowance.let_out()

    async def _list(self, taken: _Taken) -> None:
        """Answer a request for a list, if there are not too many of them in this feed."""
        try:
            self._listings.begin()
        except Problem as problem:
            await self._send(encode_failure(taken.message_id, problem, taken.request_id))
            return
        try:
            await self._answer(taken)
        finally:
            self._listings.end()

    async def _answer(self, taken: _Taken) -> None:
        await self._send(await self._answer_to(taken))

    async def _send(self, answer: bytes) -> None:
        if self._has_gone:
            return
        try:
            await self._write(answer)
        except (ConnectionClosed, OSError):
            # Whoever reads the connection finds out too, and nobody waits for the answer.
            self._has_gone = True

    async def _answer_to(self, taken: _Taken) -> bytes:
        """Do what is asked for, and tell what became of it."""
        failure: Problem | Refusal
        try:
            request = read_request(taken.method, taken.params, taken.user_id)
            async with self._turn:
                if request.market is not None and self._markets.get(request.market) is None:
                    await self._markets.find(request.market)
            # What is awaited from here leaves for the mesh before it waits.
            answer = await request.call(self._trading, taken.request_id)
            return encode_result(taken.message_id, answer)
        except (Problem, Refusal) as known:
            failure = known
        except NotTakenError as error:
            failure = not_taken(error)
        except Exception:
            _LOG.exception("request %s failed", request_id_text(taken.request_id))
            failure = Problem(
                "INTERNAL_ERROR",
                "the request may or may not have been applied; the log has more under its "
                "request_id",
            )
        return encode_failure(taken.message_id, failure, taken.request_id)
