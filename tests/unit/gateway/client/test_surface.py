"""What a bot writer sees of the client, and what comes with it."""

import inspect
import subprocess
import sys

import pytest

from gateway.client import AsyncClient, Client
from gateway.client.requests import Requests
from gateway.client.streams import Streams

OFFERED = {
    name: described
    for source in (Requests, Streams)
    for name, described in vars(source).items()
    if not name.startswith("_")
}
# What a process of the exchange loads, and a bot must not have to.
FOREIGN = ("asyncpg", "falcon", "feed", "matcher", "persist", "redis", "scripts", "uvicorn", "zmq")


@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_both_clients_offer_everything_under_the_same_names(client: type) -> None:
    for name, described in OFFERED.items():
        method = getattr(client, name)
        assert method.__name__ == name
        assert method.__doc__ == described.__doc__
        parameters = inspect.signature(method).parameters
        assert parameters == inspect.signature(described).parameters


def test_methods_say_what_they_return() -> None:
    assert str(inspect.signature(Client.trades)).endswith(
        "-> gateway.client.synchronous.Stream[proto.api.answers.Trade]"
    )
    assert "PlacedOrder" in str(inspect.signature(AsyncClient.place_order))
    assert "Call" not in str(inspect.signature(AsyncClient.place_order))


def test_the_client_brings_nothing_of_the_exchange_with_it() -> None:
    script = "import sys, gateway.client; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    ).stdout.split()
    own = {name for name in loaded if name.split(".")[0] == "gateway"}
    assert "gateway.client" in own
    assert {name for name in own if not name.startswith("gateway.client")} == {"gateway"}
    assert [name for name in loaded if name.split(".")[0] in FOREIGN] == []
