"""The client for a thread: the one for asyncio, in a thread of its own.

Why so: whatever the user's thread is busy with, the other one reads, answers pings, keeps books in
step and connects again, and there is one client to get right. A request costs two changes of thread
more; events come in batches.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import CancelledError
from types import TracebackType
from typing import Concatenate, Final, Generic, ParamSpec, Self, TypeVar, final

from gateway.client.asynchronous import DEFAULT_URL, TIMEOUT_S, AsyncClient, AsyncStream
from gateway.client.book import OrderBook
from gateway.client.calls import Call
from gateway.client.errors import ClosedError
from gateway.client.offering import present
from gateway.client.requests import Requests
from gateway.client.streams import StreamPlan, Streams

P = ParamSpec("P")
AnswerT = TypeVar("AnswerT")
Event = TypeVar("Event")
Result = TypeVar("Result")

# Events that change threads together.
BATCH_MAX: Final = 100
END_TIMEOUT_S: Final = 1.0

_STREAMS: Final = Streams()


@final
class Stream(Generic[Event]):
    """Events of one stream, for `for`.

    It begins with the loop, and ends with it. Where it is entered with `with`, it begins there:
    whatever happens from then on is told, and a loop may be left and begun again.
    """

    def __init__(self, client: "Client", stream: AsyncStream[Event]) -> None:
        self._client: Final = client
        self._stream: Final = stream
        self._taken: Final[deque[Event]] = deque()
        self._place: str | None = None
        self._is_entered = False

    @property
    def place(self) -> str | None:
        """The place up to which events were taken, to go on after it; None where there is none."""
        return self._place

    def __enter__(self) -> Self:
        """Begin.

        Raises:
            ClientError: If the stream is refused, or has not begun in time.
            ValueError: If it is being read already.
        """
        self._client.run(self._stream.__aenter__())
        self._place = self._stream.place
        self._is_entered = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End."""
        self._taken.clear()
        if self._client.is_open:
            self._client.run(self._stream.__aexit__(kind, error, traceback))

    def __iter__(self) -> Iterator[Event]:
        """Return the events from here on."""
        return self._events() if self._is_entered else self._own_events()

    def _own_events(self) -> Iterator[Event]:
        with self:
            yield from self._events()

    def _events(self) -> Iterator[Event]:
        while True:
            while self._taken:
                event = self._taken.popleft()
                self._place = self._stream.place_of(event)
                yield event
            self._taken.extend(self._client.run(self._stream.take(BATCH_MAX)))
            if not self._taken:
                return


def _asks(
    build: Callable[Concatenate[Requests, P], Call[AnswerT]],
) -> Callable[Concatenate["Client", P], AnswerT]:
    """Make a method that asks, from one that makes the request."""

    def ask(client: "Client", /, *args: P.args, **kwargs: P.kwargs) -> AnswerT:
        return client.ask(build(client.requests, *args, **kwargs))

    present(ask, build)
    return ask


def _reads(
    plan: Callable[Concatenate[Streams, P], StreamPlan[Event]],
) -> Callable[Concatenate["Client", P], Stream[Event]]:
    """Make a method that reads a stream, from one that describes it."""

    def read(client: "Client", /, *args: P.args, **kwargs: P.kwargs) -> Stream[Event]:
        return client.stream(plan(_STREAMS, *args, **kwargs))

    present(read, plan, Stream)
    return read


@final
class Client:
    """A connection to the exchange that comes back by itself; use it with `with`.

    Any thread may use it, and read its books; a stream belongs to one.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        user_id: int | str | None = None,
        timeout_s: float = TIMEOUT_S,
        give_up_after_s: float | None = None,
        is_compressed: bool = False,
    ) -> None:
        """Prepare; `with` connects. The arguments are those of `AsyncClient`.

        Raises:
            ValueError: If the address is none, or a number is not positive.
        """
        self._client: Final = AsyncClient(
            url,
            user_id=user_id,
            timeout_s=timeout_s,
            give_up_after_s=give_up_after_s,
            is_compressed=is_compressed,
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self.requests: Final = self._client.requests

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
        return self._client.connected

    @property
    def reconnects(self) -> int:
        """How often a connection came back after it was lost."""
        return self._client.reconnects

    @property
    def is_open(self) -> bool:
        """Whether the client has been entered, and not left."""
        return self._loop is not None

    def __enter__(self) -> Self:
        """Connect and sign in.

        Raises:
            RefusedError: If the exchange does not know the user.
            ConnectionFailedError: If there is no connection in time.
        """
        if self._thread is not None:
            raise ClosedError
        loop = self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=loop.run_forever, name="tickmesh-client", daemon=True
        )
        self._thread.start()
        try:
            self.run(self._client.__aenter__())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections. Orders stay as they are."""
        try:
            self.run(self._client.__aexit__(kind, error, traceback))
        finally:
            self._stop()

    def order_book(self, market: str) -> OrderBook:
        """Return the book of a market, which is kept in step from now on; always the same one.

        Raises:
            ClientError: If it is refused, or there is no snapshot in time.
        """
        return self.run(self._client.order_book(market))

    def changes(self, book: OrderBook) -> Iterator[OrderBook]:
        """Yield a book now, and again whenever what it shows has changed.

        Who is slow sees the last state of several changes. A book that is out of step is a change
        too: it is empty then, and `ready` is False.

        Raises:
            ClientError: If it will not change any more.
        """
        changes = self._client.changes(book)

        async def next_change() -> OrderBook | None:
            return await anext(changes, None)

        while self.run(next_change()) is not None:
            yield book

    def ask(self, call: Call[AnswerT]) -> AnswerT:
        """Send a request and wait for its answer.

        Raises:
            ClientError: If there is none.
        """
        return self.run(self._client.ask(call))

    def stream(self, plan: StreamPlan[Event]) -> Stream[Event]:
        """Return a stream, which begins when it is entered or looped over."""
        return Stream(self, self._client.stream(plan))

    def run(self, work: Coroutine[None, None, Result]) -> Result:
        """Do something in the thread of the connections, and wait for it.

        Raises:
            ClosedError: If the client is not open, or is closed meanwhile.
        """
        if self._loop is None:
            work.close()
            raise ClosedError
        done = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return done.result()
        except CancelledError:
            raise ClosedError from None
        except BaseException:
            # Such as Ctrl-C: nobody waits any more.
            done.cancel()
            raise

    def _stop(self) -> None:
        assert self._loop is not None
        assert self._thread is not None
        loop, self._loop = self._loop, None
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join()
        loop.run_until_complete(_end_tasks())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _end_tasks() -> None:
    """Let other threads hear that the client was closed; they do not wait for ever in any case."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    if tasks:
        _, left = await asyncio.wait(tasks, timeout=END_TIMEOUT_S)
        for task in left:
            task.cancel()
