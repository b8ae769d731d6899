"""Builds of a checkout of a few lines, with the real recipe, mypyc and C compiler."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from proto.build import ROOT, builds_folder, find_build
from scripts.native.main import NotBuiltError, make_build
from scripts.native.toolchain import find_toolchain
from tests.waiting import until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        not find_toolchain(os.environ).is_complete, reason="needs a C compiler and Python headers"
    ),
]

SMALL = '''"""A module."""

from proto.limits import MOST


def bounded(number: int) -> int:
    """Return the number, or the most."""
    assert number >= 0, "negative"
    return min(number, MOST)
'''
ASK = "import proto.small, proto.build; print(proto.build.build_kind(), proto.small.__file__)"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the real recipe, and one module to compile."""
    root = tmp_path / "checkout"
    for folder in ("matcher/core", "proto", "scripts/benches"):
        (root / folder).mkdir(parents=True)
    for file in (
        "matcher/core/__init__.py",
        "matcher/history_entry.py",
        "matcher/market_messages.py",
        "scripts/__init__.py",
        "scripts/benches/__init__.py",
        "scripts/benches/book_alone.py",
    ):
        (root / file).write_text("")
    shutil.copyfile(ROOT / "matcher/__init__.py", root / "matcher/__init__.py")
    for file in ("proto/__init__.py", "proto/build.py"):
        shutil.copyfile(ROOT / file, root / file)
    shutil.copytree(
        ROOT / "scripts/native",
        root / "scripts/native",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    recipe = root / "scripts/native/modules.py"
    only_small = re.sub(r"\(\n( +\".*\",\n)+\)", '("proto/small.py",)', recipe.read_text())
    recipe.write_text(only_small)
    (root / "proto/limits.py").write_text("from typing import Final\n\nMOST: Final = 10\n")
    (root / "proto/small.py").write_text(SMALL)
    return root


def run(
    checkout: Path, code: str, *options: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run code as whoever uses a checkout would: in another folder, with it on the path."""
    inherited = {name: value for name, value in os.environ.items() if name != "TICKMESH_BUILD"}
    return subprocess.run(
        [sys.executable, *options, "-c", code],
        cwd=checkout.parent,
        env={**inherited, "PYTHONPATH": str(checkout), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def ask(checkout: Path, *options: str, **environment: str) -> str:
    """Return which build runs and what file its module is."""
    done = run(checkout, ASK, *options, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def log_of(checkout: Path) -> str:
    return (checkout / ".venv/native.log").read_text()


def test_a_build_is_served_while_it_is_of_the_sources(checkout: Path) -> None:
    source = f"interpreted {checkout}/proto/small.py"
    assert ask(checkout) == source
    build = make_build(checkout)
    compiled = ask(checkout)
    assert compiled.startswith(f"compiled {build}/proto/small.")
    # However Python is started.
    assert ask(checkout, "-P") == ask(checkout, "-O") == compiled
    assert ask(checkout, TICKMESH_BUILD="compiled") == compiled
    assert ask(checkout, TICKMESH_BUILD="interpreted") == source
    # In a child too, and whichever package comes first.
    forked = "import os, matcher, sys\nif os.fork():\n    os.wait()\n    sys.exit()\n" + ASK
    assert run(checkout, forked).stdout.strip() == compiled
    # Nothing is made again.
    assert make_build(checkout) == build
    assert {entry.name for entry in builds_folder(checkout).iterdir()} == {build.name}

    # An error shows the line of the source.
    wrong = run(checkout, "import proto.small; proto.small.bounded(-1)")
    assert 'proto/small.py", line 8, in bounded' in wrong.stderr
    assert "AssertionError: negative" in wrong.stderr

    # The same bytes in another place have no part in it, whatever Python runs them.
    other = checkout.parent / "other"
    shutil.copytree(checkout, other, ignore=shutil.ignore_patterns(".venv", "__pycache__"))
    assert ask(other) == f"interpreted {other}/proto/small.py"

    # A constant of another module is in the compiled code: then all of it is stale.
    limits = checkout / "proto/limits.py"
    before = limits.read_text()
    limits.write_text(before.replace("10", "11"))
    assert ask(checkout) == source
    refused = run(checkout, ASK, TICKMESH_BUILD="compiled")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "TICKMESH_BUILD asks for the compiled build, but what was compiled is not of these "
        "sources; scripts/bootstrap makes it\n"
    )
    # The build before stays for those who run it, the one before that does not.
    older = builds_folder(checkout) / "older"
    older.mkdir()
    os.utime(older, (0, 0))
    second = make_build(checkout)
    assert run(checkout, "import proto.small; print(proto.small.bounded(99))").stdout == "11\n"
    assert {entry.name for entry in builds_folder(checkout).iterdir()} == {build.name, second.name}


def test_a_compiler_that_fails_is_not_tried_again_until_it_is_another(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CC", "false")
    with pytest.raises(NotBuiltError, match=r"compiling failed; \.venv/native\.log says why"):
        make_build(checkout)
    assert "'false'" in log_of(checkout)
    assert ask(checkout).startswith("interpreted ")
    assert {entry.name for entry in builds_folder(checkout).iterdir()} == {"failed"}
    assert "Compiling" in capsys.readouterr().out
    with pytest.raises(NotBuiltError, match=r"has failed before; .* remove .*/failed"):
        make_build(checkout)
    assert capsys.readouterr().out == ""
    monkeypatch.setenv("CC", "false other")
    with pytest.raises(NotBuiltError, match="compiling failed"):
        make_build(checkout)


def test_what_mypyc_does_not_take_is_in_the_log(checkout: Path) -> None:
    small = checkout / "proto/small.py"
    small.write_text(SMALL.replace("min(number, MOST)", '"much"'))
    with pytest.raises(NotBuiltError, match="compiling failed"):
        make_build(checkout)
    assert 'proto/small.py:9: error: Incompatible return value type (got "str"' in log_of(checkout)
    # What is outside the sources is not there for it.
    small.write_text("import gateway.app\n")
    with pytest.raises(NotBuiltError, match="compiling failed"):
        make_build(checkout)
    assert 'Cannot find implementation or library stub for module named "gateway' in log_of(
        checkout
    )


def test_without_a_compiler_one_line_says_what_would_help(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(checkout))
    with pytest.raises(NotBuiltError, match=r"^there is no C compiler\. .*apt-get install gcc"):
        make_build(checkout)
    assert find_build(checkout, "").kind == "interpreted"


async def test_a_build_that_is_killed_leaves_nothing_that_is_served(checkout: Path) -> None:
    program = "from pathlib import Path; from scripts.native.main import make_build; import sys\n"
    program += "make_build(Path(sys.argv[1]))"
    builds = builds_folder(checkout)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, str(checkout)),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        await until(lambda: [*builds.glob("making-*/made/objects")])
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    assert ask(checkout) == f"interpreted {checkout}/proto/small.py"
    (left_over,) = builds.iterdir()
    build = make_build(checkout)
    assert ask(checkout).startswith(f"compiled {build}")
    assert {entry.name for entry in builds.iterdir()} - {left_over.name} == {build.name}
