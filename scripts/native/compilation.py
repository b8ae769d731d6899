"""Makes the compiled modules from the sources in the current folder: mypyc, then the C compiler.

    python -m scripts.native.compilation <folder for what is made>

A process of its own, on a copy of the sources: what it reads cannot change, the paths that it
writes into tracebacks are those below the root, and all that mypyc and the compiler say goes where
its output goes. A line that begins with PHASE is for whoever watches.

How it works: one group, so that the modules call each other directly. mypyc writes a C file for
each module, and one that Python loads for each; the compiler runs once for every file, on all
cores, long files first. As one large file the code would be about three percent faster, and take
twice as long to make on two cores. `-O3` brought nothing over `-O2`; that the functions are hidden
brings some percent, since the compiler may then put one into another.
"""

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Final, TypeVar

# Before distutils and mypyc, which both look whether it was: it brings the distutils they use.
import setuptools  # type: ignore[import-untyped]  # noqa: F401

from distutils.ccompiler import new_compiler  # isort: skip
from distutils.core import Extension  # isort: skip
from distutils.errors import CCompilerError  # isort: skip
from distutils.sysconfig import customize_compiler, get_python_inc  # isort: skip

from mypyc.build import mypycify

from proto.build import MODULES_FILE, extension_path
from scripts.native.modules import NoModuleError, compiled_modules, module_name

PHASE: Final = "phase: "
_Item = TypeVar("_Item")

GROUP: Final = "tickmesh"
# Warnings of C that was generated are of no use to anybody.
_FLAGS: Final = ("-O2", "-g0", "-w", "-fvisibility=hidden", "-fno-semantic-interposition")
_MYPY_OPTIONS: Final = ("--config-file=", f"--cache-dir={os.devnull}")


def main() -> int:
    """Make the modules and return the exit status."""
    made = Path(sys.argv[1]).resolve()
    root = Path.cwd()
    print(f"{PHASE}translating", flush=True)
    try:
        extensions = _translate(compiled_modules(root), made / "c")
        names = _compile(extensions, made)
    except (NoModuleError, CCompilerError) as error:
        print(error, flush=True)
        return 1
    (made / MODULES_FILE).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    return 0


def _translate(paths: list[str], c_folder: Path) -> list[Extension]:
    """Write C for modules; ends the process with mypyc's words if it cannot."""
    print("mypyc:", " ".join(map(module_name, paths)), flush=True)
    return mypycify(
        [*_MYPY_OPTIONS, *paths], multi_file=True, target_dir=str(c_folder), group_name=GROUP
    )


def _compile(extensions: list[Extension], made: Path) -> list[str]:
    """Compile and link; return the full names of the modules that were made.

    Raises:
        CCompilerError: If the compiler or the linker fails; it has said why.
    """
    compiler = new_compiler()
    customize_compiler(compiler)
    objects_folder = str(made / "objects")

    def compile_one(part: tuple[str, Extension]) -> None:
        source, extension = part
        compiler.compile(
            [source],
            output_dir=objects_folder,
            include_dirs=[*extension.include_dirs, get_python_inc()],
            extra_postargs=[*_FLAGS],
        )

    def link_one(extension: Extension) -> None:
        file = extension_path(made, extension.name)
        file.parent.mkdir(parents=True, exist_ok=True)
        objects = compiler.object_filenames(extension.sources, output_dir=objects_folder)
        compiler.link_shared_object(objects, str(file))

    parts = [(source, extension) for extension in extensions for source in extension.sources]
    parts.sort(key=lambda part: Path(part[0]).stat().st_size, reverse=True)
    _do_all("compiling", compile_one, parts)
    _do_all("linking", link_one, extensions)
    return [extension.name for extension in extensions]


def _do_all(what: str, work: Callable[[_Item], None], items: Sequence[_Item]) -> None:
    """Do the same with each item, on all cores; after a failure begin no more."""
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            for number, future in enumerate(as_completed(futures), start=1):
                future.result()
                print(f"{PHASE}{what} {number} of {len(futures)}", flush=True)
        finally:
            pool.shutdown(cancel_futures=True)


if __name__ == "__main__":
    sys.exit(main())
