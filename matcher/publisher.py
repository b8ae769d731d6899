"""Carries events to Redis: market data to pub/sub, history to the `db_processor` stream.

Theory of operation
-------------------
Batches arrive as fast as the disk syncs; a round trip to Redis takes longer. So one pipeline is
in flight at a time, and what arrives meanwhile is merged and leaves with the next: one message a
channel, one stream entry, whatever the load. In a pipeline the stream entry comes last, so an
entry in the stream means that its market data was published.

A flight is followed by a pause that grows with what it carried, to `_PAUSE_MAX_S` at most. Below
`_CALM_COMMANDS_PER_S` there is next to none; above, each message carries more and there are fewer
of them, which spares Redis, the feeds and their readers work just when there is much of it.

The id of a stream entry is `<last sequence>-0`. Redis refuses an id that is not above the last
one it has ever given, so an entry that is sent twice, after a failure or a restart, is in the
stream once, and the last id tells a starting matcher where to go on from its journal.

When Redis is away
    Market data is dropped: a feed that comes back asks for a snapshot. History waits here, up to
    `HISTORY_BYTES_MAX`, and while the stream holds `STREAM_ENTRIES_MAX` entries that nobody has
    read. Beyond that history is suspended: later batches are left out rather than earlier ones,
    so that what the stream holds stays without gap, and the next start goes on from the journal.
"""

import asyncio
import logging
import random
from collections import deque
from typing import Final, final

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from matcher.market_messages import market_messages
from proto.codec import encode
from proto.definitions import MarketDefinition
from proto.events import EventBatch

_LOG: Final = logging.getLogger("publisher")
STREAM: Final = "db_processor"
STREAM_FIELD: Final = "b"
HISTORY_BYTES_MAX: Final = 256 * 1024 * 1024
STREAM_ENTRIES_MAX: Final = 200_000
# Commands merged into one entry, so that none gets out of hand; entries sent in one pipeline.
_MERGE_COMMANDS: Final = 4_096
_PIPELINE_ENTRIES: Final = 32
# Messages that wait for one flight; at the usual merge there are far fewer.
_MESSAGES_MAX: Final = 20_000
_FLIGHT_TIMEOUT_S: Final = 2.0
_RETRY_S: Final = 0.05
_RETRY_MAX_S: Final = 1.0
_STREAM_FULL_POLL_S: Final = 0.1
# A flight's commands divided by this is the pause that follows it.
_CALM_COMMANDS_PER_S: Final = 5_000
_PAUSE_MAX_S: Final = 0.01
# Backlog at which recovery waits, so that a long replay does not fill the memory.
_RECOVERY_BACKLOG_BYTES: Final = 16 * 1024 * 1024


class ForeignStreamError(Exception):
    """The stream in Redis is of another journal."""


@final
class Publisher:
    """Publishes batches in order."""

    def __init__(self, redis: Redis, jitter: random.Random) -> None:
        """Publish through a client whose socket timeouts are set.

        Args:
            redis: The client; closed by its owner.
            jitter: Spreads retries.
        """
        self._redis: Final = redis
        self._jitter: Final = jitter
        self._names: Final[dict[int, str]] = {}
        self._open: EventBatch | None = None
        self._messages: list[tuple[str, bytes]] = []
        self._history: Final[deque[tuple[int, bytes]]] = deque()
        self._history_bytes = 0
        self._suspended = False
        self._stream_full = False
        self._redis_away = False
        self._wake: Final = asyncio.Event()
        self._below: Final = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to publish, on the running loop."""
        self._task = asyncio.create_task(self._run(), name="publisher")

    async def close(self, timeout_s: float) -> None:
        """Publish what waits, for as long as allowed, and stop.

        What does not get out in that time is published from the journal at the next start.
        """
        assert self._task is not None
        try:
            async with asyncio.timeout(timeout_s):
                await self._wait_for_backlog(0)
        except TimeoutError:
            _LOG.warning("stopped with history unpublished; the next start goes on from there")
        self._task.cancel()
        # A library can swallow a cancellation; the stop does not hang on it.
        await asyncio.wait([self._task], timeout=timeout_s)

    def learn(self, markets: list[MarketDefinition]) -> None:
        """Take note of the names of markets."""
        for market in markets:
            self._names[market.market_id] = market.name

    async def last_sequence(self) -> int:
        """Ask Redis for the sequence up to which the stream was filled; 0 for a new stream."""
        try:
            information = await self._redis.xinfo_stream(STREAM)
        except ResponseError:
            return 0
        last_id = information["last-generated-id"]
        text = last_id.decode() if isinstance(last_id, bytes) else str(last_id)
        return int(text.partition("-")[0])

    def suspend_history(self, why: str) -> None:
        """Leave history to the next start of the matcher."""
        if not self._suspended:
            self._suspended = True
            _LOG.error(
                "%s. History is suspended: trading goes on, nothing is lost, and the history "
                "catches up from the journal when the matcher is started again.",
                why,
            )

    def publish(self, batch: EventBatch) -> None:
        """Take the next batch; never waits."""
        self.learn(batch.markets)
        merged = self._open
        if merged is None:
            self._open = batch
        else:
            assert batch.first_sequence == merged.last_sequence + 1
            _merge(merged, batch)
        if self._open is not None and _commands(self._open) >= _MERGE_COMMANDS:
            self._seal()
        self._wake.set()

    def post(self, channel: str, message: bytes) -> None:
        """Take a message of its own, to follow all batches taken so far; never waits."""
        self._seal()
        self._add_messages([(channel, message)])
        self._wake.set()

    async def wait_for_room(self) -> None:
        """Wait until the backlog of history is small, or history is suspended."""
        await self._wait_for_backlog(_RECOVERY_BACKLOG_BYTES)

    async def _wait_for_backlog(self, history_bytes: int) -> None:
        while self._backlog_bytes() > history_bytes and not self._suspended:
            self._below.clear()
            await self._below.wait()

    def _backlog_bytes(self) -> int:
        return self._history_bytes + (1 if self._open is not None else 0)

    def _seal(self) -> None:
        """Encode what was merged; from here on it is bytes, whose size is known."""
        batch, self._open = self._open, None
        if batch is None:
            return
        self._add_messages(market_messages(batch, self._names))
        if self._suspended:
            return
        batch.level_changes = []
        data = encode(batch)
        if self._history_bytes + len(data) > HISTORY_BYTES_MAX:
            self.suspend_history("Redis or persist has been away for too long")
            return
        self._history.append((batch.last_sequence, data))
        self._history_bytes += len(data)

    def _add_messages(self, messages: list[tuple[str, bytes]]) -> None:
        if self._redis_away or len(self._messages) + len(messages) > _MESSAGES_MAX:
            # Feeds notice the hole by its sequence, and join again by snapshot.
            self._messages.clear()
            return
        self._messages.extend(messages)

    async def _run(self) -> None:
        retry_s = _RETRY_S
        while True:
            await self._wake.wait()
            self._wake.clear()
            carried = 0 if self._open is None else _commands(self._open)
            self._seal()
            try:
                await self._fly()
                retry_s = _RETRY_S
            except (RedisError, OSError, TimeoutError) as error:
                if not self._redis_away:
                    _LOG.warning("Redis is away, trading goes on: %s", error)
                self._redis_away = True
                self._messages.clear()
                await asyncio.sleep(retry_s * self._jitter.uniform(0.5, 1.5))
                retry_s = min(retry_s * 2, _RETRY_MAX_S)
                self._wake.set()
            else:
                if self._redis_away:
                    _LOG.info("Redis is back")
                self._redis_away = False
            self._below.set()
            if self._stream_full:
                await asyncio.sleep(_STREAM_FULL_POLL_S)
                self._wake.set()
            elif self._history:
                self._wake.set()
            else:
                await asyncio.sleep(min(carried / _CALM_COMMANDS_PER_S, _PAUSE_MAX_S))

    async def _fly(self) -> None:
        """Send one pipeline and wait for its answers."""
        # A flight that fails takes its messages with it: market data is not sent late.
        messages, self._messages = self._messages, []
        entries = [] if self._stream_full else list(self._history)[:_PIPELINE_ENTRIES]
        pipeline = self._redis.pipeline(transaction=False)
        for channel, message in messages:
            pipeline.publish(channel, message)
        for last_sequence, data in entries:
            pipeline.xadd(STREAM, {STREAM_FIELD: data}, id=f"{last_sequence}-0")
        pipeline.xlen(STREAM)
        async with asyncio.timeout(_FLIGHT_TIMEOUT_S):
            results = await pipeline.execute(raise_on_error=False)
        for result in results:
            if isinstance(result, Exception) and not _is_repetition(result):
                raise result
        for _ in entries:
            self._history_bytes -= len(self._history.popleft()[1])
        self._note_stream_length(int(results[-1]))

    def _note_stream_length(self, entries: int) -> None:
        full = entries >= STREAM_ENTRIES_MAX
        if full and not self._stream_full:
            _LOG.warning("persist is behind: %d entries wait in %s", entries, STREAM)
        self._stream_full = full


def _is_repetition(error: Exception) -> bool:
    """Tell whether Redis refused an entry because it has it already."""
    return isinstance(error, ResponseError) and "equal or smaller" in str(error)


def _commands(batch: EventBatch) -> int:
    return batch.last_sequence - batch.first_sequence + 1


def _merge(into: EventBatch, batch: EventBatch) -> None:
    into.last_sequence = batch.last_sequence
    into.timestamp_ns = batch.timestamp_ns
    into.assets.extend(batch.assets)
    into.markets.extend(batch.markets)
    into.reports.extend(batch.reports)
    into.trades.extend(batch.trades)
    into.balance_changes.extend(batch.balance_changes)
    into.level_changes.extend(batch.level_changes)
