"""The engine beside bare matching, or beside the engine of another checkout.

The yardstick is the least that a Python matching engine can do (`bare_book`). The ratio is what
balances, holds, fees, rules, exactly-once names, execution reports and replies cost on top. It can
be compared across commits; nearer still is `bench_against`, where both engines run in turns on the
same bytes, each in a process of its own.
"""

import gc
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from proto.commands import CancelOrder, Command, PlaceOrder
from proto.ids import order_id_of
from scripts.benches.bare_book import BareBook
from scripts.benches.engine_flows import engine_flows
from scripts.benches.engine_rival import EngineProcess
from scripts.benches.engine_round import Batches, Flow, Timed, batches_of, run_engine
from scripts.benches.pairs import Comparison, compare
from scripts.benches.workload import ROOT

_UNIT: Final = "us a command"
_BARE: Final = "bare price-time matching: no balances, rules, names, events or replies"


def bench_engine(pairs: int, flows: dict[str, Flow] | None = None) -> list[Comparison]:
    """Measure a command of each kind beside bare matching.

    Args:
        pairs: Rounds of each.
        flows: What to apply; those of `engine_flows` if nothing is said.
    """
    found = []
    for name, flow in (engine_flows() if flows is None else flows).items():
        prepare, measure = batches_of(flow.prepare), batches_of(flow.measure)
        ours = partial(run_engine, prepare, measure)
        bare = partial(run_bare, prepare, measure)
        assert ours().trades == bare().trades
        found.append(compare(name, partial(_us, ours), partial(_us, bare), _UNIT, _BARE, pairs))
    return found


def bench_against(
    pairs: int, other: Path, flows: dict[str, Flow] | None = None
) -> list[Comparison]:
    """Measure a command of each kind beside the engine of another checkout.

    Args:
        pairs: Rounds of each.
        other: Root of the other checkout.
        flows: What to apply; those of `engine_flows` if nothing is said.

    Raises:
        EngineProcessError: If an engine cannot be run, or takes too long.
    """
    flows = engine_flows() if flows is None else flows
    beside = f"the engine of {other} on the same commands"
    found = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder) / "flows"
        path.write_bytes(msgspec.msgpack.encode(flows))
        with EngineProcess(ROOT, path) as ours, EngineProcess(other, path) as theirs:
            for name in flows:
                assert ours.run(name).trades == theirs.run(name).trades, name
                mine, yardstick = partial(ours.run, name), partial(theirs.run, name)
                found.append(
                    compare(name, partial(_us, mine), partial(_us, yardstick), _UNIT, beside, pairs)
                )
    return found


def run_bare(prepare: Batches, measure: Batches) -> Timed:
    """Do the same with bare books as `run_engine` with an engine."""
    placing = [command for batch in prepare for command in batch]
    commands = [command for batch in measure for command in batch]
    books = {c.market_id: BareBook() for c in placing + commands if isinstance(c, PlaceOrder)}
    _apply_bare(books, placing, 0)
    trades_before = sum(book.trades for book in books.values())
    gc.collect()
    gc.freeze()
    start_ns = time.thread_time_ns()
    _apply_bare(books, commands, len(placing))
    elapsed_ns = time.thread_time_ns() - start_ns
    gc.unfreeze()
    trades = sum(book.trades for book in books.values()) - trades_before
    return Timed(elapsed_ns / 1_000 / len(commands), trades)


def _apply_bare(books: dict[int, BareBook], commands: list[Command], sequence: int) -> None:
    # The engine names an order by its sequence, and cancels name it so.
    for command in commands:
        sequence += 1
        if isinstance(command, PlaceOrder):
            books[command.market_id].place(command, order_id_of(0, sequence))
        elif isinstance(command, CancelOrder):
            books[command.market_id].cancel(command)


def _us(run: Callable[[], Timed]) -> float:
    return run().command_us
