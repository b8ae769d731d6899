"""The engine beside bare matching, on the same 35 % cancels, 25 % aggressive, 40 % passive.

The yardstick is the least that a Python matching engine can do (`bare_book`). The ratio is what
balances, holds, fees, rules, exactly-once names, execution reports and replies cost on top.
"""

import gc
import time
from typing import Final

from proto.commands import CancelOrder, PlaceOrder
from proto.ids import order_id_of
from scripts.benches.bare_book import BareBook
from scripts.benches.pairs import Comparison, compare
from scripts.benches.workload import (
    BATCH_COMMANDS,
    founded_engine,
    founding_commands,
    mixed_commands,
    new_events,
)

COMMANDS: Final = 30_000


def bench_engine(pairs: int) -> list[Comparison]:
    """Measure a command."""
    commands = mixed_commands(COMMANDS)
    assert _engine_round(commands)[1] == _bare_round(commands)[1]
    return [
        compare(
            f"apply {COMMANDS:,} mixed commands",
            lambda: _engine_round(commands)[0],
            lambda: _bare_round(commands)[0],
            "us a command",
            "bare price-time matching: no balances, rules, names, events or replies",
            pairs,
        )
    ]


def _engine_round(commands: list[PlaceOrder | CancelOrder]) -> tuple[float, int]:
    """Return microseconds a command, and the number of trades."""
    engine = founded_engine()
    sequence = engine.sequence
    trades = 0
    # As the matcher does when it has recovered.
    gc.collect()
    gc.freeze()
    start_ns = time.perf_counter_ns()
    for start in range(0, len(commands), BATCH_COMMANDS):
        events = new_events()
        for command in commands[start : start + BATCH_COMMANDS]:
            sequence += 1
            engine.apply(command, sequence, 1, events)
        trades += len(events.trades)
    elapsed_ns = time.perf_counter_ns() - start_ns
    gc.unfreeze()
    return elapsed_ns / 1_000 / len(commands), trades


def _bare_round(commands: list[PlaceOrder | CancelOrder]) -> tuple[float, int]:
    """Return the same for bare books."""
    # The engine names an order by its sequence, and cancels name it so.
    sequence = len(founding_commands())
    books = {command.market_id: BareBook() for command in commands}
    gc.collect()
    gc.freeze()
    start_ns = time.perf_counter_ns()
    for command in commands:
        sequence += 1
        book = books[command.market_id]
        if isinstance(command, PlaceOrder):
            book.place(command, order_id_of(0, sequence))
        else:
            book.cancel(command)
    elapsed_ns = time.perf_counter_ns() - start_ns
    gc.unfreeze()
    trades = sum(book.trades for book in books.values())
    return elapsed_ns / 1_000 / len(commands), trades
