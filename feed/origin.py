"""Which web pages may open a WebSocket. Pure.

A browser tells in `Origin` where the page comes from that wants to connect, and lets any page
connect. Sign-in is open, so a page of somebody else's could trade for whoever looks at it: only
pages of this machine may. A page whose name was made to lead here shows by that name.

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
