"""The client for asyncio.

How it works: requests and streams of latest states, books among them, share one connection, which
nothing ever holds up. Complete streams have another one, which comes about with the first of them:
where the user does not take their events, reading stops, and the answer to an order must not wait
behind that. Everything else is in `link`, and in the sessions that the links drive.
"""

import asyncio
import random
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from types import TracebackType
from typing import Concatenate, Final, Generic, ParamSpec, Self, TypeVar, final

from websockets.exceptions import InvalidURI
from websockets.uri import parse_uri

from gateway.client.book import OrderBook
from gateway.client.calls import Call
from gateway.client.contents import FollowedBook
from gateway.client.errors import ClosedError
from gateway.client.link import Link
from gateway.client.offering import present
from gateway.client.requests import Requests
from gateway.client.session import Session
from gateway.client.streams import StreamPlan, Streams
from gateway.client.subscriptions import Subscription

P = ParamSpec("P")
AnswerT = TypeVar("AnswerT")
Event = TypeVar("Event")

DEFAULT_URL: Final = "ws://127.0.0.1:9001"
TIMEOUT_S: Final = 5.0

_STREAMS: Final = Streams()


@final
class AsyncStream(Generic[Event]):
    """Events of one stream, for `async for`.

    It begins with the loop, and ends with it. Where it is entered with `async with`, it begins
    there: whatever happens from then on is told, and a loop may be left and begun again.
    """

    def __init__(self, link: Link, plan: StreamPlan[Event], timeout_s: float) -> None:
        self._link: Final = link
        self._plan: Final = plan
        self._timeout_s: Final = timeout_s
        self._subscription: Subscription | None = None
        self._has_ended = False

    @property
    def place(self) -> str | None:
        """The place up to which events were taken, to go on after it; None where there is none."""
        return self._plan.events.place

    async def __aenter__(self) -> Self:
        """Begin.

        Raises:
            ClientError: If the stream is refused, or has not begun in time.
            ValueError: If it is being read already.
        """
        if self._subscription is not None:
            raise ValueError(f"{self._plan.name} is being read already")
        plan = self._plan
        self._subscription = await self._link.open(plan.name, plan.events, self._timeout_s)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End; who waits for events is told that there are none."""
        assert self._subscription is not None
        self._has_ended = True
        self._link.close(self._subscription)

    def __aiter__(self) -> AsyncGenerator[Event, None]:
        """Return the events from here on."""
        return self._events() if self._subscription is not None else self._own_events()

    def place_of(self, event: Event) -> str | None:
        """Return the place of an event, or None where it has none."""
        return self._plan.events.place_of(event)

    async def take(self, most: int) -> list[Event]:
        """Wait for events, and take at most so many of those that are there.

        Returns:
            At least one, unless the stream has ended.

        Raises:
            ClientError: If there will be none.
            ValueError: If the stream has not begun, or has ended before.
        """
        if self._subscription is None or self._has_ended:
            raise ValueError(f"{self._plan.name} is read within `with` or one loop; make another")
        return await self._link.next_events(self._subscription, self._plan.events, most)

    async def _own_events(self) -> AsyncGenerator[Event, None]:
        async with self:
            async for event in self._events():
                yield event

    async def _events(self) -> AsyncGenerator[Event, None]:
        # One at a time: what a loop has not come to when it is left stays in the stream.
        while events := await self.take(1):
            yield events[0]


def _asks(
    build: Callable[Concatenate[Requests, P], Call[AnswerT]],
) -> Callable[Concatenate["AsyncClient", P], Awaitable[AnswerT]]:
    """Make a method that asks, from one that makes the request."""

    async def ask(client: "AsyncClient", /, *args: P.args, **kwargs: P.kwargs) -> AnswerT:
        return await client.ask(build(client.requests, *args, **kwargs))

    present(ask, build)
    return ask


def _reads(
    plan: Callable[Concatenate[Streams, P], StreamPlan[Event]],
) -> Callable[Concatenate["AsyncClient", P], AsyncStream[Event]]:
    """Make a method that reads a stream, from one that describes it."""

    def read(client: "AsyncClient", /, *args: P.args, **kwargs: P.kwargs) -> AsyncStream[Event]:
        return client.stream(plan(_STREAMS, *args, **kwargs))

    present(read, plan, AsyncStream)
    return read


@final
class AsyncClient:
    """A connection to the exchange that comes back by itself; use it with `async with`."""

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        user_id: int | str | None = None,
        timeout_s: float = TIMEOUT_S,
        give_up_after_s: float | None = None,
        is_compressed: bool = False,
    ) -> None:
        """Prepare; `async with` connects.

        Args:
            url: Address of the exchange's WebSocket.
            user_id: Who acts; None to read public streams only.
            timeout_s: Seconds that an answer, the beginning of a stream and the first connection
                may take.
            give_up_after_s: Seconds without a connection after which the client fails, and with it
                whatever waits; None for never.
            is_compressed: Whether to ask for compression, for an exchange that is far away.

        Raises:
            ValueError: If the address is none, or a number is not positive.
        """
        try:
            parse_uri(url)
        except InvalidURI as error:
            raise ValueError(str(error)) from None
        if timeout_s <= 0 or (give_up_after_s is not None and give_up_after_s <= 0):
            raise ValueError("timeout_s and give_up_after_s must be above 0")
        self._url: Final = url
        self._user_id: Final = None if user_id is None else str(user_id)
        self._timeout_s: Final = timeout_s
        self._give_up_after_s: Final = give_up_after_s
        self._is_compressed: Final = is_compressed
        self._links: list[Link] = []
        self._runs: list[asyncio.Task[None]] = []
        self._books: Final[dict[str, tuple[OrderBook, Subscription]]] = {}
        self._opening: Final[dict[str, asyncio.Lock]] = {}
        self.requests: Final = Requests(secrets.token_hex(6))

    place_order = _asks(Requests.place_order)
    amend_order = _asks(Requests.amend_order)
    replace_order = _asks(Requests.replace_order)
    cancel_order = _asks(Requests.cancel_order)
    cancel_all = _asks(Requests.cancel_all)
    cancel_all_after = _asks(Requests.cancel_all_after)
    order = _asks(Requests.order)
    open_orders = _asks(Requests.open_orders)
    balances = _asks(Requests.balances)

    trades = _reads(Streams.trades)
    orders = _reads(Streams.orders)
    fills = _reads(Streams.fills)
    balance_changes = _reads(Streams.balance_changes)
    tickers = _reads(Streams.tickers)
    klines = _reads(Streams.klines)
    market_states = _reads(Streams.market_states)
    book_tickers = _reads(Streams.book_tickers)

    @property
    def connected(self) -> bool:
        """Whether the exchange answers requests now."""
        return bool(self._links) and self._links[0].is_ready

    @property
    def reconnects(self) -> int:
        """How often a connection came back after it was lost."""
        return sum(link.reconnects for link in self._links)

    async def __aenter__(self) -> Self:
        """Connect and sign in.

        Raises:
            RefusedError: If the exchange does not know the user.
            ConnectionFailedError: If there is no connection in time.
        """
        if self._links:
            raise ClosedError
        jitter = random.Random()
        for only_for_streams in (False, True):
            link = Link(
                self._url,
                Session(self._user_id, self._timeout_s, jitter),
                self._give_up_after_s,
                jitter,
                only_for_streams=only_for_streams,
                is_compressed=self._is_compressed,
            )
            self._links.append(link)
            self._runs.append(asyncio.create_task(link.run()))
        try:
            await self._links[0].wait_until_ready(self._timeout_s)
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections. Orders stay as they are."""
        await self._stop()

    async def order_book(self, market: str) -> OrderBook:
        """Return the book of a market, which is kept in step from now on; always the same one.

        Raises:
            ClientError: If it is refused, or there is no snapshot in time.
        """
        async with self._opening.setdefault(market, asyncio.Lock()):
            known = self._books.get(market)
            if known is not None and known[1].error is None:
                return known[0]
            content = FollowedBook(market)
            link = self._link(is_for_complete=False)
            subscription = await link.open(f"depth@{market}", content, self._timeout_s)
            self._books[market] = content.book, subscription
            return content.book

    async def changes(self, book: OrderBook) -> AsyncGenerator[OrderBook, None]:
        """Yield a book now, and again whenever what it shows has changed.

        Who is slow sees the last state of several changes. A book that is out of step is a change
        too: it is empty then, and `ready` is False.

        Raises:
            ClientError: If it will not change any more.
        """
        known, subscription = self._books.get(book.market, (None, None))
        if known is not book or subscription is None:
            raise ValueError("the book is none of this client, or was opened anew")
        updates = -1
        while await self._links[0].next_update(subscription, book, updates):
            updates = book.updates
            yield book

    async def ask(self, call: Call[AnswerT]) -> AnswerT:
        """Send a request and wait for its answer.

        Raises:
            ClientError: If there is none.
        """
        return await self._link(is_for_complete=False).ask(call)

    def stream(self, plan: StreamPlan[Event]) -> AsyncStream[Event]:
        """Return a stream, which begins when it is entered or looped over."""
        return AsyncStream(self._link(is_for_complete=plan.is_complete), plan, self._timeout_s)

    def _link(self, *, is_for_complete: bool) -> Link:
        if not self._links:
            raise ClosedError
        return self._links[is_for_complete]

    async def _stop(self) -> None:
        for run in self._runs:
            run.cancel()
        await asyncio.gather(*self._runs, return_exceptions=True)
        for link in self._links:
            link.end(ClosedError())
