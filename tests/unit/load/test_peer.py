"""Where what the engine is measured beside cannot be had, the reason is told."""

import sys

import pytest

from scripts.benches import peer
from scripts.benches.findings import BenchError


def test_without_a_compiler_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "_MODULE", "no_such_package")
    monkeypatch.setattr(peer, "install", lambda *_: pytest.fail("installed"))
    with pytest.raises(BenchError, match=r"no C\+\+ compiler.*apt-get install g\+\+"):
        peer.provide({"PATH": ""})


def test_what_is_there_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "_MODULE", "json")
    monkeypatch.setattr(peer, "install", lambda *_: pytest.fail("installed"))
    peer.provide({"PATH": ""})


def test_an_install_that_fails_shows_its_last_lines() -> None:
    command = [sys.executable, "-c", "print(*range(9), sep='\\n'); raise SystemExit(1)"]
    with pytest.raises(BenchError, match=r"could not be installed:\n4\n5\n6\n7\n8$"):
        peer.install(command, {})


def test_an_install_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "INSTALL_TIMEOUT_S", 0.1)
    command = [sys.executable, "-c", "import sys, threading; threading.Event().wait()"]
    with pytest.raises(BenchError, match="not installed within"):
        peer.install(command, {})


def test_what_is_installed_is_pinned_by_its_hash() -> None:
    lock = peer._LOCK.read_text(encoding="utf-8")
    assert "limit-order-book==2.0.0" in lock
    assert "--hash=sha256:" in lock
