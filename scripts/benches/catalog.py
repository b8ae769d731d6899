"""The benches by name; one is imported when it is chosen, with what only it needs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from scripts.benches.findings import Findings

_ENGINE_PARTS: Final = ("peer", "book", "shapes", "growth")
_REST_PARTS: Final = ("fixed", "whole", "one", "lists", "rates")
_FEED_PARTS: Final = ("fan-out", "latency", "memory", "crowd", "stalled")


class Task(NamedTuple):
    """What a bench is told.

    Attributes:
        pairs: Rounds of each comparison.
        data_dir: Whatever is written lies below it.
        parts: Which of its parts to measure; all of them if nothing was chosen.
        against: Root of another checkout to measure beside; None for the yardstick.
    """

    pairs: int
    data_dir: Path
    parts: Sequence[str] = ()
    against: Path | None = None


class Bench(NamedTuple):
    """A bench.

    Attributes:
        run: Measures.
        what: What is measured beside what, in a few words.
        parts: What it can be divided into; () if it cannot.
    """

    run: Callable[[Task], Findings]
    what: str
    parts: tuple[str, ...] = ()


def _codec(task: Task) -> Findings:
    from scripts.benches.codec import bench_codec

    return bench_codec(task.pairs, task.data_dir)


def _engine(task: Task) -> Findings:
    from scripts.benches.engine import bench_against, bench_engine

    if task.against is not None:
        return bench_against(task.pairs, task.against)
    return bench_engine(task.pairs, task.data_dir, task.parts or _ENGINE_PARTS)


def _feed(task: Task) -> Findings:
    from scripts.benches.feed.bench import bench_feed

    return bench_feed(task.pairs, task.data_dir, task.parts or _FEED_PARTS)


def _journal(task: Task) -> Findings:
    from scripts.benches.journal import bench_journal

    return bench_journal(task.pairs, task.data_dir)


def _hop(task: Task) -> Findings:
    from scripts.benches.hop import bench_hop

    return bench_hop(task.pairs, task.data_dir)


def _memory(task: Task) -> Findings:
    from scripts.benches.memory import bench_memory

    return bench_memory(task.pairs, task.data_dir)


def _mesh(task: Task) -> Findings:
    from scripts.benches.mesh import bench_mesh

    return bench_mesh(task.pairs, task.data_dir)


def _persist(task: Task) -> Findings:
    from scripts.benches.persist.bench import bench_persist

    return bench_persist(task.pairs, task.data_dir)


def _recovery(task: Task) -> Findings:
    from scripts.benches.recovery import bench_recovery

    return bench_recovery(task.pairs, task.data_dir)


def _rest(task: Task) -> Findings:
    from scripts.benches.rest.bench import bench_rest

    return bench_rest(task.pairs, task.data_dir, task.parts or _REST_PARTS)


# From the core outwards, which is also the order of `all`.
BENCHES: Final = {
    "engine": Bench(_engine, "the engine beside a book in C++, and as it grows", _ENGINE_PARTS),
    "codec": Bench(_codec, "the codec and the engine's packing beside the msgpack package"),
    "memory": Bench(_memory, "the memory of an order that rests"),
    "journal": Bench(_journal, "the journal beside a bare write and sync"),
    "hop": Bench(_hop, "a durable order beside an echo that syncs"),
    "mesh": Bench(_mesh, "durable orders a second beside an echo of the same frames"),
    "rest": Bench(
        _rest,
        "orders over REST beside a fixed reply, and beside an exchange on Redis lists",
        _REST_PARTS,
    ),
    "feed": Bench(
        _feed,
        "the feed beside bare websockets, and how late it is",
        _FEED_PARTS,
    ),
    "persist": Bench(_persist, "history into the database beside bare COPY of the same rows"),
    "recovery": Bench(_recovery, "snapshots and replay beside their bare parts"),
}
