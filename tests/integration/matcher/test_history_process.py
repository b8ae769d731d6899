"""The process that makes history again, on a real journal; and the historian that asks it."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest

import matcher.history.historian
import matcher.history.process
from matcher.history.historian import QUESTIONS_MAX, Historian
from matcher.history.process import HistoryProcess, HistoryProcessError
from proto.codec import decode_event_batch
from proto.events import EventBatch
from proto.limits import HISTORY_COMMANDS_MAX
from tests.integration.matcher.recorded import RecordedExchange
from tests.integration.persist.past import joined, part
from tests.waiting import until

pytestmark = pytest.mark.integration


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[RecordedExchange]:
    exchange = RecordedExchange(tmp_path)
    exchange.trade(30, commands=100)
    exchange.restart()
    exchange.trade(3, commands=7)
    yield exchange
    exchange.close()


def command(folder: Path) -> list[str]:
    names = ("journal", "journal/archive", "snapshots")
    folders = [str(folder / name) for name in names]
    return [sys.executable, "-m", "matcher.history", "0", *folders]


@contextlib.asynccontextmanager
async def process_on(folder: Path) -> AsyncIterator[HistoryProcess]:
    process = await HistoryProcess.start(command(folder))
    try:
        yield process
    finally:
        await process.end()


@contextlib.asynccontextmanager
async def historian_of(arguments: Sequence[str]) -> AsyncIterator[Historian]:
    historian = Historian(arguments)
    historian.start()
    try:
        yield historian
    finally:
        await historian.close()


async def ask(historian: Historian, first_sequence: int, last_sequence: int) -> bytes:
    answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    historian.ask(first_sequence, last_sequence, answer.set_result)
    return await answer


async def made(process: HistoryProcess, first: int, last: int) -> list[EventBatch]:
    batches = []
    while first <= last:
        batch = decode_event_batch(await process.make(first, last))
        assert batch.first_sequence == first
        assert batch.last_sequence - first < HISTORY_COMMANDS_MAX
        batches.append(batch)
        first = batch.last_sequence + 1
    return batches


def wanted(exchange: RecordedExchange, epoch: int, first: int, last: int) -> EventBatch:
    """Return the events of some commands of one epoch, as the engine said them first."""
    whole = joined([batch for batch in exchange.batches if batch.epoch == epoch])
    events = part(whole, first, last)
    holder = next(batch for batch in exchange.batches if batch.last_sequence >= last)
    events.timestamp_ns = holder.timestamp_ns
    return events


async def test_events_come_again_byte_for_byte_cut_at_epochs(
    exchange: RecordedExchange, tmp_path: Path
) -> None:
    async with process_on(tmp_path) as process:
        batches = await made(process, 1, exchange.engine.sequence)
    assert [batch.epoch for batch in batches] == [1, 1, 2]
    for batch in batches:
        assert batch == wanted(exchange, batch.epoch, batch.first_sequence, batch.last_sequence)


async def test_it_goes_on_where_it_is_and_begins_anew_to_go_back(
    exchange: RecordedExchange, tmp_path: Path
) -> None:
    async with process_on(tmp_path) as process:
        for first, last in ((700, 703), (704, 704), (900, 950), (30, 35), (901, 902)):
            (batch,) = await made(process, first, last)
            assert batch == wanted(exchange, 1, first, last)


async def test_what_it_made_ahead_is_given_only_to_who_asks_for_it(
    exchange: RecordedExchange, tmp_path: Path
) -> None:
    whole = exchange.batches[30].last_sequence
    async with process_on(tmp_path) as process:
        first = decode_event_batch(await process.make(30, whole))
        after = first.last_sequence + 1
        for begin, end in ((after, after), (after + 1, whole), (30, 35), (36, whole)):
            batch = decode_event_batch(await process.make(begin, end))
            assert batch == wanted(exchange, 1, begin, min(end, begin + HISTORY_COMMANDS_MAX - 1))


async def test_it_follows_a_journal_that_is_being_written(
    exchange: RecordedExchange, tmp_path: Path
) -> None:
    async with process_on(tmp_path) as process:
        await made(process, 1, exchange.engine.sequence)
        for _ in range(3):
            first = exchange.engine.sequence + 1
            exchange.trade(2, commands=300)
            (batch,) = await made(process, first, exchange.engine.sequence)
            assert batch == wanted(exchange, exchange.epoch, first, exchange.engine.sequence)
            exchange.restart()


async def test_it_begins_at_a_snapshot_where_the_journal_before_is_gone(
    exchange: RecordedExchange, tmp_path: Path
) -> None:
    early = exchange.take_snapshot()
    exchange.trade(40, commands=100)
    late = exchange.take_snapshot()
    exchange.trade(4, commands=100)
    segments = sorted((tmp_path / "journal").glob("*.journal"))
    for segment in segments:
        if int(segment.stem) <= early - 100:
            segment.unlink()
    async with process_on(tmp_path) as process:
        for first in (late + 1, early + 1, late + 50):
            (batch,) = await made(process, first, first + 9)
            assert batch == wanted(exchange, 2, first, first + 9)
        with pytest.raises(HistoryProcessError):
            await process.make(1, 5)


async def test_it_ends_when_the_matcher_is_gone(exchange: RecordedExchange, tmp_path: Path) -> None:
    answers, ours = os.pipe()
    questions, theirs = os.pipe()
    process = await asyncio.create_subprocess_exec(*command(tmp_path), stdin=questions, stdout=ours)
    os.close(questions)
    os.close(ours)
    os.close(theirs)
    async with asyncio.timeout(20):
        assert await process.wait() == 0
    os.close(answers)


async def test_the_historian_answers_and_its_process_may_die(
    exchange: RecordedExchange,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(matcher.history.historian, "_RESTART_S", 0.01)
    async with historian_of(command(tmp_path)) as historian:
        batch = decode_event_batch(await ask(historian, 50, 60))
        assert batch == wanted(exchange, 1, 50, 60)
        # A segment that is not one: the process ends with what it has to say.
        name = sorted((tmp_path / "journal").glob("*.journal"))[0]
        name.rename(name.with_suffix(".away"))
        assert await ask(historian, 1, 40) == b""
        assert await ask(historian, 1, 40) == b""
        name.with_suffix(".away").rename(name)

        async def answered() -> bytes:
            return await ask(historian, 1, 40)

        assert decode_event_batch(await until(answered)) == wanted(exchange, 1, 1, 40)
    assert caplog.text.count("cannot be made again for now") == 1
    assert caplog.text.count("events of the past can be made again") == 1


async def test_an_answer_that_comes_too_late_is_kept_for_the_next_who_asks(
    exchange: RecordedExchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matcher.history.historian, "ANSWER_TIMEOUT_S", 0.0)
    async with historian_of(command(tmp_path)) as historian:
        assert await ask(historian, 1, 40) == b""
        await until(lambda: historian._kept[0] == 1)
        monkeypatch.setattr(matcher.history.historian, "ANSWER_TIMEOUT_S", 30.0)
        assert decode_event_batch(await ask(historian, 1, 40)) == wanted(exchange, 1, 1, 40)


async def test_a_process_that_says_nothing_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(matcher.history.process, "SILENCE_MAX_S", 0.05)
    async with historian_of([sys.executable, "-c", "import sys; sys.stdin.read()"]) as historian:
        assert await ask(historian, 1, 2) == b""
    assert "it was silent for 0.05 s (status -9)" in caplog.text


async def test_too_many_questions_are_turned_away_at_once(tmp_path: Path) -> None:
    answers: list[bytes] = []
    async with historian_of([sys.executable, "-c", "import sys; sys.stdin.read()"]) as historian:
        for _ in range(QUESTIONS_MAX + 3):
            historian.ask(1, 1, answers.append)
        assert answers == [b"", b"", b""]
    # What still waited is dropped with the historian: nothing leaves a matcher that stops.
    assert len(answers) == 3


async def test_a_process_that_cannot_be_started_or_says_nonsense_costs_an_answer() -> None:
    for arguments in (
        ["/nonexistent/python"],
        [sys.executable, "-c", "print('x' * 99)"],
        [sys.executable, "-c", ""],
    ):
        async with historian_of(arguments) as historian:
            assert await ask(historian, 1, 2) == b""
