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
    Market data is dropped: a feed that comes back asks for a snapshot. What has no sequence by
    which a feed would know (a user's messages) it knows by the count of losses, which these
    messages and the clock carry. History waits here, up to
    `HISTORY_BYTES_MAX`, and so it does while the stream holds `STREAM_ENTRIES_MAX` entries that
    nobody has read. Beyond that entries are left out (`matcher/backlog.py`).

When Redis has lost its data, or has other data
    Nothing needs to be done: the stream begins again with the next entry, or goes on behind an
    older end, and whoever reads it sees by the sequences what is missing or known and has it made
    again from the journal. Only a stream whose last id is above everything that this matcher has
    published takes nothing of ours: it is of another exchange, or of a part of the journal that
    was lost. A start is refused then. A running matcher goes on without it, says so, and looks
    again now and then; persist gets the history from the journal meanwhile.
"""

import asyncio
import logging
import random
from contextlib import suppress
from typing import Final, final

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from matcher.backlog import Backlog
from matcher.core.events import Events
from matcher.history_entry import history_entry
from matcher.market_messages import market_messages
from matcher.pipeline import Command, Pipeline
from proto.definitions import MarketDefinition

_LOG: Final = logging.getLogger("publisher")
STREAM: Final = "db_processor"
STREAM_FIELD: Final = "b"
_STREAM_KEY: Final = STREAM.encode()
_STREAM_FIELD_KEY: Final = STREAM_FIELD.encode()
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
# How soon a stream that is full, and one that is not ours, is looked at again.
_STREAM_FULL_POLL_S: Final = 0.1
_FOREIGN_STREAM_POLL_S: Final = 1.0
# A flight's commands divided by this is the pause that follows it.
_CALM_COMMANDS_PER_S: Final = 5_000
_PAUSE_MAX_S: Final = 0.01
# Backlog at which recovery waits, so that a long replay does not fill the memory.
_RECOVERY_BACKLOG_BYTES: Final = 16 * 1024 * 1024


class ForeignStreamError(Exception):
    """The stream in Redis is of another journal."""


@final
class Publisher:
    """Publishes batches in order.

    Attributes:
        losses: Rises each time that messages of the channels are dropped; see `ClockMessage`.
    """

    def __init__(self, redis: Redis, jitter: random.Random, started_ns: int) -> None:
        """Publish through a client whose socket timeouts are set.

        Args:
            redis: The client; closed by its owner.
            jitter: Spreads retries.
            started_ns: Wall-clock time, from which losses are counted: so no other matcher of this
                shard, before or after, has counted the same ones.
        """
        self.losses = started_ns
        self._redis: Final = redis
        self._pipeline: Final = Pipeline(redis)
        self._jitter: Final = jitter
        self._names: Final[dict[int, str]] = {}
        # What was merged so far; all of one epoch.
        self._open: Final[list[Events]] = []
        self._messages: list[tuple[str, bytes]] = []
        self._backlog: Final = Backlog(HISTORY_BYTES_MAX)
        # The last sequence that was ever to be published.
        self._last_sequence = 0
        self._stream_full = False
        self._stream_foreign = False
        self._redis_away = False
        self._wake: Final = asyncio.Event()
        self._flown: Final = asyncio.Event()
        self._look: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to publish, on the running loop."""
        self._task = asyncio.create_task(self._run(), name="publisher")

    async def close(self, timeout_s: float) -> None:
        """Publish what waits, for as long as allowed and Redis takes it, and stop.

        What does not get out is in the journal, and persist gets it from there.
        """
        assert self._task is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._wait_for_backlog(0)
        if self._backlog_bytes():
            _LOG.warning("stopped with history unpublished; the journal has it")
        if self._look is not None:
            self._look.cancel()
        self._task.cancel()
        # A library can swallow a cancellation; the stop does not hang on it.
        await asyncio.wait([self._task], timeout=timeout_s)
        await self._pipeline.close()

    def learn(self, markets: list[MarketDefinition]) -> None:
        """Take note of the names of markets."""
        for market in markets:
            self._names[market.market_id] = market.name

    async def last_sequence(self) -> int:
        """Ask Redis for the sequence up to which the stream was filled; 0 for a new stream."""
        try:
            information = await self._redis.xinfo_stream(STREAM)
        except ResponseError as error:
            if "no such key" not in str(error):
                raise
            return 0
        last_id = information["last-generated-id"]
        text = last_id.decode() if isinstance(last_id, bytes) else str(last_id)
        return int(text.partition("-")[0])

    def publish(self, batch: Events) -> None:
        """Take the next batch; never waits."""
        self.learn(batch.markets)
        self._last_sequence = batch.last_sequence
        merged = self._open
        if merged and merged[0].epoch != batch.epoch:
            # A replay comes to the next matcher's records; an entry names one epoch.
            self._seal()
        assert not merged or batch.first_sequence == merged[-1].last_sequence + 1
        merged.append(batch)
        if self._open_commands() >= _MERGE_COMMANDS:
            self._seal()
        self._wake.set()

    def post(self, channel: str, message: bytes) -> None:
        """Take a message of its own, to follow all batches taken so far; never waits."""
        self._seal()
        self._add_messages([(channel, message)])
        self._wake.set()

    async def wait_for_room(self) -> None:
        """Wait until little history waits, or Redis takes none for now."""
        await self._wait_for_backlog(_RECOVERY_BACKLOG_BYTES)

    async def _wait_for_backlog(self, length_bytes: int) -> None:
        while self._backlog_bytes() > length_bytes and self._redis_takes_history():
            self._flown.clear()
            await self._flown.wait()

    def _backlog_bytes(self) -> int:
        return self._backlog.length_bytes + (1 if self._open else 0)

    def _redis_takes_history(self) -> bool:
        return not (self._redis_away or self._stream_full or self._stream_foreign)

    def _seal(self) -> None:
        """Encode what was merged; from here on it is bytes, whose size is known."""
        merged = self._open
        if not merged:
            return
        self._add_messages(market_messages(merged, self._names, self.losses))
        first_sequence, last_sequence = merged[0].first_sequence, merged[-1].last_sequence
        self._backlog.add(first_sequence, last_sequence, history_entry(merged))
        merged.clear()

    def _open_commands(self) -> int:
        merged = self._open
        return merged[-1].last_sequence - merged[0].first_sequence + 1 if merged else 0

    def _add_messages(self, messages: list[tuple[str, bytes]]) -> None:
        if self._redis_away or len(self._messages) + len(messages) > _MESSAGES_MAX:
            # Feeds notice the hole by its sequence, and join again by snapshot.
            if messages or self._messages:
                self.losses += 1
            self._messages.clear()
            return
        self._messages.extend(messages)

    async def _run(self) -> None:
        retry_s = _RETRY_S
        while True:
            await self._wake.wait()
            self._wake.clear()
            carried = self._open_commands()
            self._seal()
            try:
                await self._fly()
                retry_s = _RETRY_S
            except (RedisError, OSError, TimeoutError) as error:
                if not self._redis_away:
                    reason = str(error) or f"no answer within {_FLIGHT_TIMEOUT_S:g} s"
                    _LOG.warning("Redis is away, trading goes on: %s", reason)
                self._redis_away = True
                # What flew may have arrived, or in part.
                self.losses += 1
                self._messages.clear()
                await asyncio.sleep(retry_s * self._jitter.uniform(0.5, 1.5))
                retry_s = min(retry_s * 2, _RETRY_MAX_S)
                self._wake.set()
            else:
                if self._redis_away:
                    _LOG.info("Redis is back")
                self._redis_away = False
            self._flown.set()
            await self._rest(carried)

    async def _rest(self, carried: int) -> None:
        """Wait for as long as the next flight should; `carried` is the last one's commands."""
        if self._redis_away:
            return
        if self._backlog and self._redis_takes_history():
            self._wake.set()
            return
        if self._backlog and self._look is None:
            # The stream takes nothing for now; market data goes on meanwhile.
            poll_s = _FOREIGN_STREAM_POLL_S if self._stream_foreign else _STREAM_FULL_POLL_S
            self._look = asyncio.get_running_loop().call_later(poll_s, self._look_again)
        await asyncio.sleep(min(carried / _CALM_COMMANDS_PER_S, _PAUSE_MAX_S))

    def _look_again(self) -> None:
        self._look = None
        self._wake.set()

    async def _fly(self) -> None:
        """Send one pipeline and wait for its answers."""
        # A flight that fails takes its messages with it: market data is not sent late.
        messages, self._messages = self._messages, []
        if self._stream_foreign and self._look is None:
            self._note_end_of_stream(await self.last_sequence())
        waits = self._stream_full or self._stream_foreign
        entries = [] if waits else self._backlog.first(_PIPELINE_ENTRIES)
        commands: list[Command] = [
            (b"PUBLISH", channel.encode(), message) for channel, message in messages
        ]
        commands += [
            (b"XADD", _STREAM_KEY, b"%d-0" % last_sequence, _STREAM_FIELD_KEY, data)
            for last_sequence, data in entries
        ]
        commands.append((b"XLEN", _STREAM_KEY))
        async with asyncio.timeout(_FLIGHT_TIMEOUT_S):
            results = await self._pipeline.send(commands)
        errors = [result for result in results if isinstance(result, Exception)]
        for error in errors:
            if not _is_repetition(error):
                raise error
        if errors:
            self._note_end_of_stream(await self.last_sequence())
        if not self._stream_foreign:
            self._backlog.remove(len(entries))
        length = results[-1]
        assert isinstance(length, int)
        self._note_stream_length(length)

    def _note_end_of_stream(self, stream_sequence: int) -> None:
        """Tell our stream from one that has what this matcher never published."""
        foreign = stream_sequence > self._last_sequence
        if foreign and not self._stream_foreign:
            _LOG.error(
                "the stream %s in Redis reaches sequence %d and this matcher is at %d: it is of "
                "another exchange, or a part of the journal is missing. Nothing is added to it; "
                "persist gets the history from the journal. If this Redis is to serve this "
                "exchange, delete the stream (DEL %s).",
                STREAM,
                stream_sequence,
                self._last_sequence,
                STREAM,
            )
        elif self._stream_foreign and not foreign:
            _LOG.info("history goes to Redis again")
        self._stream_foreign = foreign

    def _note_stream_length(self, entries: int) -> None:
        full = entries >= STREAM_ENTRIES_MAX
        if full and not self._stream_full:
            _LOG.warning("persist is behind: %d entries wait in %s", entries, STREAM)
        self._stream_full = full


def _is_repetition(error: Exception) -> bool:
    """Tell whether Redis refused an entry because it has it already."""
    return isinstance(error, ResponseError) and "equal or smaller" in str(error)
