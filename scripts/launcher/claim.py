"""Makes sure, before anything starts, that nobody else has the data folder or the ports.

How it works: the claim on a data folder is a lock that the kernel drops with the process, so
nothing is left behind by a crash. The file says who holds it.
"""

import fcntl
import os

from proto.mesh.sockets import make_private_folder
from proto.settings import SettingError
from scripts.launcher.config import LauncherConfig
from scripts.launcher.embedded import port_is_free


def claim_data_folder(config: LauncherConfig) -> int:
    """Claim the data folder for this process; return the descriptor that holds the claim.

    Raises:
        SettingError: If another launcher has it, or it cannot be written to.
    """
    try:
        make_private_folder(config.run_dir)
        descriptor = os.open(config.run_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise SettingError(
            f"The data folder {config.data_dir} cannot be used: {error.strerror}. Set "
            "TICKMESH_DATA_DIR to a folder that you can write to."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise SettingError(
            f"Another exchange (process {holder}) runs on {config.data_dir}. Stop it first, or "
            "set TICKMESH_DATA_DIR to another folder."
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor


def check_ports(config: LauncherConfig) -> None:
    """Check that the ports of the exchange are free.

    The gateways share their port, so they would not notice another exchange on it: the kernel
    would deal out the connections to both.

    Raises:
        SettingError: If one is in use.
    """
    for host, port, variable in (
        (config.http_host, config.http_port, "TICKMESH_HTTP_PORT"),
        (config.ws_host, config.ws_port, "TICKMESH_WS_PORT"),
    ):
        if not port_is_free(host, port):
            raise SettingError(
                f"Port {port} on {host} is in use, or not yours to use. Stop what listens there "
                f"(ss -ltnp 'sport = :{port}' shows it), or set {variable} to another port."
            )
