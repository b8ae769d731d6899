"""Why a connection did not come about, and whether trying again may help. Pure."""

import re
from ssl import SSLCertVerificationError
from typing import Final

from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidStatus

from gateway.client.errors import ConnectionFailedError

_SECONDS: Final = re.compile("[0-9]{1,9}", re.ASCII)
# The exchange, or a proxy before it, may answer otherwise a little later.
_PASSING_STATUSES: Final = frozenset({429, 500, 502, 503, 504})


def passing_failure(error: OSError | InvalidHandshake) -> tuple[str, int | None]:
    """Say why there is no connection, where there may be one later.

    Returns:
        What happened, and after how many seconds the exchange wants to be tried again, or None.

    Raises:
        ConnectionFailedError: If it will be the same later.
    """
    why = str(error) or type(error).__name__
    if isinstance(error, InvalidStatus):
        response = error.response
        if response.status_code in _PASSING_STATUSES:
            after = response.headers.get("Retry-After", "")
            return why, int(after) if _SECONDS.fullmatch(after) else None
    elif isinstance(error, InvalidMessage):
        # Nothing, or not all of an answer: the exchange has just gone away.
        if isinstance(error.__cause__, EOFError):
            return why, None
    elif isinstance(error, OSError) and not isinstance(error, SSLCertVerificationError):
        return why, None
    raise ConnectionFailedError(f"the exchange cannot be reached: {why}") from error
