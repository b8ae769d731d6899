"""Which build runs: the version, and whether the hot modules are the compiled ones."""

import tomllib
from pathlib import Path

from proto.api.answers import Build
from proto.build import build_kind


def this_build() -> Build:
    """Find out about the running build; reads the project file beside the packages."""
    project = Path(__file__).parent.parent / "pyproject.toml"
    version = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
    return Build(version, build_kind())
