"""Rubbish at every door of a running exchange: a clear refusal, and nothing changes or dies."""

import asyncio
import http.client
import json
import os
from pathlib import Path

import pytest
import websockets

from tests.e2e.conftest import Exchange
from tests.e2e.malformed import malformed_bytes, malformed_requests

pytestmark = pytest.mark.e2e
DEADLINE_S = 10.0


def request(exchange: Exchange, method: str, target: str, **rest: object) -> tuple[int, bytes, str]:
    connection = http.client.HTTPConnection("127.0.0.1", exchange.http_port, timeout=DEADLINE_S)
    try:
        try:
            connection.request(method, target, **rest)  # type: ignore[arg-type]
        except (BrokenPipeError, ConnectionResetError):
            # A body that is too large is refused before all of it was read.
            pass
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers.get("Content-Type", "")
    finally:
        connection.close()


def matcher_pid(exchange: Exchange) -> str:
    return Path(exchange.data_dir, "run", "matcher.pid").read_text()


def alive(exchange: Exchange) -> bytes:
    status, _, _ = request(exchange, "GET", "/health")
    assert status == 200
    return request(exchange, "GET", "/api/v1/balances?user_id=9")[1]


def test_every_malformed_request_gets_its_problem(exchange: Exchange) -> None:
    before = alive(exchange)
    table = malformed_requests()
    assert len(table) >= 200
    for row in table:
        status, body, kind = request(
            exchange, row.method, row.target, body=row.body or None, headers=dict(row.headers)
        )
        assert status == row.status, (row.name, status, body)
        assert 400 <= status < 500
        if row.method == "HEAD":
            continue
        assert kind.startswith("application/problem+json"), row.name
        problem = json.loads(body)
        assert problem["code"] == row.code, (row.name, problem)
        if row.field is not None:
            assert problem["field"] == row.field, (row.name, problem)
    assert alive(exchange) == before


async def test_bytes_that_are_not_http_are_refused(exchange: Exchange) -> None:
    for data in [*malformed_bytes(), os.urandom(4_000)]:
        reader, writer = await asyncio.open_connection("127.0.0.1", exchange.http_port)
        writer.write(data)
        writer.write_eof()
        async with asyncio.timeout(DEADLINE_S):
            assert b"Traceback" not in await reader.read()
        writer.close()
    alive(exchange)


async def test_random_bytes_on_the_matcher_s_socket_change_nothing(exchange: Exchange) -> None:
    before = alive(exchange)
    pid = matcher_pid(exchange)
    for _ in range(50):
        _, writer = await asyncio.open_unix_connection(exchange.data_dir / "run" / "matcher-0.ipc")
        writer.write(os.urandom(2_000))
        writer.close()
    assert alive(exchange) == before
    assert matcher_pid(exchange) == pid


async def test_random_bytes_on_the_websocket_change_nothing(exchange: Exchange) -> None:
    url = f"ws://127.0.0.1:{exchange.ws_port}"
    for _ in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", exchange.ws_port)
        writer.write(os.urandom(2_000))
        writer.close()
    async with websockets.connect(url) as socket:
        await socket.send(os.urandom(100))
        async with asyncio.timeout(DEADLINE_S):
            assert "error" in json.loads(await socket.recv())
    async with websockets.connect(url) as socket:
        await socket.send('{"method":"LIST_SUBSCRIPTIONS","id":7}')
        async with asyncio.timeout(DEADLINE_S):
            assert json.loads(await socket.recv()) == {"id": 7, "result": []}
