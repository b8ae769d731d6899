"""Which web pages may act here.

A browser tells in `Origin` which page opens a WebSocket or sends a request that may change
something. It lets any page open a WebSocket, and a name that was made to lead to this machine is to
it a page's own. Sign-in is open, so a page of somebody else's could trade for whoever looks at it:
only pages of this machine may.

Programs that are no browsers send no such header, and could send what they like.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_local(origin: str) -> bool:
    """Tell whether an `Origin` header names a page of this machine."""
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
