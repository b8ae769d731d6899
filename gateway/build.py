"""Which build runs: the version, and whether the compiled modules were loaded."""

import tomllib
from pathlib import Path

import proto.codec
from proto.api.answers import Build


def this_build() -> Build:
    """Find out about the running build; reads the project file beside the packages."""
    project = Path(__file__).parent.parent / "pyproject.toml"
    version = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
    compiled = not (proto.codec.__file__ or "").endswith(".py")
    return Build(version, "compiled" if compiled else "interpreted")
