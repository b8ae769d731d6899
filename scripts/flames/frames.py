"""Reads the names of functions as the sampler writes them.

It writes `Engine.apply (matcher/core/engine.py:164)` for an interpreted function, and
`CPyDef_engine___Engine___apply (….so)` for the same one compiled: mypyc puts three underscores
where the source has a dot, and names a module by as much of its end as is needed to tell it from
others. What it makes besides, to free an object for instance, has no CPyDef before it. What has no
name has an address; then the library's name must do.
"""

import re
from collections.abc import Collection
from typing import Final, NamedTuple

_FRAME: Final = re.compile(r"(?P<name>.*) \((?P<file>[^()]*?)(?::\d+)?\)")
_COMPILED: Final = re.compile(r"(?:CPy(?P<kind>Def|Py)_)?(?P<name>\w+?___\w+)")
_ADDRESS: Final = re.compile(r"0x[0-9a-f]+")
_SOURCE_ROOTS: Final = ("matcher/", "proto/", "zmq/", "redis/", "asyncio/", "uvloop/", "msgspec/")


class Frame(NamedTuple):
    """One function on a stack.

    Attributes:
        name: As its readers know it.
        module: With dots, for what is of this tree or of a package; the library's name for others.
        file: As the sampler says it.
        is_wrapper: Whether it only unpacks arguments for a compiled function.
    """

    name: str
    module: str
    file: str
    is_wrapper: bool


def read_frame(text: str, compiled: Collection[str]) -> Frame:
    """Read a frame.

    Args:
        text: As the sampler writes it.
        compiled: The modules that are compiled, with dots.
    """
    match = _FRAME.fullmatch(text)
    if match is None:
        return Frame(text, "", "", False)
    name, file = match["name"], match["file"]
    if symbol := _COMPILED.fullmatch(name):
        module, function = _source_name(symbol["name"].split("___"), compiled)
        return Frame(function, module, file, symbol["kind"] == "Py")
    module = _module_of(file)
    return Frame(module if _ADDRESS.fullmatch(name) else name, module, file, False)


def _source_name(parts: list[str], compiled: Collection[str]) -> tuple[str, str]:
    """Return the module, and the name in it, of a compiled function."""
    for length in range(1, len(parts)):
        end = ".".join(parts[:length])
        modules = [module for module in compiled if f".{module}".endswith(f".{end}")]
        if len(modules) == 1:
            return modules[0], ".".join(parts[length:])
    return "", ".".join(parts)


def _module_of(file: str) -> str:
    """Return a module for a source of Python, or the name of a library."""
    if file.endswith(".py"):
        return file.removesuffix(".py").replace("/", ".")
    if file.startswith(_SOURCE_ROOTS):
        return file.split("/", 1)[0]
    return re.split(r"[.-]", file.rsplit("/", 1)[-1], maxsplit=1)[0] if ".so" in file else ""
