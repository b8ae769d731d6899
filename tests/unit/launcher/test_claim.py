import os
import socket
from pathlib import Path

import pytest

from proto.settings import SettingError, Settings
from scripts.launcher.claim import check_ports, claim_data_folder
from scripts.launcher.config import LauncherConfig
from scripts.launcher.environment import addresses, exchange_services, write_environment


def _config(data_dir: Path, **more: str) -> LauncherConfig:
    environment = {
        "TICKMESH_DATA_DIR": str(data_dir),
        "TICKMESH_HTTP_PORT": "0",
        "TICKMESH_WS_PORT": "0",
        **more,
    }
    return LauncherConfig(Settings(environment))


def test_a_data_folder_has_one_launcher_and_is_free_after_it(tmp_path: Path) -> None:
    config = _config(tmp_path / "data")
    claim = claim_data_folder(config)
    assert config.run_dir.stat().st_mode & 0o777 == 0o700
    with pytest.raises(SettingError, match=rf"\(process {os.getpid()}\) runs on"):
        claim_data_folder(config)
    os.close(claim)
    os.close(claim_data_folder(config))


def test_a_port_in_use_is_named_also_where_it_is_shared(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        config = _config(tmp_path, TICKMESH_HTTP_PORT=str(port))
        with pytest.raises(SettingError, match=rf"Port {port} .*TICKMESH_HTTP_PORT"):
            check_ports(config)
    check_ports(_config(tmp_path))


def test_addresses_are_for_the_owner_only_and_tell_all(tmp_path: Path) -> None:
    config = _config(tmp_path, TICKMESH_GATEWAYS="2", TICKMESH_FEEDS="3")
    variables = addresses(config, "redis://r", "postgresql://d")
    path = tmp_path / "environment"
    path.write_text("old")
    write_environment(path, variables)
    assert path.stat().st_mode & 0o777 == 0o600
    assert dict(line.split("=", 1) for line in path.read_text().splitlines()) == variables
    groups = exchange_services(config, variables)
    names = [[service.name for service in group] for group in groups]
    assert names == [
        ["matcher", "persist"],
        ["gateway-1", "gateway-2", "feed-1", "feed-2", "feed-3"],
    ]
    assert groups[0][0].environment["TICKMESH_HTTP_PORT"] == str(config.http_port)


def test_a_path_too_long_for_a_socket_is_told_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="Choose a shorter TICKMESH_DATA_DIR"):
        _config(tmp_path / ("long" * 30))
