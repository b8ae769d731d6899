"""The faults there are, and what each does to whom."""

from typing import Final

from msgspec import Struct

KILL: Final = "kill"
PAUSE: Final = "pause"
WIPE: Final = "wipe"
FILL: Final = "fill"
RESTART: Final = "restart"


class Fault(Struct, frozen=True):
    """A kind of fault.

    Attributes:
        name: Its name.
        action: KILL (SIGKILL), PAUSE (SIGSTOP, and SIGCONT after a while), WIPE (Redis forgets
            everything), FILL (the disk takes nothing more for a while) or RESTART (everything is
            stopped in good order, and started again on the same data).
        target: Name of the service that it strikes.
    """

    name: str
    action: str
    target: str


MATCHER: Final = "matcher"
REDIS: Final = "redis"
FEED: Final = "feed"
EXCHANGE: Final = "exchange"
_PROCESSES: Final = (MATCHER, "gateway", FEED, "persist", REDIS, "postgres")

FAULTS: Final = (
    *(
        Fault(f"{action}-{target}", action, target)
        for target in _PROCESSES
        for action in (KILL, PAUSE)
    ),
    Fault("wipe-redis", WIPE, REDIS),
    Fault("fill-disk", FILL, MATCHER),
    Fault("restart-exchange", RESTART, EXCHANGE),
)
BY_NAME: Final = {fault.name: fault for fault in FAULTS}
