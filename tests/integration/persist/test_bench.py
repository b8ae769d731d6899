"""The bench of persist: the yardstick copies what persist writes, and all of it is measured."""

from pathlib import Path

import pytest

from scripts.benches.pairs import PAIRS_MIN
from scripts.benches.persist import bench
from scripts.benches.persist.bare import copy_lines, copy_records
from scripts.benches.persist.flow import entries_of, mixed_flow, trading_flow
from scripts.benches.persist.rows import BareTable, bare_tables
from scripts.benches.persist.servers import Servers
from scripts.benches.persist.stage import Stage, stage

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]


async def _content(where: Stage, tables: list[BareTable]) -> dict[str, list[str]]:
    """Return every column of every row, as the database writes it, in no order."""
    return {
        table.name: sorted(
            row["line"]
            for row in await where.connection.fetch(
                f"SELECT row_to_json(row)::text AS line FROM"
                f" (SELECT {', '.join(table.columns)} FROM {table.name}) AS row"
            )
        )
        for table in tables
    }


async def test_the_yardstick_copies_the_same_rows(
    redis_url: str, migrated_database_url: str
) -> None:
    entries = entries_of(mixed_flow(600), 50)
    async with stage(Servers(redis_url, migrated_database_url, 1)) as where:
        tables = await bare_tables(entries, where.connection)
        await where.carry(entries)
        written = await _content(where, tables)
        await copy_records(where, tables, 3)
        assert await _content(where, tables) == written
        took_ns = await copy_lines(where, tables, 3)
        assert await _content(where, tables) == written
    assert len(written["trades"]) > 100
    assert set(took_ns) == {*written, "commit"}


def test_the_flow_that_trades_does() -> None:
    commands = trading_flow(300)
    entries = entries_of(commands)
    assert [entry.last_sequence for entry in entries] == [256, len(commands)]


def test_each_part_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "ORDERS", 200)
    monkeypatch.setattr(bench, "LAG_RATES", (1_000, 2_000))
    monkeypatch.setattr(bench, "LAG_SECONDS", 0.1)
    monkeypatch.setattr(bench, "PROBE_RATE", 1_000)
    monkeypatch.setattr(bench, "PROBE_SECONDS", 0.1)
    found = bench.bench_persist(PAIRS_MIN, tmp_path)
    assert [comparison.name for comparison in found.comparisons] == [
        "history of the mixed flow",
        "history of the mixed flow, beside text",
        "history of the flow that trades",
        "history of the flow that trades, beside text",
    ]
    assert [len(curve.points) for curve in found.curves] == [2, 2]
    assert len(found.times) == 4
    names = [fact.name for fact in found.facts]
    assert "mixed flow: COPY of text into trades" in names
    assert list(tmp_path.iterdir()) == []
