"""The DEALER end: requests out, replies back, each with a deadline.

Theory of operation
-------------------
* Requests of one turn of the event loop are collected and leave together, commands in command
  frames, queries in query frames.
* A request waits in `_pending`, under its request id, until its reply or its deadline comes. The
  time allowed is the same for all, and they stand there in the order of their sending, so the
  first of them is the first to expire: one timer watches over all.
* A ping goes out every heartbeat. When nothing has come back for `liveness_s`, the circuit is
  open: new requests are refused at once (`NotTakenError`) until a pong closes it, and the
  endpoint is looked up again, since the matcher may have moved.
* A pong with another epoch tells that the matcher has restarted, and that replies to what was
  sent before may never come. What is safe to repeat, because the engine applies it once however
  often it comes, is sent again; the rest waits for its reply or its deadline.
* Every bound is checked before a request is taken, so a refused one has not left.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from typing import Final, final, get_args

import zmq

from proto.codec import DecodeError, decode_answer, encode
from proto.commands import Command
from proto.frames import PROTOCOL_VERSION, CommandFrame, Ping, Pong, QueryFrame
from proto.ids import RequestId
from proto.limits import FRAME_MESSAGES_MAX
from proto.mesh.counters import MeshCounters
from proto.mesh.edge import EdgeSocket
from proto.mesh.errors import NotTakenError, OutcomeUnknownError
from proto.mesh.registry import EndpointSource
from proto.mesh.repetition import Message, is_repeatable
from proto.mesh.sockets import make_dealer
from proto.queries import Query
from proto.replies import Reply

# Half of the most that fits: frames that the other end can always take.
_FRAME_MESSAGES: Final = FRAME_MESSAGES_MAX // 2
_INSTANCE_BITS: Final = 29
_COUNTER_BITS: Final = 32
_COMMANDS: Final = frozenset(get_args(Command))


# What waits: who is told, what was sent, and until when, by the loop's clock.
_Pending = tuple[asyncio.Future[Reply], Message, float]


@final
class MeshClientConfig:
    """Bounds of a client.

    Attributes:
        timeout_s: How long a request waits for its reply.
        pending_max: Most requests that wait at one time.
        heartbeat_s: Time between pings.
        liveness_s: Silence after which the matcher counts as away.
    """

    __slots__ = ("heartbeat_s", "liveness_s", "pending_max", "timeout_s")

    def __init__(
        self,
        timeout_s: float = 5.0,
        pending_max: int = 4_096,
        heartbeat_s: float = 0.25,
        liveness_s: float = 1.0,
    ) -> None:
        self.timeout_s: Final = timeout_s
        self.pending_max: Final = pending_max
        self.heartbeat_s: Final = heartbeat_s
        self.liveness_s: Final = liveness_s


@final
class MeshClient:
    """Sends commands and queries to the matcher of one shard.

    Attributes:
        counters: What was counted since the start.
    """

    def __init__(
        self,
        endpoints: EndpointSource,
        clock_ns: Callable[[], int],
        config: MeshClientConfig | None = None,
    ) -> None:
        self.counters: Final = MeshCounters()
        self._endpoints: Final = endpoints
        self._clock_ns: Final = clock_ns
        self._config: Final = config or MeshClientConfig()
        self._timeout_ns: Final = int(self._config.timeout_s * 1_000_000_000)
        # Two clients must not share request ids: replies are told apart by them, and the
        # journal is searched by them.
        self._last_request_id = secrets.randbits(_INSTANCE_BITS) << _COUNTER_BITS
        self._pending: Final[dict[int, _Pending]] = {}
        # Whether the timer runs that watches over them.
        self._watching = False
        self._outbox: Final[list[Message]] = []
        # Of what is in the outbox, what has been sent before.
        self._sent_before: Final[set[int]] = set()
        self._epoch: int | None = None
        # Engine time as it was told last. It may be ahead of our clock, if that was set back or is
        # another machine's.
        self._engine_time_ns = 0
        # Counted in beats of our own, not in time: a loop that stalled must read what came
        # meanwhile before it may call the matcher silent.
        self._beats_allowed: Final = max(
            1, round(self._config.liveness_s / self._config.heartbeat_s)
        )
        self._silent_beats = self._beats_allowed + 1
        self._met: Final = asyncio.Event()
        self._context: zmq.Context[zmq.Socket[bytes]] | None = None
        self._dealer: zmq.Socket[bytes] | None = None
        self._edge: EdgeSocket | None = None
        self._heartbeat: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def connected(self) -> bool:
        """Whether the matcher was heard within the liveness time."""
        return self._silent_beats <= self._beats_allowed

    @property
    def epoch(self) -> int | None:
        """Epoch of the matcher that was heard last."""
        return self._epoch

    async def start(self) -> None:
        """Open the socket and begin to look for the matcher; does not wait for it."""
        self._loop = asyncio.get_running_loop()
        self._context = zmq.Context()
        self._dealer = make_dealer(self._context)
        self._edge = EdgeSocket(self._dealer, self._on_message, _nothing_more)
        self._edge.start()
        self._heartbeat = asyncio.create_task(self._beat(self._dealer), name="mesh heartbeat")

    async def close(self) -> None:
        """Close the socket; requests that still wait end with `OutcomeUnknownError`."""
        if self._heartbeat is not None:
            self._heartbeat.cancel()
            # A library can swallow a cancellation; the stop does not hang on it.
            await asyncio.wait([self._heartbeat], timeout=self._config.liveness_s)
        if self._edge is not None:
            self._edge.close()
            self._edge = None
        if self._context is not None:
            self._context.term()
        self._silent_beats = self._beats_allowed + 1
        for future, _, _ in self._pending.values():
            if not future.done():
                future.set_exception(OutcomeUnknownError("this process is stopping"))
        self._pending.clear()

    async def wait_connected(self, timeout_s: float) -> bool:
        """Wait for the matcher's first pong.

        Returns:
            Whether it came in time.
        """
        try:
            async with asyncio.timeout(timeout_s):
                await self._met.wait()
        except TimeoutError:
            return False
        return True

    def next_request_id(self) -> RequestId:
        """Assign a request id; no two messages share one."""
        self._last_request_id += 1
        return RequestId(self._last_request_id)

    def deadline_ns(self) -> int:
        """Return the engine time, in nanoseconds, after which nobody waits for a reply."""
        return max(self._clock_ns(), self._engine_time_ns) + self._timeout_ns

    async def send(self, message: Message) -> Reply:
        """Send a command or query and wait for its reply.

        Args:
            message: Its request id must come from `next_request_id`.

        Raises:
            NotTakenError: If it was not sent: the matcher is away, or too much is in flight.
            OutcomeUnknownError: If it was sent and no reply came in time.
        """
        loop = self._loop
        if loop is None or self._silent_beats > self._beats_allowed:
            self.counters.refused_away += 1
            raise NotTakenError("the matcher is away", overloaded=False)
        pending = self._pending
        if len(pending) >= self._config.pending_max:
            self.counters.refused_full += 1
            raise NotTakenError("too many requests are in flight", overloaded=True)
        future: asyncio.Future[Reply] = loop.create_future()
        request_id = message.request_id
        assert request_id not in pending
        pending[request_id] = (future, message, loop.time() + self._config.timeout_s)
        if not self._watching:
            self._watch()
        self._collect(message)
        try:
            return await future
        finally:
            # A caller that was cancelled waits no longer either.
            pending.pop(request_id, None)

    def _collect(self, message: Message) -> None:
        if not self._outbox:
            assert self._loop is not None
            self._loop.call_soon(self._flush)
        self._outbox.append(message)

    def _flush(self) -> None:
        commands: list[Command] = []
        queries: list[Query] = []
        for message in self._outbox:
            # A look at the type: `isinstance` would try every command there is, one by one.
            if type(message) in _COMMANDS:
                commands.append(message)  # type: ignore[arg-type]
            else:
                queries.append(message)  # type: ignore[arg-type]
        self._outbox.clear()
        for start in range(0, len(commands), _FRAME_MESSAGES):
            chunk = commands[start : start + _FRAME_MESSAGES]
            self._send_frame(encode(CommandFrame(chunk)), chunk)
        for start in range(0, len(queries), _FRAME_MESSAGES):
            some = queries[start : start + _FRAME_MESSAGES]
            self._send_frame(encode(QueryFrame(some)), some)
        self._sent_before.clear()

    def _send_frame(self, frame: bytes, messages: Sequence[Message]) -> None:
        if self._edge is not None and self._edge.send([frame]):
            self.counters.frames_sent += 1
            self.counters.messages_sent += len(messages)
            return
        self.counters.undeliverable += 1
        for message in messages:
            request_id = message.request_id
            if request_id in self._sent_before:
                # It may have been applied the first time: it waits for its deadline.
                continue
            waiting = self._pending.pop(request_id, None)
            if waiting is not None and not waiting[0].done():
                self.counters.refused_away += 1
                waiting[0].set_exception(
                    NotTakenError("the matcher takes nothing at the moment", overloaded=False)
                )

    def _on_message(self, parts: list[bytes]) -> None:
        self.counters.frames_received += 1
        try:
            if len(parts) != 1:
                raise DecodeError(f"{len(parts)} parts instead of one")
            answer = decode_answer(parts[0])
        except DecodeError:
            self.counters.bad_frames += 1
            return
        self._silent_beats = 0
        if isinstance(answer, Pong):
            self._on_pong(answer)
            return
        pending = self._pending
        self.counters.messages_received += len(answer.replies)
        for reply in answer.replies:
            waiting = pending.pop(reply.request_id, None)
            if waiting is None or waiting[0].done():
                self.counters.unexpected += 1
            else:
                waiting[0].set_result(reply)

    def _on_pong(self, pong: Pong) -> None:
        if pong.protocol_version != PROTOCOL_VERSION:
            # Nothing that it says can be trusted: as if it had not been heard.
            self._silent_beats = self._beats_allowed + 1
            self.counters.bad_frames += 1
            return
        restarted = self._epoch is not None and pong.epoch != self._epoch
        self._epoch = pong.epoch
        self._engine_time_ns = pong.timestamp_ns
        self._met.set()
        if restarted:
            for _, message, _ in list(self._pending.values()):
                if is_repeatable(message):
                    self.counters.messages_resent += 1
                    self._sent_before.add(message.request_id)
                    self._collect(message)

    def _watch(self) -> None:
        """Set the timer for the request that waits longest."""
        for _, _, expires_at in self._pending.values():
            assert self._loop is not None
            self._loop.call_at(expires_at, self._expire)
            self._watching = True
            return
        self._watching = False

    def _expire(self) -> None:
        assert self._loop is not None
        now = self._loop.time()
        expired = []
        for request_id, (_, _, expires_at) in self._pending.items():
            if expires_at > now:
                break
            expired.append(request_id)
        for request_id in expired:
            future, _, _ = self._pending.pop(request_id)
            if not future.done():
                self.counters.timed_out += 1
                future.set_exception(
                    OutcomeUnknownError(f"no answer within {self._config.timeout_s:g} s")
                )
        self._watch()

    async def _beat(self, dealer: "zmq.Socket[bytes]") -> None:
        """Ping for ever; find the matcher again whenever it has been silent."""
        endpoint, nonce = "", 0
        while True:
            if not self.connected:
                found = await self._endpoints.resolve()
                if found != endpoint:
                    if endpoint:
                        dealer.disconnect(endpoint)
                    dealer.connect(found)
                    endpoint = found
            nonce += 1
            self._silent_beats += 1
            if self._edge is not None and self._edge.send([encode(Ping(PROTOCOL_VERSION, nonce))]):
                self.counters.frames_sent += 1
            # Until the first pong, and while the matcher is away, look more often: a restart
            # should cost clients as little as possible.
            await asyncio.sleep(
                self._config.heartbeat_s if self.connected else self._config.heartbeat_s / 10
            )


def _nothing_more() -> None:
    """A client acts on each message as it comes; the end of a run means nothing to it."""
