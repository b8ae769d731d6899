r"""Values as fields of COPY's text format.

Only `client_order_id` and `reference` hold what a client wrote. COPY's special characters in them
are escaped, and U+0000, which no text of PostgreSQL can hold, is stored as U+2400, its picture.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, final

NULL: Final = r"\N"
TRUTH: Final = {False: "f", True: "t"}

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ESCAPES: Final = str.maketrans(
    {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": "\N{SYMBOL FOR NULL}"}
)


def moment(timestamp_ns: int) -> datetime:
    """Return engine time as the database keeps it, cut to microseconds."""
    return _EPOCH + timedelta(microseconds=timestamp_ns // 1_000)


def escape(text: str) -> str:
    r"""Write a client's text as a COPY field; "" is NULL."""
    return text.translate(_ESCAPES) if text else NULL


@final
class TimeTexts(dict[int, str]):
    """Texts of times: a batch of commands has one time, and each of its commands many events."""

    def __missing__(self, timestamp_ns: int) -> str:
        text = self[timestamp_ns] = moment(timestamp_ns).isoformat(" ")
        return text
