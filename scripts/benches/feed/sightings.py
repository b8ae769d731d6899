"""What was sent, what was seen of it, and when: pure, and nothing of where it came from.

All moments are nanoseconds of the machine's monotonic clock, except a stamp: the engine's time, in
microseconds since 1970, as the message shows it.
"""

from collections.abc import Iterable, Mapping
from typing import Final, final

from msgspec import Struct

_NS_PER_US: Final = 1_000


class Sightings(Struct):
    """What a subscriber has seen, each thing when it came first.

    Attributes:
        reports: Stamp and moment of an order's first private report, by client_order_id.
        trades: Stamp and moment of a trade, by trade_id.
        levels: Stamp and moment of a price that was looked for, by market and price.
        published: When Redis handed out the message with the first report of an order, by
            client_order_id; of the orders of one user only.
    """

    reports: dict[str, tuple[int, int]] = {}
    trades: dict[str, tuple[int, int]] = {}
    levels: dict[str, tuple[int, int]] = {}
    published: dict[str, int] = {}


def level_key(market: str, price: str) -> str:
    """Name a price of a market."""
    return f"{market} {price}"


@final
class Log:
    """What was sent, and when it was answered.

    Attributes:
        sent: When an order left, by client_order_id.
        replied: When its reply came, of those that were acknowledged at once.
        trades: When the order left that made a trade, by trade_id.
        levels: When the order left that put a price into the book, by market and price.
        repeated: Orders that were sent more than once, and are not measured.
    """

    def __init__(self) -> None:
        self.sent: Final[dict[str, int]] = {}
        self.replied: Final[dict[str, int]] = {}
        self.trades: Final[dict[str, int]] = {}
        self.levels: Final[dict[str, int]] = {}
        self.repeated = 0


class Delays(Struct, frozen=True):
    """How long each thing took to be seen.

    Attributes:
        delays_us: Microseconds.
        missing: Things that were sent and never seen.
    """

    delays_us: list[int]
    missing: int


def delays(begun_ns: Mapping[str, int], ended_ns: Mapping[str, int]) -> Delays:
    """Match what has begun with what has ended, by name."""
    found = [
        (ended_ns[name] - moment_ns) // _NS_PER_US
        for name, moment_ns in begun_ns.items()
        if name in ended_ns
    ]
    return Delays(found, len(begun_ns) - len(found))


def moments(seen: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Return when things were seen."""
    return {name: moment_ns for name, (_, moment_ns) in seen.items()}


def stamps(seen: Mapping[str, tuple[int, int]], offset_ns: int) -> dict[str, int]:
    """Return when the engine took things, on the monotonic clock.

    Args:
        seen: Things with their stamps.
        offset_ns: Time since 1970 less the monotonic clock.
    """
    return {name: stamp_us * _NS_PER_US - offset_ns for name, (stamp_us, _) in seen.items()}


def only(moments_ns: Mapping[str, int], names: Iterable[str]) -> dict[str, int]:
    """Leave out what has none of the names."""
    wanted = set(names)
    return {name: moment_ns for name, moment_ns in moments_ns.items() if name in wanted}
