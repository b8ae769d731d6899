"""Orders over REST: how many a second, how late, and what stands beside it.

All that is compared runs at the same time, and the load generator sends the same requests to one
after the other: the mixed flow of the soak, from 64 or 256 connections with one request in flight
each. Load generator, gateway, matcher and whatever follows share the processors of this machine.
"""

import statistics
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final, final

from scripts.benches.findings import (
    Curve,
    Fact,
    Findings,
    distribution_of,
    times_of,
    together,
)
from scripts.benches.hop import hop_rounds
from scripts.benches.pairs import compare
from scripts.benches.rest.exchange import RestExchange, hot_path, whole_exchange
from scripts.benches.rest.generator import Generator, load_generator
from scripts.benches.rest.rounds import Answered
from scripts.benches.rest.servers import fixed_server, list_exchange, plain_server

FIXED: Final = "fixed"
WHOLE: Final = "whole"
ONE: Final = "one"
LISTS: Final = "lists"
RATES: Final = "rates"
PARTS: Final = (FIXED, WHOLE, ONE, LISTS, RATES)

ROUND_MS: Final = 2_000
RATE_MS: Final = 3_000
FEW: Final = 64
MANY: Final = 256
# Offered rates, as parts of the most that was answered.
SHARES: Final = (0.1, 0.25, 0.4, 0.55, 0.7, 0.8, 0.9, 1.0)
_CALM_SHARE: Final = 0.8
_FIXED_AIM: Final = 0.75
_P99_AIM_MS: Final = 10.0
_ONE_AIM: Final = 1.2
_LISTS_RATE_AIM: Final = 3.0
_LISTS_ONE_AIM: Final = 0.5
_HOT: Final = "gateway, matcher, Redis"
_ALL: Final = "whole exchange"
_OFFERED: Final = "offered, orders a second"
_LATENCY: Final = "latency, ms"
_BESIDE_FIXED: Final = "the gateway's own server, which reads the body and answers fixed bytes"
_BESIDE_PLAIN: Final = "Falcon and uvicorn as they come, which read the body and answer fixed bytes"
_BESIDE_SUM: Final = "the fixed reply's p50 + the p50 of a durable order over the mesh alone"
_BESIDE_LISTS: Final = (
    "LPUSH to Redis, BRPOP, answer by PUBLISH: the same server and core; nothing durable or checked"
)


def bench_rest(pairs: int, data_dir: Path, parts: Sequence[str] = PARTS) -> Findings:
    """Measure orders over REST.

    Args:
        pairs: Rounds of each, where things are compared in turns.
        data_dir: The exchanges write below it.
        parts: Which of PARTS.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=data_dir))
        )
        generator = stack.enter_context(load_generator())
        found = []
        if set(parts) - {WHOLE}:
            with hot_path(_subfolder(folder, "hot")) as exchange:
                bench = _RestBench(generator, exchange, folder, pairs)
                found += [measure() for part, measure in bench.parts.items() if part in parts]
        if WHOLE in parts:
            with whole_exchange(_subfolder(folder, WHOLE)) as exchange:
                bench = _RestBench(generator, exchange, folder, pairs)
                found.append(bench.beside_fixed(_ALL))
    return together(found)


@final
class _RestBench:
    """What is measured of one exchange.

    Attributes:
        parts: What measures a part, by its name.
    """

    def __init__(
        self, generator: Generator, exchange: RestExchange, folder: Path, pairs: int
    ) -> None:
        self._generator: Final = generator
        self._exchange: Final = exchange
        self._folder: Final = folder
        self._pairs: Final = pairs
        self.parts: Final[dict[str, Callable[[], Findings]]] = {
            FIXED: lambda: self.beside_fixed(_HOT),
            ONE: self.one_connection,
            LISTS: self.beside_lists,
            RATES: self.at_rates,
        }

    def beside_fixed(self, name: str) -> Findings:
        """Compare rates with those of a fixed reply; then look how late answers are below them."""
        found = Findings()
        with fixed_server(self._folder) as fixed, plain_server(self._folder) as plain:
            for count in (FEW, MANY):
                compared = compare(
                    f"orders from {count} connections ({name})",
                    partial(self._our_rate, count),
                    partial(self._their_rate, fixed, count),
                    "a second",
                    _BESIDE_FIXED,
                    self._pairs,
                    more_is_better=True,
                    aim=_FIXED_AIM,
                )
                calm = self._calm(f"{name}, {count} connections", count, compared.ours)
                found = together([found, Findings([compared]), calm])
            beside_plain = compare(
                f"orders from {FEW} connections ({name})",
                partial(self._our_rate, FEW),
                partial(self._their_rate, plain, FEW),
                "a second",
                _BESIDE_PLAIN,
                self._pairs,
                more_is_better=True,
            )
        return together([found, Findings([beside_plain], facts=self._exchange.costs(name))])

    def one_connection(self) -> Findings:
        """Compare one order at a time with what it is made of."""
        ours: list[int] = []

        def p50_us() -> float:
            latencies_us = self._ours(1).latencies_us
            ours.extend(latencies_us)
            return statistics.median(latencies_us)

        with (
            fixed_server(self._folder) as fixed,
            hop_rounds(self._exchange.endpoint) as hop_us,
        ):
            compared = compare(
                "one order at a time, p50",
                p50_us,
                lambda: (
                    statistics.median(self._theirs(fixed, 1).latencies_us)
                    + statistics.median(hop_us())
                ),
                "us",
                _BESIDE_SUM,
                self._pairs,
                aim=_ONE_AIM,
            )
        name = "one order at a time over REST"
        return Findings([compared], [times_of(name, ours)], curves=[distribution_of(name, ours)])

    def beside_lists(self) -> Findings:
        """Compare with an exchange that is built on Redis lists."""
        with list_exchange(self._folder) as lists:
            rates = compare(
                f"orders from {FEW} connections, beside Redis lists",
                partial(self._our_rate, FEW),
                partial(self._their_rate, lists, FEW),
                "a second",
                _BESIDE_LISTS,
                self._pairs,
                more_is_better=True,
                aim=_LISTS_RATE_AIM,
            )
            times = compare(
                "one order at a time, p50, beside Redis lists",
                lambda: statistics.median(self._ours(1).latencies_us),
                lambda: statistics.median(self._theirs(lists, 1).latencies_us),
                "us",
                _BESIDE_LISTS,
                self._pairs,
                aim=_LISTS_ONE_AIM,
            )
        return Findings([rates, times])

    def at_rates(self) -> Findings:
        """Offer parts of what is answered at most, and look how late the answers are."""
        most = statistics.median(self._our_rate(MANY) for _ in range(self._pairs))
        p50s, p99s, carried = [], [], []
        for share in SHARES:
            offered = int(share * most)
            answered = self._exchange.run(self._generator, MANY, RATE_MS, offered)
            times = times_of("", answered.latencies_us)
            p50s.append((float(offered), times.p50_ms))
            p99s.append((float(offered), times.p99_ms))
            carried.append((float(offered), answered.rate))
        return Findings(
            curves=[
                Curve("orders over REST, p50", _OFFERED, _LATENCY, p50s),
                Curve("orders over REST, p99", _OFFERED, _LATENCY, p99s),
                Curve("orders over REST", _OFFERED, "answered, orders a second", carried),
            ]
        )

    def _calm(self, name: str, connections: int, most: float) -> Findings:
        """Look how late answers are below the most that is answered."""
        offered = int(_CALM_SHARE * most)
        latencies_us = []
        for _ in range(self._pairs):
            answered = self._exchange.run(self._generator, connections, RATE_MS, offered)
            latencies_us += answered.latencies_us
        title = f"orders at {_CALM_SHARE:.0%} of the most ({name})"
        times = times_of(title, latencies_us)
        return Findings(
            [],
            [times],
            [Fact(f"{title}, p99", times.p99_ms, "ms", _P99_AIM_MS)],
            [distribution_of(title, latencies_us)],
        )

    def _our_rate(self, connections: int) -> float:
        return self._ours(connections).rate

    def _their_rate(self, port: int, connections: int) -> float:
        return self._theirs(port, connections).rate

    def _ours(self, connections: int) -> Answered:
        return self._exchange.run(self._generator, connections, ROUND_MS)

    def _theirs(self, port: int, connections: int) -> Answered:
        return self._generator.run(port, connections, ROUND_MS)


def _subfolder(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made
