"""A whole exchange for the client, with the demo users 1 to 10, two gateways and two feeds."""

import json
import os
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.faults.exchange import OwnExchange, own_exchange

DEADLINE_S = 30.0

Rest = Callable[[str], Any]


@pytest.fixture(scope="session")
def exchange(servers_dir: Path) -> Iterator[OwnExchange]:
    with own_exchange(servers_dir / "client", os.environ) as running:
        yield running


@pytest.fixture
def url(exchange: OwnExchange) -> str:
    return exchange.surroundings.ws_url


@pytest.fixture
def rest(exchange: OwnExchange) -> Rest:
    """Ask REST, which knows nothing of the client."""

    def get(path: str) -> Any:
        address = f"{exchange.surroundings.http_url}/api/v1/{path}"
        with urllib.request.urlopen(address, timeout=DEADLINE_S) as response:
            return json.load(response)

    return get
