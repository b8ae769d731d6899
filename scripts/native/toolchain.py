"""What the machine needs to compile: a C compiler and the headers of this Python.

How it works: the environment variable CC names the compiler, else Python's own configuration, else
it is what is usually there. Where something is missing, and we are root on a machine with apt-get,
as in a container, it is installed: downloads may take as long as INSTALL_TIMEOUT_S and are then
given up; the installing itself is never interrupted, since that would leave a broken system.
"""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

INSTALL_TIMEOUT_S: Final = 120.0
_USUAL_COMPILERS: Final = ("cc", "gcc", "clang")
_APT_PATIENCE: Final = ("-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=10")


class Toolchain(NamedTuple):
    """What there is to compile with.

    Attributes:
        compiler: The C compiler's command, "" if there is none.
        headers: Whether the headers of Python are there.
    """

    compiler: str
    headers: bool

    @property
    def is_complete(self) -> bool:
        """Whether it can compile."""
        return bool(self.compiler) and self.headers

    @property
    def missing(self) -> str:
        """What is missing, in words; "" for nothing."""
        compiler = "" if self.compiler else "C compiler"
        headers = "" if self.headers else "Python headers"
        return " and no ".join(filter(None, (compiler, headers)))

    def packages(self) -> list[str]:
        """Return the Debian packages that bring what is missing."""
        packages = [] if self.compiler else ["gcc", "libc6-dev"]
        if not self.headers:
            packages.append(f"python3.{sys.version_info.minor}-dev")
        return packages


def find_toolchain(environment: Mapping[str, str]) -> Toolchain:
    """Look for what is needed.

    Args:
        environment: Variables of the process; CC and PATH are read.
    """
    named = environment.get("CC", "")
    configured = str(sysconfig.get_config_var("CC") or "")
    found = (each for each in (configured, *_USUAL_COMPILERS) if _is_there(each, environment))
    # A wrong CC is not put right here: the compilation fails, and says of what.
    compiler = named or next(found, "")
    headers = Path(sysconfig.get_path("include"), "Python.h").is_file()
    return Toolchain(compiler, headers)


def _is_there(command: str, environment: Mapping[str, str]) -> bool:
    words = shlex.split(command)
    return bool(words) and shutil.which(words[0], path=environment.get("PATH")) is not None


def can_install(toolchain: Toolchain) -> bool:
    """Return whether apt-get can bring what is missing, and we may use it."""
    # Headers from Debian fit Debian's Python only.
    ours = toolchain.headers or sys.base_prefix == "/usr"
    return ours and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: list[str]) -> None:
    """Install Debian packages where that is possible; whether it was, `find_toolchain` says."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    wanted = ["install", "-y", "-qq", "--no-install-recommends", *packages]
    fetching = (["update", "-qq"], [*wanted, "--download-only"])
    for arguments in fetching:
        try:
            subprocess.run(
                ["apt-get", *_APT_PATIENCE, *arguments],
                capture_output=True,
                env=environment,
                check=False,
                timeout=INSTALL_TIMEOUT_S,
            )
        except subprocess.TimeoutExpired:
            return
    subprocess.run(
        ["apt-get", "--no-download", *wanted], capture_output=True, env=environment, check=False
    )
