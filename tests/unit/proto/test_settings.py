import pytest

from proto.mesh.sockets import check_endpoint
from proto.settings import SettingError, Settings


def test_defaults_serve_unset_and_empty_variables() -> None:
    settings = Settings({"EMPTY": ""})
    assert settings.text("EMPTY", "x") == "x"
    assert settings.integer("EMPTY", 5, 1, 9) == 5
    assert settings.loopback_host("EMPTY") == "127.0.0.1"
    assert settings.auth() == "open"


@pytest.mark.parametrize("text", ["0", "10", "-1", "five", "5.0", "٥", "1e1"])
def test_an_integer_out_of_bounds_names_variable_and_rule(text: str) -> None:
    with pytest.raises(SettingError, match=r"PORT is .* 1 to 9"):
        Settings({"PORT": text}).integer("PORT", 5, 1, 9)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_is_taken(host: str) -> None:
    assert Settings({"HOST": host}).loopback_host("HOST") == host


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "192.168.1.5", "::", "example.com", "8.8.8.8", "127.1"]
)
def test_any_other_address_is_refused_with_the_reason(host: str) -> None:
    with pytest.raises(SettingError, match="anyone who can connect can trade as any user"):
        Settings({"HOST": host}).loopback_host("HOST")


def test_other_sign_in_is_refused() -> None:
    with pytest.raises(SettingError, match="Only 'open' exists"):
        Settings({"TICKMESH_AUTH": "keys"}).auth()


def test_a_required_variable_says_what_to_set_it_to() -> None:
    with pytest.raises(SettingError, match=r"REDIS_URL is not set\. Set it to a URL"):
        Settings({}).required("REDIS_URL", "a URL")


@pytest.mark.parametrize("endpoint", ["ipc:///run/x.ipc", "tcp://127.0.0.1:5555", "tcp://[::1]:1"])
def test_endpoints_of_this_machine_are_taken(endpoint: str) -> None:
    check_endpoint(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    ["ipc://relative", "tcp://0.0.0.0:1", "tcp://*:1", "tcp://host:1", "udp://127.0.0.1:1", "", "x",
     "ipc:///" + "x" * 120],
)  # fmt: skip
def test_other_endpoints_are_refused(endpoint: str) -> None:
    with pytest.raises(SettingError, match="mesh endpoint"):
        check_endpoint(endpoint)
