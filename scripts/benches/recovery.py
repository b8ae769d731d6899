"""How fast a matcher is back, and what a snapshot costs those who trade meanwhile.

With a million orders in one book, each with its client's name:

- *loading* a snapshot, beside the mere reading of the same file: bytes checked, rows decoded;
- *the longest gap* between two commands while a snapshot is taken, the fork included, beside the
  same loop for as long without one;
- *memory of the child* that writes it, which is what it copies, beside all that the parent has.

And *replaying* a journal from its files, beside the engine alone, which is given the same commands
decoded: what is more than that is reading, checking and decoding. How long a start takes follows
from the rates: the orders of the snapshot and the commands behind it, each divided by its own.
"""

import gc
import os
import select
import tempfile
import time
from pathlib import Path
from typing import Final, final

from matcher.core.engine import Engine
from matcher.journal.disk import FolderDisk
from matcher.journal.format import BEGINNING, Entry, Position
from matcher.journal.reader import JournalReader
from matcher.journal.writer import JournalWriter
from matcher.replaying import replay
from matcher.snapshots.child import Child, fork_child
from matcher.snapshots.folder import SnapshotFolder
from matcher.snapshots.format import SnapshotReader
from proto.codec import encode
from proto.commands import Command
from proto.frames import CommandFrame
from proto.garbage import (
    collect_young_garbage,
    paused_garbage_collector,
    settle_garbage_collector,
)
from scripts.benches.engine_round import BATCH_COMMANDS
from scripts.benches.findings import Findings
from scripts.benches.pairs import Comparison, compare
from scripts.benches.resting_book import RestingBook
from scripts.benches.workload import (
    founding_commands,
    mixed_commands,
    new_events,
)

ORDERS: Final = 1_000_000
COMMANDS: Final = 100_000
# As often as a busy matcher does, about: once a second.
_COLLECT_COMMANDS: Final = 10_000
_LOOK_COMMANDS: Final = 500
_REPLAY_AIM: Final = 0.6
_MIB: Final = 1 << 20


def bench_recovery(pairs: int, data_dir: Path) -> Findings:
    """Measure recovery and snapshots.

    Args:
        pairs: Rounds of each.
        data_dir: Journal and snapshots are written below it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=data_dir) as name:
        folder = Path(name)
        replayed = _bench_replay(pairs, folder)
        with paused_garbage_collector():
            book = RestingBook(ORDERS)
        settle_garbage_collector()
        snapshots = _Snapshots(folder, book)
        try:
            # Loading first: the book is as it was made then.
            return Findings(
                [
                    replayed,
                    snapshots.bench_loading(pairs),
                    snapshots.bench_child(pairs),
                    snapshots.bench_gap(pairs),
                ]
            )
        finally:
            gc.enable()
            gc.unfreeze()


@final
class _Snapshots:
    """A large book, and snapshots of it."""

    def __init__(self, folder: Path, book: RestingBook) -> None:
        self._book: Final = book
        self._path: Final = folder
        self._folder: Final = SnapshotFolder(FolderDisk(folder), book.engine.shard)
        self._number = 0
        self._elapsed_s = 1.0

    def bench_loading(self, pairs: int) -> Comparison:
        """Measure loading."""
        position = self._position()
        self._folder.write(self._book.engine, position, 1)
        self._folder.publish(position.sequence)
        (path,) = self._path.glob("*.snapshot")
        size_mib = path.stat().st_size / _MIB
        return compare(
            f"load a snapshot of {self._book.orders:,} orders, {size_mib:.0f} MiB",
            self._load,
            lambda: self._read(path),
            "orders a second",
            "reading it: checksums, and rows of checked fields, but no engine",
            pairs,
            more_is_better=True,
        )

    def bench_child(self, pairs: int) -> Comparison:
        """Measure what the child copies."""
        return compare(
            f"memory of the child that writes {self._book.orders:,} orders",
            self._child_bytes,
            lambda: _memory_bytes("Rss") / self._book.orders,
            "bytes an order",
            "all memory of the parent",
            pairs,
        )

    def bench_gap(self, pairs: int) -> Comparison:
        """Measure the longest gap between two commands."""
        return compare(
            f"longest gap in trading while {self._book.orders:,} orders are written",
            self._gap_with_child,
            lambda: self._longest_gap_us(None),
            "us",
            "the same loop for as long without a snapshot",
            pairs,
        )

    def _load(self) -> float:
        start_ns = time.perf_counter_ns()
        found = self._folder.newest()
        elapsed_ns = time.perf_counter_ns() - start_ns
        assert found is not None
        del found
        # The orders of a level hold each other.
        gc.collect()
        return _rate(self._book.orders, elapsed_ns)

    def _read(self, path: Path) -> float:
        start_ns = time.perf_counter_ns()
        for _ in SnapshotReader(path.read_bytes()).parts():
            pass
        return _rate(self._book.orders, time.perf_counter_ns() - start_ns)

    def _child_bytes(self) -> float:
        note = self._path / "memory"

        def work() -> None:
            self._folder.write(self._book.engine, self._position(), 1)
            note.write_text(str(_memory_bytes("Private_Dirty")), encoding="ascii")

        failure = fork_child(work).reap()
        assert failure is None, failure
        return int(note.read_text(encoding="ascii")) / self._book.orders

    def _gap_with_child(self) -> float:
        start_ns = time.perf_counter_ns()
        child = fork_child(lambda: self._folder.write(self._book.engine, self._position(), 1))
        fork_us = (time.perf_counter_ns() - start_ns) / 1_000
        longest_us = self._longest_gap_us(child)
        failure = child.reap()
        assert failure is None, failure
        return max(fork_us, longest_us)

    def _longest_gap_us(self, child: Child | None) -> float:
        """Trade until the child has ended, or for as long as the last one took."""
        longest_ns = 0
        trade, clock_ns = self._book.trade, time.perf_counter_ns
        start_ns = last_ns = clock_ns()
        while True:
            self._number += 1
            trade(self._number)
            if self._number % _COLLECT_COMMANDS == 0:
                collect_young_garbage()
            now_ns = clock_ns()
            longest_ns = max(longest_ns, now_ns - last_ns)
            last_ns = now_ns
            if self._number % _LOOK_COMMANDS == 0:
                elapsed_s = (now_ns - start_ns) / 1e9
                if child is None and elapsed_s >= self._elapsed_s:
                    return longest_ns / 1_000
                if child is not None and _has_ended(child):
                    self._elapsed_s = elapsed_s
                    return longest_ns / 1_000

    def _position(self) -> Position:
        return Position(self._book.engine.sequence, 0)


def _bench_replay(pairs: int, folder: Path) -> Comparison:
    """Measure replaying."""
    commands: list[Command] = [*founding_commands(), *mixed_commands(COMMANDS)]
    journal = folder / "journal"
    journal.mkdir()
    _write_journal(journal, commands)
    count = len(commands)

    def replay_files() -> float:
        engine = Engine(0)
        with paused_garbage_collector():
            start_ns = time.perf_counter_ns()
            for record in JournalReader(FolderDisk(journal), 0).records():
                replay(engine, record)
            elapsed_ns = time.perf_counter_ns() - start_ns
        assert engine.sequence == count
        return _rate(count, elapsed_ns)

    def apply_decoded() -> float:
        engine = Engine(0)
        with paused_garbage_collector():
            start_ns = time.perf_counter_ns()
            for start in range(0, count, BATCH_COMMANDS):
                events = new_events()
                for command in commands[start : start + BATCH_COMMANDS]:
                    engine.apply(command, engine.sequence + 1, 1, events)
            elapsed_ns = time.perf_counter_ns() - start_ns
        return _rate(count, elapsed_ns)

    return compare(
        f"replay a journal of {count:,} mixed commands",
        replay_files,
        apply_decoded,
        "commands a second",
        "the engine, given the same commands decoded: no file, checksum or decoding",
        pairs,
        more_is_better=True,
        aim=_REPLAY_AIM,
    )


def _write_journal(folder: Path, commands: list[Command]) -> None:
    writer = JournalWriter(FolderDisk(folder), 0, 1, BEGINNING)
    for start in range(0, len(commands), BATCH_COMMANDS):
        batch = commands[start : start + BATCH_COMMANDS]
        entries = [Entry(1, encode(CommandFrame(batch)))]
        writer.write(writer.encode(start + 1, len(batch), entries))
    writer.close()


def _rate(count: int, elapsed_ns: int) -> float:
    return count * 1e9 / elapsed_ns


def _has_ended(child: Child) -> bool:
    return bool(select.select([child.descriptor], [], [], 0)[0])


def _memory_bytes(name: str) -> int:
    """Return a sum of this process's memory map: "Rss", or "Private_Dirty"."""
    for line in Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) * 1_024
    raise AssertionError(f"pid {os.getpid()} has no {name}")
