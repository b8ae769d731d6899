"""What the environment may say."""

import pytest

from gateway.config import WEBSOCKET_ADDRESS_DEFAULT, read_config
from proto.mesh.address import MatcherAddress
from proto.settings import SettingError, Settings

URL = {"DATABASE_URL": "postgresql://x@127.0.0.1/x"}


def test_defaults() -> None:
    config = read_config(Settings({**URL, "TICKMESH_DATA_DIR": "/somewhere"}))
    assert (config.host, config.port) == ("127.0.0.1", 8000)
    assert config.matcher.endpoint == "ipc:///somewhere/run/matcher-0.ipc"
    assert not config.matcher.is_fixed
    assert config.redis_url == ""
    assert config.websocket_address == WEBSOCKET_ADDRESS_DEFAULT == "127.0.0.1:9001"


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [("127.0.0.2", "7", "127.0.0.2:7"), ("::1", "7", "[::1]:7"), ("", "0", "127.0.0.1:9001")],
)
def test_where_the_feeds_listen(host: str, port: str, address: str) -> None:
    settings = Settings({**URL, "TICKMESH_WS_HOST": host, "TICKMESH_WS_PORT": port})
    assert read_config(settings).websocket_address == address


def test_an_endpoint_that_is_given_is_the_only_one() -> None:
    settings = Settings({**URL, "TICKMESH_MATCHER_ENDPOINT": "tcp://127.0.0.1:7000"})
    config = read_config(settings)
    assert config.matcher == MatcherAddress(0, "tcp://127.0.0.1:7000", is_fixed=True)


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, "DATABASE_URL"),
        ({**URL, "TICKMESH_HTTP_HOST": "0.0.0.0"}, "TICKMESH_HTTP_HOST"),
        ({**URL, "TICKMESH_HTTP_HOST": "example.org"}, "loopback"),
        ({**URL, "TICKMESH_HTTP_PORT": "eighty"}, "TICKMESH_HTTP_PORT"),
        ({**URL, "TICKMESH_WS_PORT": "nine"}, "TICKMESH_WS_PORT"),
        ({**URL, "TICKMESH_AUTH": "keys"}, "TICKMESH_AUTH"),
        ({**URL, "TICKMESH_MATCHER_ENDPOINT": "tcp://10.0.0.1:7000"}, "loopback|127.0.0.1"),
    ],
)
def test_what_cannot_be_used_is_named(environment: dict[str, str], named: str) -> None:
    with pytest.raises(SettingError, match=named):
        read_config(Settings(environment))
