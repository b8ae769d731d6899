"""Runs every audit: collects the two sides of each, and compares them."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, final

from msgspec import Struct

from proto.ids import order_id_of, trade_id_of
from proto.replies import LedgerReply
from proto.scales import MarketScale
from scripts.load.audits import (
    Audit,
    StoredTrade,
    audit_book,
    audit_executed,
    audit_open_orders,
    audit_orders,
    audit_sums,
    audit_trades,
    audit_troubles,
)
from scripts.load.drive import Driven
from scripts.load.evidence import (
    SHARD,
    DatabaseEvidence,
    EvidenceError,
    MatcherEvidence,
    rest_book,
)
from scripts.watching.accounts import Goal, Seen
from scripts.watching.audience import Audience
from scripts.watching.book import BookState
from scripts.watching.crowd_audits import audit_crowd
from scripts.watching.history import audit_trades_told
from scripts.watching.plan import Begin

# Books are compared at one sequence; somebody else may be trading, so it is tried again.
BOOK_ATTEMPTS: Final = 10
BOOK_PAUSE_S: Final = 0.1
GOAL_TIMEOUT_S: Final = 10.0


class Scene(Struct):
    """What an audit needs to know of a run.

    Attributes:
        run: Prefix of its client_order_ids.
        url: REST address.
        scales: Every market of the exchange by id.
        traded: Markets that the run traded on.
        asset_names: Names of assets by id.
        user_ids: Who traded.
        start: The ledger before the load.
    """

    run: str
    url: str
    scales: dict[int, MarketScale]
    traded: Sequence[MarketScale]
    asset_names: dict[int, str]
    user_ids: Sequence[int]
    start: LedgerReply

    def begin(self) -> Begin:
        """Return where the streams of subscribers begin, so that the load is all that they tell."""
        return Begin(trade_id_of(SHARD, self.start.trades), self.start.sequence)


class Verdict(Struct):
    """All audits, and what was learned on the way.

    Attributes:
        audits: The audits.
        persist_lag_s: How long the database took to catch up after the load.
        seen: What the subscribers saw; None without subscribers.
    """

    audits: list[Audit]
    persist_lag_s: float
    seen: Seen | None


@final
class Judge:
    """Judges one run."""

    def __init__(
        self,
        scene: Scene,
        driven: Driven,
        matcher: MatcherEvidence,
        database: DatabaseEvidence,
        audience: Audience | None,
    ) -> None:
        self._scene: Final = scene
        self._driven: Final = driven
        self._matcher: Final = matcher
        self._database: Final = database
        self._audience: Final = audience
        self._killed: Final = driven.killed_s is not None

    async def judge(self, on_lag: Callable[[int], None]) -> Verdict:
        """Run every audit.

        Raises:
            EvidenceError: If the exchange does not show what has to be compared.
        """
        scene, record = self._scene, self._driven.record
        ledger = await self._matcher.ledger()
        persist_lag_s = await self._database.wait_for(ledger.sequence, on_lag)
        trades = await self._database.trades(scene.start.sequence)
        orders = await self._database.orders(order_id_of(SHARD, scene.start.sequence), scene.run)
        order_ids = {order.order_id for order in orders}
        market_names = {key: scale.market.name for key, scale in scene.scales.items()}
        open_orders = [
            order
            for user_id in scene.user_ids
            for order in await self._matcher.open_orders(user_id, scene.scales)
        ]
        audits = [
            audit_troubles(record, self._killed),
            audit_sums(ledger.sums, scene.asset_names),
            audit_trades(record.fills, trades, market_names, order_ids),
            audit_orders(record, orders),
            audit_executed(orders, trades),
            audit_open_orders(orders, open_orders, order_ids),
        ]
        seen, of_streams = await self._judge_streams(trades)
        return Verdict(audits + of_streams, persist_lag_s, seen)

    async def _judge_streams(
        self, trades: Sequence[StoredTrade]
    ) -> tuple[Seen | None, list[Audit]]:
        """Compare books, and what the subscribers saw."""
        by_tape: dict[str, list[StoredTrade]] = {
            f"trades@{scale.market.name}": [] for scale in self._scene.traded
        }
        for trade in trades:
            if (tape := by_tape.get(f"trades@{trade.market}")) is not None:
                tape.append(trade)
        marks = {name: tape[-1].trade_id for name, tape in by_tape.items() if tape}
        audits, seen = await self._judge_books(marks)
        if seen is None or self._audience is None:
            return None, audits
        told = (await self._audience.recall()).tapes
        audits += [
            audit_trades_told(name, told[name], [(t.trade_id, t.public_row()) for t in tape])
            for name, tape in by_tape.items()
        ]
        return seen, audits + audit_crowd(seen, is_quiet=not self._killed)

    async def _judge_books(self, marks: dict[str, int]) -> tuple[list[Audit], Seen | None]:
        """Compare everybody's books at a sequence that all have reached."""
        attempt = 0
        while True:
            attempt += 1
            books = await self._books()
            seen = None
            if self._audience is not None:
                sequences = {name: book.sequence for name, book in books.items()}
                seen = await self._audience.ask(Goal(sequences, marks, GOAL_TIMEOUT_S))
            rest = {name: await self._rest_book(name) for name in books}
            if books == await self._books() or attempt == BOOK_ATTEMPTS:
                break
            await asyncio.sleep(BOOK_PAUSE_S)
        audits = [
            audit_book(name, book, {**_stream_books(name, seen), "REST /depth": rest[name]})
            for name, book in books.items()
        ]
        return audits, seen

    async def _books(self) -> dict[str, BookState]:
        return {scale.market.name: await self._matcher.book(scale) for scale in self._scene.traded}

    async def _rest_book(self, market: str) -> BookState | None:
        try:
            return await rest_book(self._scene.url, market)
        except EvidenceError:
            return None


def _stream_books(market: str, seen: Seen | None) -> dict[str, BookState]:
    if seen is None:
        return {}
    return {state.name: state.books[market] for state in seen.subscribers}
