"""Which build of the hot modules runs: compiled ones where they are those of these sources.

Theory of operation
-------------------
`scripts/native` compiles the hot modules and lays what comes of it into a folder of its own, named
after a fingerprint of every source that had a part in it: `.venv/native/<fingerprint>`. Nothing is
ever put beside the sources, where it would go on being loaded after they were edited.

This module decides, once for each process, before any hot module can be imported: `proto` and
`matcher` call it while they are being imported themselves. It takes the fingerprint of the sources
as they are now. Where a folder of that name is there, a finder serves what it holds, all of it or
none: a module that the folder names and that cannot be loaded is an error, not a reason to take
the source. Where there is none, every module comes from its source, as if this were not here. So a
source that was edited makes the whole process run interpreted until the next build, and what runs
is always what can be read.

`TICKMESH_BUILD=interpreted` does not look for a build; `TICKMESH_BUILD=compiled` ends the process
where there is none, since whoever asked for speed should not be served without.

Only the standard library, and little of it: each process pays for this. About a megabyte is hashed,
in two or three milliseconds. Source: docs/decisions/0021-compiled-build.md.
"""

import os
import sys
from collections.abc import Sequence
from hashlib import blake2b
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Final, Literal, NamedTuple, final

Kind = Literal["compiled", "interpreted"]

SETTING: Final = "TICKMESH_BUILD"
ROOT: Final = Path(__file__).resolve().parent.parent
# Everything that compiled code was made of or made by: compiling puts constants of one module into
# another, so each module that a compiled one imports belongs here, compiled or not.
SOURCES: Final = (
    "matcher/__init__.py",
    "matcher/core",
    "matcher/history_entry.py",
    "matcher/market_messages.py",
    "proto",
    "scripts/__init__.py",
    "scripts/benches/__init__.py",
    "scripts/benches/book_alone.py",
    "scripts/native",
)
# Names the modules of a build, one a line.
MODULES_FILE: Final = "modules"
# Of the names that this Python looks for, the one that no other version of Python shares.
EXTENSION_SUFFIX: Final = EXTENSION_SUFFIXES[0]


class Found(NamedTuple):
    """What a process was given to run.

    Attributes:
        kind: The build.
        reason: Why it is this one; part of a sentence.
        folder: Where the compiled modules are; None if interpreted.
    """

    kind: Kind
    reason: str
    folder: Path | None = None


@final
class CompiledFinder:
    """Serves the modules of one build; asked before Python looks on the module path.

    Args:
        folder: The build.
        modules: Full names of its modules.
    """

    def __init__(self, folder: Path, modules: frozenset[str]) -> None:
        self._folder: Final = folder
        self._modules: Final = modules

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module of the build is; None for any other."""
        if name not in self._modules:
            return None
        file = extension_path(self._folder, name)
        return spec_from_file_location(name, file, loader=ExtensionFileLoader(name, str(file)))


def builds_folder(root: Path) -> Path:
    """Return where the builds of a checkout are."""
    return root / ".venv" / "native"


def extension_path(folder: Path, module: str) -> Path:
    """Return where a module lies in the folder of its build."""
    return folder / (module.replace(".", "/") + EXTENSION_SUFFIX)


def source_files(root: Path) -> list[str]:
    """Return the paths of all SOURCES below the root, in order.

    Raises:
        OSError: If a folder cannot be read.
    """
    found = []
    pending = [*SOURCES]
    while pending:
        path = pending.pop()
        if path.endswith(".py"):
            found.append(path)
            continue
        for entry in os.scandir(root / path):
            if entry.name.endswith(".py") or (
                entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False)
            ):
                pending.append(f"{path}/{entry.name}")
    return sorted(found)


def fingerprint(root: Path) -> str:
    """Return a digest of the names and bytes of all SOURCES, and of the Python that runs them.

    Raises:
        OSError: If a source cannot be read.
    """
    digest = blake2b(EXTENSION_SUFFIX.encode(), digest_size=16)
    for path in source_files(root):
        with open(root / path, "rb") as file:
            content = file.read()
        # With the length, no byte can move from one file to the next unseen.
        digest.update(f"\n{path} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def find_build(root: Path, wanted: str) -> Found:
    """Decide which build to run; changes nothing.

    Args:
        root: The checkout.
        wanted: What the setting asks for; "" for what is there.

    Raises:
        SystemExit: If the setting is neither, or asks for a compiled build and there is none.
    """
    if wanted not in ("", "compiled", "interpreted"):
        raise SystemExit(f"{SETTING} must be compiled or interpreted, not {wanted!r}")
    if wanted == "interpreted":
        return Found("interpreted", f"{SETTING} asks for it")
    found = _current_build(root)
    if wanted == "compiled" and found.folder is None:
        raise SystemExit(
            f"{SETTING} asks for the compiled build, but {found.reason}; scripts/bootstrap makes it"
        )
    return found


def _current_build(root: Path) -> Found:
    builds = builds_folder(root)
    # Most often there is none because there never was one: then nothing is read.
    if not builds.is_dir():
        return Found("interpreted", "nothing has been compiled here")
    try:
        folder = builds / fingerprint(root)
    except OSError as error:
        return Found("interpreted", f"the sources cannot be read: {error}")
    if not (folder / MODULES_FILE).is_file():
        return Found("interpreted", "what was compiled is not of these sources")
    return Found("compiled", "made of these sources", folder)


def _decide() -> Found:
    found = find_build(ROOT, os.environ.get(SETTING, ""))
    if found.folder is not None:
        modules = frozenset((found.folder / MODULES_FILE).read_text("utf-8").split())
        sys.meta_path.insert(0, CompiledFinder(found.folder, modules))
    return found


_found: Final = _decide()


def build_kind() -> Kind:
    """Return which build this process runs."""
    return _found.kind


def build_reason() -> str:
    """Return why it is this one; part of a sentence: "nothing has been compiled here"."""
    return _found.reason
