"""Connections that keep the server waiting, and connections beyond the bound."""

import asyncio
import os
import signal
from collections.abc import Callable

import pytest
from uvicorn.server import ServerState

from gateway import server
from gateway.app import App
from gateway.server import CLIENT_PATIENCE_S, KEEP_ALIVE_S, GatewayProtocol, listen, make_server
from tests.waiting import until

GET = b"GET /api/v1/time HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /api/v1/order HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n"


class Wire(asyncio.Transport):
    """The far end of a connection, as the transport shows it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def at_once() -> None:
    """Wait for nothing."""


Connect = Callable[[], tuple[GatewayProtocol, Wire]]


@pytest.fixture
async def connect(app: App) -> Connect:
    config, state = make_server(app, at_once).config, ServerState()

    def connect() -> tuple[GatewayProtocol, Wire]:
        protocol, wire = GatewayProtocol(config, state, {}), Wire()
        protocol.connection_made(wire)
        return protocol, wire

    return connect


async def answered(wire: Wire, count: int = 1) -> None:
    await until(lambda: wire.written.count(b"HTTP/1.1 ") >= count)


def look(protocol: GatewayProtocol, seconds: int) -> None:
    for _ in range(seconds):
        protocol.look_at()


@pytest.mark.parametrize("start", [b"", GET[:20], POST, POST + b"{"])
async def test_a_request_that_does_not_come_to_its_end_is_cut_off(
    connect: Connect, start: bytes
) -> None:
    protocol, wire = connect()
    if start:
        protocol.data_received(start)
    look(protocol, CLIENT_PATIENCE_S - 1)
    assert not wire.aborted
    look(protocol, 2)
    assert wire.aborted
    protocol.connection_lost(None)
    await asyncio.sleep(0)


async def test_a_second_request_that_does_not_come_to_its_end_is_cut_off(connect: Connect) -> None:
    protocol, wire = connect()
    protocol.data_received(GET)
    await answered(wire)
    # Between requests a client may take longer.
    look(protocol, 2 * CLIENT_PATIENCE_S)
    assert not wire.aborted
    protocol.data_received(GET[:20])
    look(protocol, CLIENT_PATIENCE_S + 1)
    assert wire.aborted
    protocol.connection_lost(None)


async def test_a_connection_without_a_further_request_is_cut_off(connect: Connect) -> None:
    protocol, wire = connect()
    protocol.data_received(GET)
    await answered(wire)
    look(protocol, KEEP_ALIVE_S)
    assert not wire.aborted
    # The first look after the answer begins the count.
    look(protocol, 1)
    assert wire.aborted
    protocol.connection_lost(None)


async def test_a_connection_in_use_is_never_cut_off(connect: Connect) -> None:
    protocol, wire = connect()
    for count in range(1, 2 * CLIENT_PATIENCE_S):
        # Whenever it is looked at, a request is on its way, but each time another one.
        protocol.data_received(GET[:20])
        protocol.look_at()
        protocol.data_received(GET[20:])
        await answered(wire, count)
    assert not wire.aborted
    protocol.connection_lost(None)


async def test_a_client_that_does_not_read_is_cut_off(connect: Connect) -> None:
    protocol, wire = connect()
    protocol.data_received(GET)
    await answered(wire)
    protocol.pause_writing()
    look(protocol, CLIENT_PATIENCE_S + 1)
    assert wire.aborted
    protocol.connection_lost(None)


async def test_connections_beyond_the_bound_are_closed(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CONNECTIONS_MAX", 2)
    connections = [connect() for _ in range(3)]
    assert [wire.closed for _, wire in connections] == [False, False, True]
    for protocol, _ in connections:
        protocol.connection_lost(None)


async def test_head_and_body_leave_together(connect: Connect) -> None:
    protocol, wire = connect()
    protocol.data_received(GET)
    await answered(wire)
    assert wire.written.endswith(b'"epoch_ms":1704110400000}')
    protocol.connection_lost(None)


async def test_it_stops_when_told_before_it_is_ready(app: App) -> None:
    async def told_meanwhile() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await until(lambda: running.should_exit)

    with listen("127.0.0.1", 0) as listener:
        running = make_server(app, told_meanwhile)
        await running.serve([listener])
    assert not running.started
