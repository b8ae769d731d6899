"""Leads through an audit, so that it is right while trading goes on.

Order of things: ask the matcher how far it is; wait until the database is there; look at the
database as it is at that moment; replay up to the database's position, comparing row by row. Then
ask the matcher and the streams for all that they show, each answer with its own sequence; replay
on, and compare each where the replay comes by. What was shown was durable, so the journal has it.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol, final

from msgspec import Struct

from matcher.core.engine import Engine
from matcher.tools.replay import Replay
from matcher.tools.steps import Step
from scripts.load.audits import Audit, audit_sums, conclude
from scripts.load.evidence import (
    SHARD,
    DatabaseEvidence,
    EvidenceError,
    MatcherEvidence,
    rest_book,
)
from scripts.load.mesh import Exchange
from scripts.reconciliation.books import BookComparison, replayed_book
from scripts.reconciliation.history import HistoryComparison
from scripts.reconciliation.live import LiveComparison, look_at_matcher
from scripts.reconciliation.stored import stored_history
from scripts.watching.accounts import Goal, Seen
from scripts.watching.audience import Audience
from scripts.watching.book import BookState

_STREAM_DEADLINE_S: Final = 30.0
# Commands between two looks at the event loop, where our heartbeats wait.
_TURN: Final = 200


class Watcher(Protocol):
    """Somebody else who has something to hold against the replay."""

    def on_step(self, step: Step) -> None:
        """Take note of a command that was applied."""

    def audits(self) -> list[Audit]:
        """Judge, once the replay has come to its end."""


class Reconciliation(Struct):
    """What an audit found.

    Attributes:
        audits: The audits.
        first_sequence: First command that was compared.
        last_sequence: Last one.
        seen: What the subscribers saw.
    """

    audits: list[Audit]
    first_sequence: int
    last_sequence: int
    seen: Seen


class Sides(Struct):
    """Who is compared with the journal.

    Attributes:
        exchange: The live matcher.
        database: The database.
        database_url: Its address.
        http_url: REST.
        audience: Subscribers of the streams.
    """

    exchange: Exchange
    database: DatabaseEvidence
    database_url: str
    http_url: str
    audience: Audience


@final
class Reconciler:
    """One audit."""

    def __init__(
        self,
        sides: Sides,
        replay: Replay,
        watchers: Sequence[Watcher],
        on_progress: Callable[[int, int], None],
        on_lag: Callable[[int], None],
    ) -> None:
        """Audit an exchange that runs.

        Args:
            sides: Who is compared.
            replay: At its beginning.
            watchers: Who else watches the replay.
            on_progress: Told, now and then, how far the replay is, and how far it has to go.
            on_lag: Told how many commands the database is behind.
        """
        self._sides: Final = sides
        self._replay: Final = replay
        self._watchers: Final = watchers
        self._on_progress: Final = on_progress
        self._on_lag: Final = on_lag
        self._first_sequence: Final = replay.engine.sequence + 1

    async def run(self) -> Reconciliation:
        """Run it.

        Raises:
            EvidenceError: If the exchange does not show what is to be compared.
            JournalError: If the journal is damaged, or lacks what others show.
        """
        audits = await self._history()
        live, seen = await self._present()
        audits.extend(live)
        for watcher in self._watchers:
            audits.extend(watcher.audits())
        engine = self._replay.engine
        return Reconciliation(audits, self._first_sequence, engine.sequence, seen)

    async def _history(self) -> list[Audit]:
        sides = self._sides
        ledger = await MatcherEvidence(sides.exchange).ledger()
        await sides.database.wait_for(ledger.sequence, self._on_lag)
        async with stored_history(sides.database_url) as stored:
            position = await stored.position(SHARD)
            self._on_progress(self._replay.engine.sequence, position.last_sequence)

            def on_step(step: Step) -> None:
                self._on_step(step, position.last_sequence)

            return await HistoryComparison(stored, self._replay, on_step).run(position)

    async def _present(self) -> tuple[list[Audit], Seen]:
        """Compare the state that everybody shows now."""
        replay, engine = self._replay, self._replay.engine
        scales = replay.catalog.scales
        books, seen = await self._shown_books()
        for book in books:
            book.look(engine)
        sightings = await look_at_matcher(self._sides.exchange, engine.user_ids(), list(scales))
        comparison = LiveComparison()
        for sighting in sightings:
            await self._go_on(sighting.sequence, books)
            comparison.compare(sighting, engine)
        names = {asset.asset_id: asset.name for asset in replay.catalog.assets.values()}
        audits = [
            _invariants(engine),
            audit_sums(sightings[0].sums(), names),
            comparison.audit([sighting.sequence for sighting in sightings]),
            *(book.audit() for book in books),
        ]
        return audits, seen

    async def _shown_books(self) -> tuple[list[BookComparison], Seen]:
        """Ask everybody for their books, which must have come as far as the replay."""
        replay, sides = self._replay, self._sides
        scales = list(replay.catalog.scales.values())
        sequences = {
            scale.market.name: replayed_book(replay.engine, scale).sequence for scale in scales
        }
        seen = await sides.audience.ask(Goal(sequences, {}, _STREAM_DEADLINE_S))
        books = []
        for scale in scales:
            name = scale.market.name
            shown = {
                state.name: state.books[name] for state in seen.subscribers if name in state.books
            }
            books.append(BookComparison(scale, {**shown, "REST": await self._rest_book(name)}))
        return books, seen

    async def _rest_book(self, market: str) -> BookState | None:
        try:
            return await rest_book(self._sides.http_url, market)
        except EvidenceError:
            return None

    async def _go_on(self, sequence: int, books: Sequence[BookComparison]) -> None:
        """Replay up to a sequence that somebody has shown."""
        engine = self._replay.engine
        for step in self._replay.steps(sequence):
            for book in books:
                book.on_step(step, engine)
            self._on_step(step, sequence)
            if step.journaled.sequence % _TURN == 0:
                await asyncio.sleep(0)
        self._replay.reach(sequence)

    def _on_step(self, step: Step, goal: int) -> None:
        for watcher in self._watchers:
            watcher.on_step(step)
        if step.journaled.sequence % _TURN == 0:
            self._on_progress(step.journaled.sequence, goal)


def _invariants(engine: Engine) -> Audit:
    try:
        engine.check_invariants()
    except AssertionError as error:
        findings = [f"at sequence {engine.sequence:,} an invariant does not hold: {error!r}"]
    else:
        findings = []
    detail = f"state {engine.state_hash()} at sequence {engine.sequence:,}"
    return conclude("journal: invariants of the state", detail, findings)
