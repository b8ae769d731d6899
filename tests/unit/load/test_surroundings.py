"""Finding the running exchange."""

import os
from pathlib import Path

import pytest

from proto.settings import SettingError
from scripts.load.surroundings import find_exchange, matcher_pid


def write(data_dir: Path, text: str) -> dict[str, str]:
    (data_dir / "run").mkdir()
    (data_dir / "run" / "environment").write_text(text)
    return {"TICKMESH_DATA_DIR": str(data_dir)}


def test_what_the_exchange_wrote_goes_before_the_rest(tmp_path: Path) -> None:
    environment = write(
        tmp_path, "DATABASE_URL=postgresql://a?b=c\nTICKMESH_HTTP_PORT=8123\nPATH=/nowhere\n"
    )
    found = find_exchange({**environment, "TICKMESH_HTTP_PORT": "1", "DATABASE_URL": "other"})
    assert found.database_url == "postgresql://a?b=c"
    assert found.http_url == "http://127.0.0.1:8123"
    assert found.ws_url == "ws://127.0.0.1:9001"
    assert found.matcher_endpoint == f"ipc://{tmp_path}/run/matcher-0.ipc"


def test_ipv6_addresses_are_bracketed(tmp_path: Path) -> None:
    environment = write(tmp_path, "DATABASE_URL=x\nTICKMESH_HTTP_HOST=::1\n")
    assert find_exchange(environment).http_url == "http://[::1]:8000"


def test_no_exchange_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="scripts/up"):
        find_exchange({"TICKMESH_DATA_DIR": str(tmp_path)})


def test_the_matcher_is_found_by_its_pid_file(tmp_path: Path) -> None:
    write(tmp_path, "")
    path = tmp_path / "run" / "matcher.pid"
    path.write_text(f"{os.getpid()}\n")
    assert matcher_pid(tmp_path) == os.getpid()
    for wrong in ("", "x", str(2**22 + 1)):
        path.write_text(wrong)
        with pytest.raises(SettingError, match="no running matcher"):
            matcher_pid(tmp_path)
    path.unlink()
    with pytest.raises(SettingError, match="no running matcher"):
        matcher_pid(tmp_path)
