"""A real matcher that takes snapshots while it trades, and starts from them."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from matcher.core.engine import Engine
from matcher.journal.archive import JournalWithArchive
from matcher.journal.disk import FolderDisk
from matcher.journal.format import BEGINNING
from matcher.journal.reader import JournalReader
from matcher.replaying import replay
from matcher.snapshots.folder import SnapshotFolder
from proto.codes import BUY, SELL
from proto.mesh.client import MeshClient
from tests.integration.matcher.harness import Matcher, fund, ledger, order, placed
from tests.waiting import until

pytestmark = pytest.mark.integration

INTERVAL = 1_000

Start = Callable[..., Matcher]


@pytest.fixture
def start(tmp_path: Path, redis_url: str) -> Iterator[Start]:
    started: list[Matcher] = []

    def start(**settings: str) -> Matcher:
        matcher = Matcher(tmp_path, redis_url, TICKMESH_SNAPSHOT_COMMANDS=str(INTERVAL), **settings)
        matcher.start()
        started.append(matcher)
        return matcher

    yield start
    for matcher in started:
        if matcher.process is not None and matcher.process.poll() is None:
            matcher.end(signal.SIGKILL)


def snapshots(matcher: Matcher) -> SnapshotFolder:
    return SnapshotFolder(FolderDisk(matcher.data_dir / "snapshots"), 0)


async def trade(client: MeshClient, orders: int, name: str) -> None:
    commands = [
        order(
            client, 1 + number % 2, SELL if number % 3 == 0 else BUY, 2000 + number % 7,
            client_order_id=f"{name}-{number}",
        )
        for number in range(orders)
    ]  # fmt: skip
    await asyncio.gather(*(placed(client, command) for command in commands))


async def snapshot_of(matcher: Matcher, above: int) -> int:
    """Wait until there is a snapshot above a sequence."""

    def newest() -> int | None:
        sequences = snapshots(matcher).sequences()
        return sequences[-1] if sequences and sequences[-1] > above else None

    found = await until(newest, explain=matcher.said)
    assert found is not None
    return found


def replayed_hash(matcher: Matcher, archive: bool = True) -> str:
    """Replay everything from the first command."""
    journal = FolderDisk(matcher.data_dir / "journal")
    disk = JournalWithArchive(journal, FolderDisk(matcher.data_dir / "journal" / "archive"))
    engine = Engine(0)
    for record in JournalReader(disk if archive else journal, 0, BEGINNING).records():
        replay(engine, record)
    return engine.state_hash()


async def test_a_start_begins_at_the_newest_snapshot_and_comes_to_the_same_state(
    start: Start,
) -> None:
    matcher = start()
    async with matcher.client() as client:
        await fund(client)
        await trade(client, INTERVAL + 100, "a")
        sequence = await snapshot_of(matcher, 0)
        await trade(client, 50, "b")
        before = await ledger(client)
        repeated = order(client, 2, price_ticks=2001, client_order_id="a-1")
        first = await placed(client, repeated)
    matcher.end(signal.SIGKILL)
    matcher.start()
    async with matcher.client() as client:
        after = await ledger(client)
        assert after.sums == before.sums
        again = await placed(client, order(client, 2, price_ticks=2001, client_order_id="a-1"))
        assert (again.order, again.fills) == (first.order, first.fills)
        assert f"a snapshot of sequence {sequence}, and" in matcher.said()
    matcher.end()
    # What a snapshot and the rest of the journal make is what the whole journal makes.
    found = snapshots(matcher).newest(verify=True)
    assert found is not None
    reader = JournalReader(FolderDisk(matcher.data_dir / "journal"), 0, found.position)
    for record in reader.records():
        replay(found.engine, record)
    assert found.engine.state_hash() == replayed_hash(matcher)


async def test_a_bad_snapshot_is_passed_over(start: Start) -> None:
    matcher = start()
    async with matcher.client() as client:
        await fund(client)
        await trade(client, INTERVAL + 10, "a")
        first = await snapshot_of(matcher, 0)
        await trade(client, INTERVAL + 10, "b")
        second = await snapshot_of(matcher, first)
        before = await ledger(client)
    matcher.end()
    path = matcher.data_dir / "snapshots" / f"{second:020d}.snapshot"
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    matcher.start()
    async with matcher.client() as client:
        assert (await ledger(client)).sums == before.sums
    assert f"snapshot {path.name} is not used" in matcher.said()
    assert f"a snapshot of sequence {first}, and" in matcher.said()


@pytest.mark.parametrize("archive", ["keep", "delete"])
async def test_segments_that_no_start_needs_leave_the_journal(start: Start, archive: str) -> None:
    matcher = start(TICKMESH_ARCHIVE=archive)
    journal = matcher.data_dir / "journal"
    async with matcher.client() as client:
        await fund(client)
        await trade(client, 20, "first")
    # Each start begins a segment.
    matcher.end()
    matcher.start()
    newest = 0
    for round_number in range(2):
        async with matcher.client() as client:
            await trade(client, INTERVAL + 10, f"round-{round_number}")
            newest = await snapshot_of(matcher, newest)
    first_segment = journal / f"{1:020d}.journal"
    await until(lambda: not first_segment.exists(), explain=matcher.said)
    archived = (journal / "archive" / first_segment.name).exists()
    assert archived == (archive == "keep")
    async with matcher.client() as client:
        before = await ledger(client)
    matcher.end(signal.SIGKILL)
    matcher.start()
    async with matcher.client() as client:
        assert (await ledger(client)).sums == before.sums
    matcher.end()
    if archived:
        assert replayed_hash(matcher)
