"""Pages of this machine, and all others."""

import pytest

from proto.api.origin import is_local


@pytest.mark.parametrize(
    "origin",
    ["http://localhost", "http://localhost:8000", "https://LOCALHOST", "http://127.0.0.1:5173",
     "http://127.9.9.9", "http://[::1]:3000", "http://bot.localhost"],
)  # fmt: skip
def test_pages_of_this_machine(origin: str) -> None:
    assert is_local(origin)


@pytest.mark.parametrize(
    "origin",
    ["", "null", "localhost", "https://evil.example", "http://localhost.evil.example",
     "http://evil.example/localhost", "http://localhost@evil.example", "http://10.0.0.1",
     "http://notlocalhost", "http://[::1", "http://128.0.0.1", "file://"],
)  # fmt: skip
def test_all_others(origin: str) -> None:
    assert not is_local(origin)
