"""The gateway as a process: alone, several on one port, and in front of a real matcher."""

import asyncio
import http.client
import json
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.launcher.demo import fund_demo_users
from tests.e2e.malformed import malformed_bytes
from tests.integration.gateway.services import DEADLINE_S, Service, exchange_bytes, request
from tests.unit.gateway.orders import BUY, SELL
from tests.waiting import block_until

pytestmark = pytest.mark.integration

NO_DATABASE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tickmesh-gateway-") as folder:
        yield Path(folder)


@pytest.fixture
def environment(data_dir: Path) -> dict[str, str]:
    return {
        "TICKMESH_DATA_DIR": str(data_dir),
        "TICKMESH_HTTP_PORT": "0",
        "DATABASE_URL": NO_DATABASE,
    }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_alone_it_starts_says_what_is_away_and_stops(
    environment: dict[str, str], number: int
) -> None:
    with Service("gateway", environment) as gateway:
        port = gateway.port()
        health = request(port, "GET", "/health")
        assert health.status == 503
        states = {name: d["state"] for name, d in health.json["dependencies"].items()}
        assert states == {"matcher": "down", "database": "down"}
        assert health.json["build"]["version"]
        refused = request(port, "POST", "/api/v1/order/", BUY)
        assert (refused.status, refused.json["code"]) == (503, "MATCHER_UNAVAILABLE")
        assert refused.headers["retry-after"] == "1"
        assert request(port, "GET", "/docs").status == 200
        assert request(port, "GET", "/openapi.json").json["openapi"] == "3.1.0"
        # A connection that idles does not hold up the end.
        with socket.create_connection(("127.0.0.1", port)):
            assert gateway.stop(number) == 0


def test_bytes_that_are_not_http_get_a_problem(environment: dict[str, str]) -> None:
    with Service("gateway", environment) as gateway:
        port = gateway.port()
        for data in malformed_bytes():
            answer = exchange_bytes(port, data)
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 400 "), (data, answer)
            assert b"application/problem+json" in head
            assert json.loads(body)["code"] == "MALFORMED_REQUEST"
        assert request(port, "GET", "/api/v1/time").status == 200
        assert gateway.stop() == 0


def test_a_large_body_is_refused_and_the_connection_goes_on(environment: dict[str, str]) -> None:
    with Service("gateway", environment) as gateway:
        port = gateway.port()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
        answer = request(port, "POST", "/api/v1/order", b" " * 10_000_000, connection)
        assert (answer.status, answer.json["code"]) == (413, "BODY_TOO_LARGE")
        assert request(port, "GET", "/api/v1/time", connection=connection).status == 200
        # Without a declared length, in chunks.
        connection.request(
            "POST",
            "/api/v1/order",
            iter([b" " * 60_000] * 5),
            encode_chunked=True,
            headers={"Transfer-Encoding": "chunked"},
        )
        response = connection.getresponse()
        assert (response.status, json.loads(response.read())["code"]) == (413, "BODY_TOO_LARGE")
        connection.close()


def test_requests_in_a_pipeline_are_answered_in_order(environment: dict[str, str]) -> None:
    with Service("gateway", environment) as gateway:
        port = gateway.port()
        get = b"GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n"
        close = b"Connection: close\r\n"
        answer = exchange_bytes(
            port, get % (b"/api/v1/time", b"") + get % (b"/nope", b"") + get % (b"/health", close)
        )
        statuses = [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]]
        assert statuses == [b"200", b"404", b"503"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"TICKMESH_HTTP_HOST": "0.0.0.0"}, "TICKMESH_HTTP_HOST"),
        ({"DATABASE_URL": ""}, "DATABASE_URL"),
    ],
)
def test_a_bad_setting_is_a_sentence_and_status_2(
    environment: dict[str, str], change: dict[str, str], named: str
) -> None:
    with Service("gateway", {**environment, **change}) as gateway:
        assert named in gateway.wait_for("ERROR")
        assert gateway.process.wait(DEADLINE_S) == 2


def test_several_share_a_port(environment: dict[str, str]) -> None:
    with Service("gateway", environment) as first:
        port = first.port()
        shared = {**environment, "TICKMESH_HTTP_PORT": str(port)}
        with Service("gateway", shared) as second:
            assert second.port() == port
            # The kernel spreads connections, and each process has ids of its own: two are seen.
            instances: set[int] = set()

            def both() -> bool:
                answer = request(port, "GET", "/api/v1/time")
                instances.add(int(answer.headers["x-request-id"], 16) >> 32)
                return len(instances) == 2

            block_until(both)
            assert second.stop() == 0
        assert request(port, "GET", "/api/v1/time").status == 200


def test_orders_cross_in_a_real_matcher(
    environment: dict[str, str], redis_url: str, migrated_database_url: str
) -> None:
    environment = {**environment, "REDIS_URL": redis_url, "DATABASE_URL": migrated_database_url}
    with Service("gateway", environment) as gateway, Service("matcher", environment) as matcher:
        matcher.wait_for("ready")
        port = gateway.port()
        block_until(lambda: request(port, "GET", "/health").status == 200)
        health = request(port, "GET", "/health").json
        assert {d["state"] for d in health["dependencies"].values()} == {"up"}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
        endpoint = f"ipc://{environment['TICKMESH_DATA_DIR']}/run/matcher-0.ipc"
        asyncio.run(fund_demo_users(endpoint, time.time_ns))
        bought = request(port, "POST", "/api/v1/order/", BUY, connection)
        assert bought.status == 200
        sold = request(port, "POST", "/api/v1/order/", SELL, connection)
        assert sold.json["fills"][0]["quantity"] == "10"
        connection.close()
        assert matcher.stop() == 0
        block_until(lambda: request(port, "GET", "/health").status == 503)
        assert gateway.stop() == 0
