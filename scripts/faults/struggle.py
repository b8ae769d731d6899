"""What happened while an exchange was loaded and struck. Pure."""

from typing import Final

from msgspec import Struct

from scripts.faults.kinds import EXCHANGE, FEED, MATCHER, REDIS
from scripts.faults.silence import Struck
from scripts.load.drive import Driven
from scripts.watching.candles import Trouble

# Without these nobody tells of candles; after a fault they need some time to come back.
_TELLERS: Final = frozenset((EXCHANGE, FEED, MATCHER, REDIS))
_RETURN_S: Final = 5.0


class Struggle(Struct):
    """What happened while the exchange was loaded and struck.

    Attributes:
        driven: What the load did.
        struck: The faults that were carried out.
        started_us: When it began, in microseconds since 1970.
    """

    driven: Driven
    struck: list[Struck]
    started_us: int

    def troubles(self) -> list[Trouble]:
        """Return the times in which the exchange may have been unable to tell of candles."""
        return [
            Trouble(
                struck.fault.name,
                self.started_us + int(struck.at_s * 1e6),
                self.started_us + int((struck.until_s + _RETURN_S) * 1e6),
            )
            for struck in self.struck
            if struck.fault.target in _TELLERS
        ]
