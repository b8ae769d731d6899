"""The engine beside a book in C++, in both of its builds, and beside another checkout's engine.

The yardstick is the package limit-order-book: price-time matching in C++, called from Python, and
nothing else (`book_round`). It is what somebody who wants a fast book in Python finds. Ours does
all that an exchange does on the same commands: balances, holds, fees, rules, names that are applied
once, and it packs every report, trade, balance change and reply (`shared_flow` says what the
package cannot do, and how that is told to it).

Each runs in a process of its own (`round_process`): our two builds cannot share one, and the
library takes its process with it when it aborts. Time is the processor time of the thread.

Parts:
    peer    the soak's mixture and each plain command, both builds, beside the package
    book    our book by itself, which tells of what it does and no more, beside the package
    shapes  five shapes of book and flow beside the mixture (`shapes`)
    growth  the cost of a command as the exchange grows (`growth`)
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from proto.build import Kind
from scripts.benches.builds import builds
from scripts.benches.comparison import Comparison
from scripts.benches.engine_flows import MIXED, SourceFlow, encoded, engine_flows
from scripts.benches.findings import BenchError, Fact, Findings, together
from scripts.benches.growth import bench_growth
from scripts.benches.pairs import compare
from scripts.benches.peer import provide
from scripts.benches.round_process import RoundProcess, book_process, engine_process, peer_process
from scripts.benches.shapes import bench_shapes
from scripts.benches.shared_flow import SharedFlow, share

PARTS: Final = ("peer", "book", "shapes", "growth")
# Rate of the mixture beside the package's, by build.
AIMS: Final[dict[Kind, float]] = {"compiled": 1.5, "interpreted": 0.7}
# Rate of our book alone beside the package's.
_BOOK_AIM: Final = 3.0
_RATE: Final = "commands a second"
_BESIDE: Final = (
    "limit-order-book 2.0.0: a book in C++ on the same orders and cancels; no balances, holds, "
    "fees, rules, names, events or replies"
)
_BOOK_BESIDE: Final = (
    "limit-order-book 2.0.0 on the same calls; ours packs fills and changes of levels, it tells "
    "nothing"
)


def bench_engine(
    pairs: int,
    data_dir: Path,
    parts: Sequence[str] = PARTS,
    flows: dict[str, SourceFlow] | None = None,
) -> Findings:
    """Measure the engine.

    Args:
        pairs: Rounds of each.
        data_dir: Not used: all of this is in memory.
        parts: Which of PARTS.
        flows: What `peer` applies; those of `engine_flows` if nothing is said.
    """
    del data_dir
    found = []
    if "peer" in parts or "book" in parts:
        found.append(bench_peer(pairs, engine_flows() if flows is None else flows, parts))
    if "shapes" in parts:
        found.append(bench_shapes(pairs))
    if "growth" in parts:
        found.append(bench_growth(pairs))
    return together(found)


def bench_peer(
    pairs: int,
    flows: dict[str, SourceFlow],
    parts: Sequence[str] = PARTS,
    packages: Path | None = None,
) -> Findings:
    """Measure both builds beside the package; without the package, the engine by itself.

    Args:
        pairs: Rounds of each.
        flows: What to apply.
        parts: "peer" for the engine, "book" for the book alone, or both.
        packages: Folder of the package; None for where packages are installed.
    """
    shared = {name: share(flow.prepare, flow.measure) for name, flow in flows.items()}
    notes = []
    if builds() == ("interpreted",):
        notes.append("engine: only the interpreted build was measured; no compiled one is there")
    try:
        if packages is None:
            provide(os.environ)
    except BenchError as error:
        notes.append(f"engine: not measured beside limit-order-book: {error}")
        return Findings(facts=_rates(flows), notes=notes)
    comparisons: list[Comparison] = []
    facts: list[Fact] = []
    with _peer(shared, packages) as peer:
        if "peer" in parts:
            for build in builds():
                comparisons += _beside_peer(pairs, shared, build, peer)
            facts = _rates({MIXED: flows[MIXED]})
        if "book" in parts:
            for build in builds():
                comparisons.append(_book_beside_peer(pairs, shared[MIXED], build, peer))
    return Findings(comparisons, facts=facts, notes=notes)


def bench_against(pairs: int, other: Path, flows: dict[str, SourceFlow] | None = None) -> Findings:
    """Measure a command of each kind beside the engine of another checkout.

    Args:
        pairs: Rounds of each.
        other: Root of the other checkout.
        flows: What to apply; those of `engine_flows` if nothing is said.

    Raises:
        BenchError: If an engine cannot be run, or takes too long.
    """
    flows = engine_flows() if flows is None else flows
    beside = f"the engine of {other} on the same commands"
    comparisons = []
    with _flow_file({name: encoded(flow) for name, flow in flows.items()}) as path:
        with engine_process(path) as ours, engine_process(path, other) as theirs:
            for name in flows:
                if ours.run(name).outcome != theirs.run(name).outcome:
                    raise BenchError(f"{name}: the two engines made different trades")
                rates = partial(_rate, ours, name), partial(_rate, theirs, name)
                comparisons.append(compare(name, *rates, _RATE, beside, pairs, more_is_better=True))
    return Findings(comparisons)


def _beside_peer(
    pairs: int, shared: dict[str, SharedFlow], build: Kind, peer: RoundProcess
) -> Iterator[Comparison]:
    """Measure one build on every flow."""
    with _flow_file({name: each.flow for name, each in shared.items()}) as path:
        with engine_process(path, build=build) as ours:
            for name, each in shared.items():
                if ours.run(name).outcome != each.trades:
                    raise BenchError(f"{name}: the {build} engine made other trades than planned")
                yield compare(
                    f"{name}, {build}",
                    partial(_rate, ours, name),
                    partial(_rate, peer, name),
                    _RATE,
                    _BESIDE,
                    pairs,
                    more_is_better=True,
                    aim=AIMS[build] if name == MIXED else None,
                )


def _book_beside_peer(
    pairs: int, shared: SharedFlow, build: Kind, peer: RoundProcess
) -> Comparison:
    """Measure the book alone of one build."""
    with _flow_file({MIXED: shared.peer}) as path, book_process(path, build) as ours:
        if (resting := ours.run(MIXED).outcome) != shared.resting:
            raise BenchError(f"{resting} orders rest in our book, {shared.resting} in the engine")
        return compare(
            f"book alone with its reports, {build}",
            partial(_rate, ours, MIXED),
            partial(_rate, peer, MIXED),
            _RATE,
            _BOOK_BESIDE,
            pairs,
            more_is_better=True,
            aim=_BOOK_AIM if build == "compiled" else None,
        )


def _rates(flows: dict[str, SourceFlow]) -> list[Fact]:
    """Measure flows as they are, with what the package cannot do."""
    facts = []
    with _flow_file({name: encoded(flow) for name, flow in flows.items()}) as path:
        for build in builds():
            with engine_process(path, build=build) as engine:
                for name in flows:
                    # The first one is thrown away.
                    _, *rates = (_rate(engine, name) for _ in range(4))
                    facts.append(Fact(f"{name}, all of them, {build}", max(rates), _RATE))
    return facts


@contextmanager
def _peer(shared: dict[str, SharedFlow], packages: Path | None) -> Iterator[RoundProcess]:
    """Run the package for a while; it must come to the same books as the engine."""
    with _flow_file({name: each.peer for name, each in shared.items()}) as path:
        with peer_process(path, packages) as peer:
            for name, each in shared.items():
                if (resting := peer.run(name).outcome) != each.resting:
                    raise BenchError(
                        f"{name}: {resting} orders rest in limit-order-book, {each.resting} in ours"
                    )
            yield peer


@contextmanager
def _flow_file(flows: object) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder) / "flows"
        path.write_bytes(msgspec.msgpack.encode(flows))
        yield path


def _rate(process: RoundProcess, name: str) -> float:
    return 1e6 / process.run(name).command_us
