import sys
import sysconfig
from pathlib import Path

import pytest

from scripts.native import toolchain as module
from scripts.native.toolchain import Toolchain, can_install, find_toolchain

MINOR = sys.version_info.minor


def program(folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(0o755)


def test_a_compiler_that_is_named_is_taken_whatever_it_is() -> None:
    assert find_toolchain({"CC": "my-cc -m64", "PATH": ""}).compiler == "my-cc -m64"


def test_without_a_name_it_is_what_python_was_made_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sysconfig, "get_config_var", {"CC": "special-gcc -pthread"}.get)
    program(tmp_path, "special-gcc")
    program(tmp_path, "cc")
    assert find_toolchain({"PATH": str(tmp_path)}).compiler == "special-gcc -pthread"


@pytest.mark.parametrize("name", ["cc", "gcc", "clang"])
def test_where_that_is_not_there_it_is_what_is(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sysconfig, "get_config_var", {"CC": "special-gcc"}.get)
    program(tmp_path, name)
    assert find_toolchain({"PATH": str(tmp_path)}).compiler == name


def test_there_may_be_none(tmp_path: Path) -> None:
    found = find_toolchain({"PATH": str(tmp_path)})
    assert found.compiler == ""
    assert not found.is_complete


def test_headers_are_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sysconfig, "get_path", {"include": str(tmp_path)}.get)
    assert not find_toolchain({"CC": "cc"}).headers
    (tmp_path / "Python.h").write_text("")
    assert find_toolchain({"CC": "cc"}).is_complete


@pytest.mark.parametrize(
    ("toolchain", "missing", "packages"),
    [
        (Toolchain("cc", True), "", []),
        (Toolchain("", True), "C compiler", ["gcc", "libc6-dev"]),
        (Toolchain("cc", False), "Python headers", [f"python3.{MINOR}-dev"]),
        (
            Toolchain("", False),
            "C compiler and no Python headers",
            ["gcc", "libc6-dev", f"python3.{MINOR}-dev"],
        ),
    ],
)
def test_what_is_missing_is_said(toolchain: Toolchain, missing: str, packages: list[str]) -> None:
    assert toolchain.missing == missing
    assert toolchain.packages() == packages


@pytest.mark.parametrize("is_root", [True, False])
@pytest.mark.parametrize("has_apt_get", [True, False])
def test_it_is_installed_by_root_where_there_is_apt_get(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_root: bool, has_apt_get: bool
) -> None:
    monkeypatch.setattr(module.os, "geteuid", lambda: 0 if is_root else 1000)
    monkeypatch.setenv("PATH", str(tmp_path))
    if has_apt_get:
        program(tmp_path, "apt-get")
    assert can_install(Toolchain("", True)) == (is_root and has_apt_get)


def test_headers_of_debian_are_for_the_python_of_debian(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "apt-get")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(module.os, "geteuid", lambda: 0)
    monkeypatch.setattr(sys, "base_prefix", "/opt/python")
    assert not can_install(Toolchain("cc", False))
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    assert can_install(Toolchain("cc", False))


def test_it_is_downloaded_before_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = tmp_path / "calls"
    program(tmp_path, "apt-get")
    (tmp_path / "apt-get").write_text(f'#!/bin/sh\necho "$@" >> {calls}\n')
    monkeypatch.setenv("PATH", str(tmp_path))
    module.install(["gcc", "libc6-dev"])
    update, download, install = calls.read_text().splitlines()
    assert "update" in update
    assert download.endswith("gcc libc6-dev --download-only")
    assert install.startswith("--no-download install -y")


def test_a_download_that_takes_too_long_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = tmp_path / "calls"
    program(tmp_path, "apt-get")
    (tmp_path / "apt-get").write_text(f'#!/bin/sh\necho "$@" >> {calls}\nexec sleep 60\n')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(module, "INSTALL_TIMEOUT_S", 0.2)
    module.install(["gcc"])
    assert len(calls.read_text().splitlines()) <= 1
