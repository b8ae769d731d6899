"""Client and server of the mesh over real ZeroMQ sockets: bounds, deadlines, restarts, rubbish."""

import asyncio
import os
import select
import socket as sockets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import zmq

from proto.codec import encode
from proto.codes import BUY, GTC, LIMIT, UNKNOWN_MARKET
from proto.commands import PlaceOrder
from proto.frames import PROTOCOL_VERSION, CommandFrame, Pong, QueryFrame
from proto.limits import FRAME_BYTES_MAX
from proto.mesh.client import MeshClient, MeshClientConfig
from proto.mesh.edge import EdgeSocket
from proto.mesh.errors import NotTakenError, OutcomeUnknownError
from proto.mesh.registry import StaticEndpoint
from proto.mesh.server import MeshServer
from proto.mesh.sockets import bind_router, make_dealer
from proto.queries import MarketsQuery
from proto.replies import Rejected
from tests.waiting import until

DEADLINE_S = 10.0


class Refusing:
    """Refuses everything, or keeps silent."""

    def __init__(self) -> None:
        self.server: MeshServer | None = None
        self.silent = False
        self.time_ns = 0
        self.request_ids: list[int] = []
        self.frames = 0

    def on_commands(self, identity: bytes, frame: CommandFrame, data: bytes) -> None:
        self.refuse(identity, [command.request_id for command in frame.commands])

    def on_queries(self, identity: bytes, frame: QueryFrame) -> None:
        self.refuse(identity, [query.request_id for query in frame.queries])

    def on_drained(self) -> None:
        """Nothing waits for the end of a run."""

    def now_ns(self) -> int:
        return self.time_ns

    def refuse(self, identity: bytes, request_ids: list[int]) -> None:
        self.frames += 1
        self.request_ids.extend(request_ids)
        if not self.silent:
            assert self.server is not None
            self.server.reply(identity, [encode(Rejected(i, UNKNOWN_MARKET)) for i in request_ids])


@asynccontextmanager
async def serving(endpoint: str, epoch: int = 1) -> AsyncIterator[Refusing]:
    handler = Refusing()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    server = MeshServer(bind_router(context, endpoint), 0, epoch, handler, time.monotonic_ns)
    handler.server = server
    server.start()
    try:
        yield handler
    finally:
        server.close()
        context.term()


@asynccontextmanager
async def connecting(endpoint: str, **config: float) -> AsyncIterator[MeshClient]:
    settings = {"heartbeat_s": 0.05, "liveness_s": 0.5, **config}
    client = MeshClient(StaticEndpoint(endpoint), time.time_ns, MeshClientConfig(**settings))  # type: ignore[arg-type]
    await client.start()
    try:
        yield client
    finally:
        await client.close()


def order(client: MeshClient, client_order_id: str = "") -> PlaceOrder:
    return PlaceOrder(
        client.next_request_id(), client.deadline_ns(), 1, 1, BUY, LIMIT, GTC, False, 1, 1,
        client_order_id,
    )  # fmt: skip


@pytest.fixture(params=["ipc", "tcp"])
def endpoint(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "ipc":
        return f"ipc://{tmp_path}/run/m.ipc"
    with sockets.create_server(("127.0.0.1", 0)) as free:
        return f"tcp://127.0.0.1:{free.getsockname()[1]}"


async def test_a_request_is_answered_under_its_own_id(endpoint: str) -> None:
    async with serving(endpoint), connecting(endpoint) as client:
        await until(lambda: client.connected)
        command = order(client)
        assert await client.send(command) == Rejected(command.request_id, UNKNOWN_MARKET)
        query = MarketsQuery(client.next_request_id())
        assert await client.send(query) == Rejected(query.request_id, UNKNOWN_MARKET)
        assert client.epoch == 1


async def test_requests_of_one_turn_share_a_frame(endpoint: str) -> None:
    async with serving(endpoint) as handler, connecting(endpoint) as client:
        await until(lambda: client.connected)
        assert handler.server is not None
        commands = [order(client) for _ in range(600)]
        replies = await asyncio.gather(*(client.send(command) for command in commands))
        assert [r.request_id for r in replies] == [c.request_id for c in commands]
        assert handler.request_ids == [c.request_id for c in commands]
        assert handler.frames == 3
        assert client.counters.messages_sent == 600
        assert handler.server.counters.messages_received == 600


async def test_the_first_pong_can_be_waited_for(endpoint: str) -> None:
    async with connecting(endpoint) as client:
        assert not await client.wait_connected(0.05)
        async with serving(endpoint):
            assert await client.wait_connected(DEADLINE_S)
            assert client.connected


async def test_without_a_matcher_a_request_is_refused_at_once(tmp_path: Path) -> None:
    async with connecting(f"ipc://{tmp_path}/nobody.ipc") as client:
        with pytest.raises(NotTakenError) as caught:
            await client.send(order(client))
        assert not caught.value.overloaded
        assert client.counters.refused_away == 1


async def test_silence_past_the_deadline_is_outcome_unknown(endpoint: str) -> None:
    async with serving(endpoint) as handler, connecting(endpoint, timeout_s=0.2) as client:
        await until(lambda: client.connected)
        handler.silent = True
        results = await asyncio.gather(
            *(client.send(order(client)) for _ in range(3)), return_exceptions=True
        )
        assert [type(result) for result in results] == [OutcomeUnknownError] * 3
        assert client.counters.timed_out == 3
        handler.silent = False
        assert isinstance(await client.send(order(client)), Rejected)


async def test_more_in_flight_than_the_bound_is_overload(endpoint: str) -> None:
    config = {"timeout_s": 0.3, "pending_max": 5}
    async with serving(endpoint) as handler, connecting(endpoint, **config) as client:
        await until(lambda: client.connected)
        handler.silent = True
        results = await asyncio.gather(
            *(client.send(order(client)) for _ in range(8)), return_exceptions=True
        )
        refused = [result for result in results if isinstance(result, NotTakenError)]
        assert len(refused) == 3
        assert all(error.overloaded for error in refused)
        assert len(handler.request_ids) == 5


async def test_after_a_restart_what_is_safe_to_repeat_is_repeated(endpoint: str) -> None:
    async with connecting(endpoint, timeout_s=3.0) as client:
        async with serving(endpoint, epoch=1) as first:
            await until(lambda: client.connected)
            first.silent = True
            named, unnamed = order(client, "bot-1"), order(client)
            waiting = [asyncio.create_task(client.send(named))]
            waiting.append(asyncio.create_task(client.send(unnamed)))
            await until(lambda: len(first.request_ids) == 2)
        async with serving(endpoint, epoch=2) as second:
            assert await waiting[0] == Rejected(named.request_id, UNKNOWN_MARKET)
            # An order without a name could be a second order: it is left to its deadline.
            with pytest.raises(OutcomeUnknownError):
                await waiting[1]
            assert second.request_ids == [named.request_id]
            assert client.epoch == 2


async def test_deadlines_are_taken_from_engine_time_where_that_is_ahead(endpoint: str) -> None:
    async with serving(endpoint) as handler, connecting(endpoint, timeout_s=2.0) as client:
        await until(lambda: client.connected)
        # Engine time is behind: our own clock counts.
        assert client.deadline_ns() >= time.time_ns() + 1_000_000_000
        handler.time_ns = time.time_ns() + 3_600_000_000_000
        await until(lambda: client.deadline_ns() == handler.time_ns + 2_000_000_000)


async def refusal(client: MeshClient) -> NotTakenError | None:
    try:
        await client.send(order(client))
    except NotTakenError as error:
        return error
    except OutcomeUnknownError:
        # ZeroMQ had not noticed yet that nobody is there.
        return None
    raise AssertionError("somebody answered")


async def test_a_matcher_that_has_just_left_is_away_not_overloaded(endpoint: str) -> None:
    async with connecting(endpoint, liveness_s=60.0, timeout_s=0.2) as client:
        async with serving(endpoint):
            await until(lambda: client.connected)
        error = await until(lambda: refusal(client))
        assert client.connected
        assert error is not None
        assert not error.overloaded


async def test_what_was_sent_once_is_never_called_not_taken(endpoint: str) -> None:
    async with connecting(endpoint, liveness_s=60.0, timeout_s=1.0) as client:
        async with serving(endpoint, epoch=1) as handler:
            await until(lambda: client.connected)
            handler.silent = True
            waiting = asyncio.create_task(client.send(order(client, "bot-1")))
            await until(lambda: handler.request_ids)
        await until(lambda: refusal(client))
        # A pong that was on its way tells of the next matcher, which cannot be reached.
        client._on_pong(Pong(PROTOCOL_VERSION, 1, 0, 2, 0))
        with pytest.raises(OutcomeUnknownError):
            await waiting
        assert client.counters.messages_resent == 1


async def test_a_circuit_opens_when_the_matcher_leaves_and_closes_when_it_returns(
    endpoint: str,
) -> None:
    async with connecting(endpoint) as client:
        for epoch in (1, 2):
            async with serving(endpoint, epoch):
                await until(lambda: client.connected)
                assert isinstance(await client.send(order(client)), Rejected)
            await until(lambda: not client.connected)
            with pytest.raises(NotTakenError):
                await client.send(order(client))


async def test_a_paused_server_loses_nothing(endpoint: str) -> None:
    async with serving(endpoint) as handler, connecting(endpoint, liveness_s=5.0) as client:
        await until(lambda: client.connected)
        assert handler.server is not None
        handler.server.pause()
        tasks = [asyncio.create_task(client.send(order(client))) for _ in range(50)]
        await until(lambda: client.counters.messages_sent == 50)
        assert handler.request_ids == []
        handler.server.resume()
        assert len(await asyncio.gather(*tasks)) == 50


def refuse_before_the_edge_is_seen(router: "zmq.Socket[bytes]", edge: EdgeSocket) -> None:
    """Send to nobody while a message has come and the loop, which this holds up, has not run."""
    assert select.select([router.fileno()], [], [], DEADLINE_S)[0]
    # In a send the library looks at its state only if it has not done so a moment ago.
    time.sleep(0.005)
    assert not edge.send([b"nobody", b"x"])


async def test_a_reply_that_is_refused_loses_no_message(endpoint: str) -> None:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    router = bind_router(context, endpoint)
    received: list[list[bytes]] = []
    edge = EdgeSocket(router, received.append, lambda: None)
    dealer = make_dealer(context)
    try:
        dealer.connect(endpoint)
        edge.start()
        for count in range(1, 20):
            dealer.send(b"x")
            refuse_before_the_edge_is_seen(router, edge)
            await until(lambda count=count: len(received) == count, DEADLINE_S)
    finally:
        edge.close()
        dealer.close(linger=0)
        context.term()


async def test_closing_ends_every_wait(endpoint: str) -> None:
    async with serving(endpoint) as handler, connecting(endpoint) as client:
        await until(lambda: client.connected)
        handler.silent = True
        task = asyncio.create_task(client.send(order(client)))
        await until(lambda: len(handler.request_ids) == 1)
        await client.close()
        with pytest.raises(OutcomeUnknownError, match="stopping"):
            await task


async def test_rubbish_changes_nothing_and_kills_nothing(tmp_path: Path) -> None:
    endpoint = f"ipc://{tmp_path}/run/m.ipc"
    async with serving(endpoint) as handler, connecting(endpoint) as client:
        await until(lambda: client.connected)
        assert handler.server is not None
        counters = handler.server.counters
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        rogue = context.socket(zmq.DEALER)
        rogue.connect(endpoint)
        random_parts = [[os.urandom(n % 300)] for n in range(200)]
        for parts in [*random_parts, [b"a", b"b"], [b""], [b"\x91" * 100_000]]:
            rogue.send_multipart(parts)
        await until(lambda: counters.bad_frames >= 203)
        # Longer than any frame: the library drops the peer before the bytes are in memory.
        rogue.send(bytes(FRAME_BYTES_MAX + 1))
        # Not even ZeroMQ.
        with sockets.socket(sockets.AF_UNIX) as raw:
            raw.connect(f"{tmp_path}/run/m.ipc")
            raw.sendall(os.urandom(5_000))
        assert isinstance(await client.send(order(client)), Rejected)
        assert len(handler.request_ids) == 1
        rogue.close(linger=0)
        context.term()


def test_the_socket_s_folder_is_private(tmp_path: Path) -> None:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = bind_router(context, f"ipc://{tmp_path}/run/m.ipc")
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700
    socket.close(linger=0)
    context.term()
