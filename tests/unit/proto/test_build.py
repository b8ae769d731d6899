import importlib
import os
import shutil
import sys
from pathlib import Path

import pytest

from proto.build import (
    EXTENSION_SUFFIX,
    MODULES_FILE,
    ROOT,
    SETTING,
    SOURCES,
    CompiledFinder,
    build_kind,
    build_reason,
    builds_folder,
    extension_path,
    find_build,
    fingerprint,
    source_files,
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Sources of two lines, in all the places where sources are."""
    for source in SOURCES:
        path = tmp_path / source
        file = path if path.suffix else path / "module.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("ONE = 1\nTWO = 2\n")
    return tmp_path


def build_of(checkout: Path) -> Path:
    """Lay a build of the sources as they are, without a module."""
    build = builds_folder(checkout) / fingerprint(checkout)
    build.mkdir(parents=True)
    (build / MODULES_FILE).write_text("")
    return build


def test_the_build_that_was_asked_for_runs() -> None:
    wanted = os.environ.get(SETTING, "")
    assert build_kind() == wanted or not wanted
    assert build_reason()


def test_all_modules_are_of_one_build() -> None:
    found = find_build(ROOT, build_kind())
    importlib.import_module("matcher.core.engine")
    compiled = set()
    if found.folder is not None:
        compiled = set((found.folder / MODULES_FILE).read_text().split())
        assert "matcher.core.engine" in compiled
    core = {name: sys.modules[name] for name in [*sys.modules] if name.startswith("matcher.core.")}
    assert len(core) > 10
    for name, module in core.items():
        file = str(module.__file__)
        assert file.endswith(EXTENSION_SUFFIX if name in compiled else ".py"), file


def test_without_a_build_the_sources_run(checkout: Path) -> None:
    found = find_build(checkout, "")
    assert (found.kind, found.folder) == ("interpreted", None)
    assert found.reason == "nothing has been compiled here"


def test_a_build_of_these_sources_runs(checkout: Path) -> None:
    build = build_of(checkout)
    assert find_build(checkout, "").folder == build
    assert find_build(checkout, "compiled").kind == "compiled"


@pytest.mark.parametrize("source", SOURCES)
def test_a_byte_is_enough_to_run_the_sources_until_it_is_back(checkout: Path, source: str) -> None:
    build = build_of(checkout)
    path = checkout / source
    file = path if path.suffix else path / "module.py"
    status = file.stat()
    file.write_text("ONE = 1\nTWO = 3\n")
    # Its size and its times say that nothing has changed.
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    found = find_build(checkout, "")
    assert (found.kind, found.folder) == ("interpreted", None)
    assert found.reason == "what was compiled is not of these sources"
    file.write_text("ONE = 1\nTWO = 2\n")
    assert find_build(checkout, "").folder == build


def test_a_build_without_its_last_file_is_none(checkout: Path) -> None:
    (build_of(checkout) / MODULES_FILE).unlink()
    assert find_build(checkout, "").kind == "interpreted"


def test_sources_that_are_not_there_are_no_build(checkout: Path) -> None:
    build_of(checkout)
    shutil.rmtree(checkout / "proto")
    found = find_build(checkout, "")
    assert found.kind == "interpreted"
    assert found.reason.startswith("the sources cannot be read: ")


def test_the_interpreted_build_can_be_asked_for(checkout: Path) -> None:
    build_of(checkout)
    found = find_build(checkout, "interpreted")
    assert (found.kind, found.folder) == ("interpreted", None)
    assert found.reason == "TICKMESH_BUILD asks for it"


def test_a_compiled_build_that_is_not_there_ends_the_process(checkout: Path) -> None:
    with pytest.raises(SystemExit, match="but nothing has been compiled here; scripts/bootstrap"):
        find_build(checkout, "compiled")


@pytest.mark.parametrize("wanted", ["Compiled", " ", "1", "\x00"])
def test_any_other_wish_ends_the_process(checkout: Path, wanted: str) -> None:
    with pytest.raises(SystemExit, match="TICKMESH_BUILD must be compiled or interpreted, not "):
        find_build(checkout, wanted)


def test_sources_are_all_python_files_at_any_depth(checkout: Path) -> None:
    before, known = fingerprint(checkout), source_files(checkout)
    (checkout / "proto" / "__pycache__").mkdir()
    (checkout / "proto" / "__pycache__" / "module.py").write_text("")
    (checkout / "proto" / "notes.txt").write_text("")
    (checkout / "gateway").mkdir()
    (checkout / "gateway" / "module.py").write_text("")
    assert (fingerprint(checkout), source_files(checkout)) == (before, known)
    deep = checkout / "proto" / "api" / "translate"
    deep.mkdir(parents=True)
    (deep / "more.py").write_text("")
    assert set(source_files(checkout)) - set(known) == {"proto/api/translate/more.py"}
    assert fingerprint(checkout) != before


def test_bytes_and_names_do_not_move_unseen(checkout: Path) -> None:
    first, second = checkout / "proto" / "a.py", checkout / "proto" / "b.py"
    seen = set()
    for contents in (("ONE = 1\n", "TWO = 2\n"), ("ONE = 1\nTWO = 2\n", ""), ("", "ONE = 1\n")):
        first.write_text(contents[0])
        second.write_text(contents[1])
        seen.add(fingerprint(checkout))
    second.rename(checkout / "proto" / "c.py")
    seen.add(fingerprint(checkout))
    assert len(seen) == 4


def test_the_finder_leaves_all_others_to_python(tmp_path: Path) -> None:
    finder = CompiledFinder(tmp_path, frozenset({"proto.span"}))
    assert finder.find_spec("proto", None) is None
    assert finder.find_spec("proto.spa", ["proto"]) is None
    spec = finder.find_spec("proto.span", ["proto"])
    assert spec is not None
    assert spec.origin == str(extension_path(tmp_path, "proto.span"))


def test_a_module_of_the_build_that_is_gone_is_not_taken_from_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "half_gone.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    finder = CompiledFinder(tmp_path / "build", frozenset({"half_gone"}))
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    with pytest.raises(ImportError, match="half_gone"):
        importlib.import_module("half_gone")
