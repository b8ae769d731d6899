"""How much history persist writes, beside bare COPY of the same rows.

The stream is full of entries as a matcher makes them. Persist reads and decodes them, makes rows of
them, and commits the rows with its position; then it acknowledges the entries. The yardstick is
given the rows: tuples, ready for asyncpg's COPY, which writes them into the same tables with the
same indexes, in as many transactions. It copies an order once, as it is in the end, where persist
updates what it has written before. A second yardstick is given the text that persist would make:
the least that any program could do.

Servers, persist and yardstick share this machine, and all that is committed is on its disk.
"""

import asyncio
import gc
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import uvloop

from persist.portion import EVENTS_MAX
from proto.commands import Command
from proto.garbage import settle_garbage_collector
from scripts.benches.findings import Curve, Fact, Findings, Times, times_of, together
from scripts.benches.pairs import compare_awaited
from scripts.benches.persist.bare import copy_lines, copy_records
from scripts.benches.persist.disk import probed
from scripts.benches.persist.flow import entries_of, mixed_flow, trading_flow
from scripts.benches.persist.lag import lags_us
from scripts.benches.persist.rows import bare_tables
from scripts.benches.persist.servers import own_servers
from scripts.benches.persist.stage import Carried, Stage, stage

ORDERS: Final = 40_000
LAG_RATES: Final = (1_000, 2_500, 5_000, 10_000, 20_000, 40_000)
LAG_SECONDS: Final = 2.0
# At which the journal's disk is looked at.
PROBE_RATE: Final = 5_000
PROBE_SECONDS: Final = 6.0
_AIM: Final = 0.5


def bench_persist(pairs: int, data_dir: Path) -> Findings:
    """Measure persist.

    Args:
        pairs: Rounds of each.
        data_dir: The servers' data are written below it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=data_dir) as name,
        own_servers(Path(name)) as servers,
        _settled_collector(),
    ):

        async def work() -> Findings:
            async with stage(servers) as where:
                return together(
                    [
                        await _bench_flow(where, pairs, "mixed flow", mixed_flow(ORDERS)),
                        await _bench_flow(where, pairs, "flow that trades", trading_flow(ORDERS)),
                        await _bench_lag(where),
                        await _bench_disk(where, Path(name)),
                    ]
                )

        return uvloop.run(work())


async def _bench_flow(where: Stage, pairs: int, name: str, commands: Sequence[Command]) -> Findings:
    """Measure the history of one flow."""
    entries = entries_of(commands)
    tables = await bare_tables(entries, where.connection)
    rows = {table.name: len(table.lines) for table in tables}
    trades = rows["trades"]
    events = sum(rows.values()) - rows["orders"]
    transactions = -(-events // EVENTS_MAX)
    settle_garbage_collector()
    carried: list[Carried] = []
    lines_ns: list[dict[str, int]] = []

    async def persist() -> float:
        found = await where.carry(entries)
        carried.append(found)
        return _rate(trades, found.elapsed_ns)

    async def records() -> float:
        return _rate(trades, await copy_records(where, tables, transactions))

    async def lines() -> float:
        found = await copy_lines(where, tables, transactions)
        lines_ns.append(found)
        return _rate(trades, sum(found.values()))

    unit = "trades a second"
    beside_records = "COPY of the same rows by asyncpg, from tuples that are ready"
    beside_lines = "COPY of the same rows from text that is ready: nothing is read or made"
    title = f"history of the {name}"
    comparisons = [
        await compare_awaited(
            title, persist, records, unit, beside_records, pairs, more_is_better=True, aim=_AIM
        ),
        await compare_awaited(
            f"{title}, beside text", persist, lines, unit, beside_lines, pairs, more_is_better=True
        ),
    ]
    return Findings(
        comparisons,
        facts=[*_costs(name, carried, trades, events), *_table_rates(name, rows, lines_ns)],
    )


def _costs(name: str, carried: Sequence[Carried], trades: int, events: int) -> list[Fact]:
    """Say what a trade costs with all that belongs to it, and how large transactions are."""

    def median(figure: Callable[[Carried], float]) -> float:
        return statistics.median(map(figure, carried))

    return [
        Fact(
            f"{name}: persist's processor time, a trade with its share of all rows",
            median(lambda found: found.persist_ns / trades / 1_000),
            "us",
        ),
        Fact(
            f"{name}: the database's processor time, the same",
            median(lambda found: found.postgres_ns / trades / 1_000),
            "us",
        ),
        Fact(f"{name}: events for each trade", events / trades, ""),
        Fact(
            f"{name}: events in a transaction",
            median(lambda found: events / found.transactions),
            "",
        ),
    ]


def _table_rates(name: str, rows: dict[str, int], lines_ns: Sequence[dict[str, int]]) -> list[Fact]:
    """Say how fast the database takes the lines of each table."""
    return [
        Fact(
            f"{name}: COPY of text into {table}",
            _rate(count, statistics.median(took_ns[table] for took_ns in lines_ns)),
            "rows a second",
        )
        for table, count in rows.items()
        if count >= ORDERS // 10
    ]


async def _bench_lag(where: Stage) -> Findings:
    """Measure how late the history is by the rate of commands."""
    commands = mixed_flow(round(max(LAG_RATES) * LAG_SECONDS))
    found: list[tuple[int, Times]] = []
    for rate in LAG_RATES:
        measured_us = await lags_us(where, commands[: round(rate * LAG_SECONDS)], rate)
        found.append((rate, times_of(f"history's lag at {rate:,} commands a second", measured_us)))
    axes = ("commands a second", "lag of the history, ms")
    return Findings(
        times=[times for _, times in found],
        curves=[
            Curve("half of the time", *axes, [(rate, times.p50_ms) for rate, times in found]),
            Curve("p99", *axes, [(rate, times.p99_ms) for rate, times in found]),
        ],
    )


async def _bench_disk(where: Stage, folder: Path) -> Findings:
    """Measure how long a sync of the journal's disk takes, alone and beside persist."""
    alone_us: list[int] = []
    beside_us: list[int] = []
    commands = mixed_flow(round(PROBE_RATE * PROBE_SECONDS))
    async with probed(folder, alone_us):
        await asyncio.sleep(PROBE_SECONDS)
    async with probed(folder, beside_us):
        await lags_us(where, commands, PROBE_RATE)
    return Findings(
        times=[
            times_of("sync of 4 KiB on the same disk, alone", alone_us),
            times_of(
                f"the same while history of {PROBE_RATE:,} commands a second is written", beside_us
            ),
        ]
    )


def _rate(count: int, elapsed_ns: float) -> float:
    return count * 1e9 / elapsed_ns


@contextmanager
def _settled_collector() -> Iterator[None]:
    """Let the collector be as persist has it, and then as it was."""
    thresholds = gc.get_threshold()
    settle_garbage_collector()
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
