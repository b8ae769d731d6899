"""The command line of the soak."""

import argparse
from pathlib import Path
from typing import Final

from msgspec import Struct

from scripts.load.drive import Load

RATE_MAX: Final = "max"
CONNECTIONS_MAX: Final = 4_096


class Options(Struct, frozen=True):
    """What the soak was asked to do.

    Attributes:
        seconds: How long the load lasts.
        rate: Operations a second offered, open loop; None for a closed loop.
        connections: Connections, each with one operation in flight.
        through: "rest" or "mesh".
        subscribers: WebSocket subscribers.
        url: REST address; "" for that of the running exchange.
        ws_url: WebSocket address; "" for that of the running exchange.
        users: Users 1..users trade.
        markets: Names; all markets where empty.
        seed: Seed of the flow.
        json: Whether the result goes to standard output as JSON.
        plot: Where the picture goes; None for the data folder.
        kill_matcher_s: When to kill the matcher, from the start of the load; None for never.
    """

    seconds: int
    rate: int | None
    connections: int
    through: str
    subscribers: int
    url: str
    ws_url: str
    users: int
    markets: tuple[str, ...]
    seed: int
    json: bool
    plot: Path | None
    kill_matcher_s: float | None

    def load(self) -> Load:
        """Return the load that is asked for."""
        return Load(
            self.seconds, self.rate, self.connections, self.seed, kill_matcher_s=self.kill_matcher_s
        )


def parse_options(arguments: list[str]) -> Options:
    """Read the command line; a mistake ends the process with a sentence and status 2."""
    parser = _parser()
    namespace = parser.parse_args(arguments)
    options = Options(
        seconds=namespace.seconds,
        rate=namespace.rate,
        connections=namespace.connections,
        through=namespace.through,
        subscribers=namespace.subscribers,
        url=namespace.url.rstrip("/"),
        ws_url=namespace.ws_url,
        users=namespace.users,
        markets=tuple(name for name in namespace.markets.split(",") if name),
        seed=namespace.seed,
        json=namespace.json,
        plot=namespace.plot,
        kill_matcher_s=namespace.kill_matcher,
    )
    if options.kill_matcher_s is not None and options.kill_matcher_s >= options.seconds:
        parser.error("--kill-matcher must lie within --seconds")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/soak.py",
        description="Load a running exchange (scripts/up), measure it, then audit it.",
    )
    add = parser.add_argument
    add("--seconds", type=whole_number(1, 7 * 86_400), default=60, help="length of the load (60)")
    add(
        "--rate",
        type=operation_rate,
        default=None,
        metavar="N",
        help="offer N orders and cancels a second, whatever happens (open loop); "
        "'max' (default): as many as the connections carry (closed loop)",
    )
    add("--connections", type=whole_number(1, CONNECTIONS_MAX), default=64, help="connections (64)")
    add("--through", choices=("rest", "mesh"), default="rest", help="way in (rest)")
    add("--subscribers", type=whole_number(0, 64), default=2, help="WebSocket subscribers (2)")
    add("--url", default="", help="REST address (that of the running exchange)")
    add("--ws-url", default="", help="WebSocket address (that of the running exchange)")
    add("--users", type=whole_number(1, 1_000), default=10, help="users 1..N trade (10)")
    add("--markets", default="", help="names with commas between (all)")
    add("--seed", type=whole_number(0, 2**32), default=1, help="seed of the flow (1)")
    add("--json", action="store_true", help="write the result to standard output as JSON")
    add("--plot", type=Path, default=None, help="the picture (soak.png in the data folder)")
    add(
        "--kill-matcher",
        type=_seconds,
        default=None,
        metavar="SECONDS",
        help="kill -9 the matcher once, so many seconds into the load",
    )
    return parser


def operation_rate(text: str) -> int | None:
    """Read a rate; None for as many as the connections carry."""
    return None if text == RATE_MAX else whole_number(1, 1_000_000)(text)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < 7 * 86_400:
        raise argparse.ArgumentTypeError("must be a time in seconds above 0")
    return seconds


class whole_number:  # noqa: N801 - reads as a function where it is used
    """Reads a whole number in a range."""

    def __init__(self, low: int, high: int) -> None:
        self._low = low
        self._high = high

    def __call__(self, text: str) -> int:
        if not (text.isascii() and text.isdigit() and self._low <= int(text) <= self._high):
            raise argparse.ArgumentTypeError(f"must be a whole number, {self._low} to {self._high}")
        return int(text)
