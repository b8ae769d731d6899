import ast
from pathlib import Path

import pytest

from proto.build import ROOT, SOURCES, source_files
from scripts.native import modules
from scripts.native.modules import NoModuleError, compiled_modules, module_name

PACKAGES = ("proto", "matcher", "gateway", "feed", "persist", "scripts")


def imports_of(path: Path) -> set[str]:
    """Return the modules of the project that a module imports, as paths."""
    found = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            file = f"{name.replace('.', '/')}.py"
            if name.split(".")[0] in PACKAGES and (ROOT / file).is_file():
                found.add(file)
    return found


def test_the_engine_is_compiled_and_messages_are_not() -> None:
    names = {module_name(path) for path in compiled_modules(ROOT)}
    assert {"matcher.core.engine", "matcher.core.ladder", "proto.ordinals"} <= names
    assert not {"matcher.core.parts", "proto.commands", "proto.build"} & names
    assert not any("__init__" in name for name in names)


def test_whatever_compiled_modules_import_is_part_of_the_fingerprint() -> None:
    sources = set(source_files(ROOT))
    compiled = compiled_modules(ROOT)
    imported = set().union(*(imports_of(ROOT / path) for path in compiled))
    assert "proto/limits.py" in imported
    assert (imported | set(compiled)) - sources == set()
    # How they are made, too.
    assert "scripts/native/compilation.py" in sources


def test_every_source_is_there() -> None:
    assert all((ROOT / source).exists() for source in SOURCES)


def test_modules_with_messages_are_told_by_their_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modules, "COMPILED", ("*.py",))
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "plain.py").write_text("class Struct: ...\n")
    (tmp_path / "message.py").write_text("class Order(Struct, frozen=True): ...\n")
    assert compiled_modules(tmp_path) == ["plain.py"]


def test_a_pattern_that_names_nothing_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modules, "COMPILED", ("moved.py",))
    with pytest.raises(NoModuleError, match=r"names moved\.py, and there is none"):
        compiled_modules(tmp_path)
