"""Makes the two kinds of socket, with every bound and timeout of theirs in one place.

`ipc://` is the default: a socket file in a folder that only the exchange's own user may enter,
so the file system is the authentication. `tcp://` is taken on loopback addresses only, for as
long as the mesh has no keys.
"""

import ipaddress
import os
import stat
from pathlib import Path
from typing import Final

import zmq

from proto.limits import FRAME_BYTES_MAX
from proto.settings import SettingError

# Frames that wait in ZeroMQ for one peer before a send is refused or a reader pushes back.
FRAMES_QUEUED_MAX: Final = 1_000
# How soon a dealer tries to connect again, in milliseconds; it doubles up to the second figure.
RECONNECT_MS: Final = 20
RECONNECT_MAX_MS: Final = 200
# unix(7): sun_path holds 108 bytes, the last a zero.
IPC_PATH_BYTES_MAX: Final = 107


def bind_router(context: "zmq.Context[zmq.Socket[bytes]]", endpoint: str) -> "zmq.Socket[bytes]":
    """Make a ROUTER that listens at an endpoint.

    Raises:
        SettingError: If the endpoint is not one that this version listens at, or is taken.
    """
    check_endpoint(endpoint)
    if endpoint.startswith("ipc://"):
        make_private_folder(Path(endpoint.removeprefix("ipc://")).parent)
    socket = context.socket(zmq.ROUTER)
    _set_bounds(socket)
    # An answer to a peer that has left must come back as an error, or it would be lost uncounted.
    socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
    # The library drops a peer that sends more than the longest frame, before it is in memory.
    socket.setsockopt(zmq.MAXMSGSIZE, FRAME_BYTES_MAX)
    try:
        socket.bind(endpoint)
    except zmq.ZMQError as error:
        socket.close(linger=0)
        raise SettingError(f"cannot listen at {endpoint}: {error.strerror}") from error
    return socket


def make_dealer(context: "zmq.Context[zmq.Socket[bytes]]") -> "zmq.Socket[bytes]":
    """Make a DEALER that is not connected yet."""
    socket = context.socket(zmq.DEALER)
    _set_bounds(socket)
    # Queue only for a peer that is there: a request that nobody can take is refused at once,
    # instead of arriving long after its sender gave up.
    socket.setsockopt(zmq.IMMEDIATE, 1)
    socket.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)
    socket.setsockopt(zmq.RECONNECT_IVL_MAX, RECONNECT_MAX_MS)
    return socket


def check_endpoint(endpoint: str) -> None:
    """Refuse an endpoint that the mesh must not use.

    Raises:
        SettingError: If it is neither ipc:// with an absolute path nor tcp:// on loopback.
    """
    transport, _, address = endpoint.partition("://")
    if transport == "ipc":
        if not address.startswith("/"):
            raise SettingError(f"mesh endpoint {endpoint!r}: an ipc path must be absolute")
        if len(os.fsencode(address)) > IPC_PATH_BYTES_MAX:
            raise SettingError(
                f"mesh endpoint {endpoint!r}: the path of a socket may have at most "
                f"{IPC_PATH_BYTES_MAX} bytes. Choose a shorter TICKMESH_DATA_DIR, or name a "
                "shorter path or a tcp://127.0.0.1:<port> in TICKMESH_MATCHER_ENDPOINT."
            )
        return
    host = address.rpartition(":")[0].strip("[]")
    try:
        loopback = transport == "tcp" and ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise SettingError(
            f"mesh endpoint {endpoint!r}: it must be ipc:///absolute/path or "
            "tcp://127.0.0.1:<port>. The mesh has no keys in this version, so it does not "
            "listen on other addresses."
        )


def make_private_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter, or check that it is one.

    Raises:
        SettingError: If it belongs to somebody else.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if status.st_uid != os.geteuid():
        raise SettingError(f"{folder} belongs to another user; sockets need a folder of their own")
    if stat.S_IMODE(status.st_mode) & 0o077:
        folder.chmod(0o700)


def _set_bounds(socket: "zmq.Socket[bytes]") -> None:
    socket.setsockopt(zmq.SNDHWM, FRAMES_QUEUED_MAX)
    socket.setsockopt(zmq.RCVHWM, FRAMES_QUEUED_MAX)
    socket.setsockopt(zmq.LINGER, 0)
