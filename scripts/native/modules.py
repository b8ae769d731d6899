"""Which modules are compiled. To add one, name it in COMPILED; that is all.

How it works: paths or patterns below the root of the checkout. Modules that declare messages stay
as they are: a msgspec Struct is C already, and must not become a class of mypyc's, of which msgspec
knows nothing. They are told by their source, so a new one needs no word here.
"""

import ast
from pathlib import Path
from typing import Final

# What computes on the way of an order; and a bench that asks what the core's book costs by itself,
# where interpreted code around it would cost more than the book. All that these import must be
# among `proto.build.SOURCES`.
COMPILED: Final = (
    "matcher/core/*.py",
    "matcher/history_entry.py",
    "matcher/market_messages.py",
    "proto/ids.py",
    "proto/intervals.py",
    "proto/ordinals.py",
    "proto/packing.py",
    "proto/span.py",
    "scripts/benches/book_alone.py",
)


class NoModuleError(Exception):
    """A pattern that names nothing: what it named has moved."""


def compiled_modules(root: Path) -> list[str]:
    """Return the paths below the root of the modules to compile, in order.

    Args:
        root: A checkout, or what of it is among `proto.build.SOURCES`.

    Raises:
        NoModuleError: If a pattern names no file.
        OSError: If a source cannot be read.
        SyntaxError: If a source is not Python.
    """
    paths = []
    for pattern in COMPILED:
        found = sorted(root.glob(pattern))
        if not found:
            raise NoModuleError(f"scripts/native/modules.py names {pattern}, and there is none")
        paths += [path for path in found if path.name != "__init__.py"]
    return [str(path.relative_to(root)) for path in paths if not _declares_messages(path)]


def module_name(path: str) -> str:
    """Return the full name of the module at a path below the root."""
    return path.removesuffix(".py").replace("/", ".")


def _declares_messages(path: Path) -> bool:
    """Return whether a module has a class that is made from msgspec's Struct."""
    tree = ast.parse(path.read_bytes(), str(path))
    return any(
        isinstance(base, ast.Name) and base.id == "Struct"
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for base in node.bases
    )
