"""What the database tells again of a user or a market is, byte for byte, what was told live."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest
from msgspec import Struct
from redis.asyncio import Redis

from feed.catalog import Catalog
from feed.messages import MarketWriter, encode_stream_message
from feed.page import Page, Question
from feed.position import position, position_after
from feed.source import PORTION_MESSAGES_MAX
from feed.stored_pages import KINDS, SESSION_SETTINGS, Since
from feed.streams import BALANCES, FILLS, ORDERS, TRADES
from feed.user_messages import balance_data, fill_data, report_data
from proto.codes import (
    BALANCE_REASON_NAMES,
    CAUSE_NAMES,
    REPORT_FILL,
    REPORT_NAMES,
    STATUS_NAMES,
    TYPE_NAMES,
)
from proto.database import Database
from proto.ordinals import numbered
from proto.replies import MarketsReply
from tests.integration.persist.conftest import Carrying
from tests.integration.persist.test_db_processor import add, drained
from tests.integration.persist.venue import Venue
from tests.property.venue import USERS
from tests.public_trades import public_trade
from tests.waiting import until

pytestmark = pytest.mark.integration

BATCHES = 150
# Mark and message of each event of a stream, which is named by its kind and its subject.
Told = dict[tuple[str, str | int], list[tuple[int, bytes]]]


@pytest.fixture(scope="module")
def venue() -> Venue:
    """What has happened, the same for all tests: it is only read."""
    venue = Venue(seed=2)
    venue.run(BATCHES)
    return venue


@pytest.fixture(scope="module")
def told(venue: Venue) -> Told:
    """What a feed tells that hears of everything."""
    catalog, told = Catalog(), defaultdict(list)
    for batch in venue.batches:
        catalog.learn(MarketsReply(0, batch.assets, batch.markets))
        for ordinal, report in numbered(batch.reports):
            scale = catalog.scales[report.order.market_id]
            mark, user_id = position(report.sequence, ordinal), report.order.user_id
            _tell(told, ORDERS, user_id, mark, report_data(mark, report, scale))
            if report.report == REPORT_FILL:
                _tell(told, FILLS, user_id, mark, fill_data(mark, report, scale))
        for ordinal, change in numbered(batch.balance_changes):
            mark = position(change.sequence, ordinal)
            data = balance_data(mark, change, catalog.assets[change.asset_id])
            _tell(told, BALANCES, change.user_id, mark, data)
        for trade in batch.trades:
            writer = MarketWriter(catalog.scales[trade.market_id])
            text = encode_stream_message(
                f"trades@{writer.market}", writer.trade(public_trade(trade))
            )
            told[TRADES, writer.market].append((trade.trade_id, text))
    return told


def _tell(told: Told, kind: str, user_id: int, mark: int, data: Struct) -> None:
    told[kind, user_id].append((mark, encode_stream_message(kind, data)))


async def carried(redis: Redis, url: str, carrying: Carrying, venue: Venue) -> Database:
    """Write what has happened, and return the database."""
    await add(redis, venue.batches)
    async with carrying(url):
        await until(lambda: drained(redis))
    # A small TimescaleDB has one session.
    database = Database(url, lambda: 0, "test", 1, SESSION_SETTINGS)
    await database.start()
    return database


async def ask(database: Database, *questions: Question) -> list[Page]:
    """Put questions of one kind, none of which anything is known of."""
    kind = KINDS[questions[0].kind]
    since: list[Since] = [None] * len(questions)
    rows = await database.rows(kind.statement, *kind.arguments(questions, since))
    return [
        kind.page(question, [row for row in rows if row["place"] == place]).page
        for place, question in enumerate(questions, 1)
    ]


async def read_through(
    database: Database, kind: str, subject: str | int
) -> list[tuple[int, bytes]]:
    """Read a stream from its beginning, page by page."""
    found: list[tuple[int, bytes]] = []
    mark = 0
    while True:
        (page,) = await ask(database, Question(kind, subject, mark))
        assert len(page.messages) <= PORTION_MESSAGES_MAX
        found += zip(page.marks, page.messages, strict=True)
        if not page.is_full:
            return found
        assert page.mark > mark
        mark = page.mark


async def test_every_event_is_told_again_in_the_same_words(
    redis: Redis, any_database_url: str, carrying: Carrying, venue: Venue, told: Told
) -> None:
    database = await carried(redis, any_database_url, carrying, venue)
    try:
        for (kind, subject), events in told.items():
            assert await read_through(database, kind, subject) == events, (kind, subject)
    finally:
        await database.close()


def test_the_flow_brings_everything_about(told: Told) -> None:
    """Without this the test above could be true of nothing."""
    kinds = Counter(kind for kind, _ in told)
    assert kinds == {ORDERS: len(USERS), FILLS: len(USERS), BALANCES: len(USERS), TRADES: 2}
    reports = list(_data(told, ORDERS))
    orders = [report["order"] for report in reports]
    assert {report["event"] for report in reports} == set(REPORT_NAMES.values())
    assert {order["status"] for order in orders} == set(STATUS_NAMES.values())
    assert {order["type"] for order in orders} == set(TYPE_NAMES.values())
    # The rarest may be missing: the flow is others', and its chances change.
    assert len(set(CAUSE_NAMES.values()) - {report["reason"] for report in reports}) <= 1
    optional = (
        "expires_at", "display_quantity", "quote_amount", "trigger_price", "trail_amount",
        "trail_bps", "self_trade_prevention", "list_type", "list_id",
    )  # fmt: skip
    for field in optional:
        assert any(field in order for order in orders), field
    assert any(report["fill"] and report["fill"]["fee"][0] == "-" for report in reports)
    changes = list(_data(told, BALANCES))
    assert {change["reason"] for change in changes} == set(BALANCE_REASON_NAMES.values())
    # What changes of an order, and is told as it was.
    for field in ("price", "quantity", "trigger_price", "executed_quote_quantity", "fee"):
        values = defaultdict(set)
        for order in orders:
            values[order["order_id"]].add(order.get(field))
        assert max(map(len, values.values())) > 1, field


def _data(told: Told, kind: str) -> Iterator[dict[str, object]]:
    for (of, _), events in told.items():
        if of == kind:
            for _, text in events:
                yield json.loads(text)["data"]


async def test_a_page_begins_anywhere(
    redis: Redis, migrated_database_url: str, carrying: Carrying, venue: Venue, told: Told
) -> None:
    """Also at marks that nobody was ever told: in another user's events, or those of no command."""
    database = await carried(redis, migrated_database_url, carrying, venue)
    last_sequence = venue.batches[-1].last_sequence
    try:
        for (kind, subject), events in told.items():
            top = events[-1][0]
            marks = [
                0,
                1,
                events[0][0],
                events[0][0] - 1,
                events[len(events) // 2][0] + 1,
                top,
                top + 1,
            ]
            if kind != TRADES:
                marks += [position_after(s) for s in range(0, last_sequence, last_sequence // 7)]
            pages = await ask(database, *(Question(kind, subject, mark) for mark in marks))
            for mark, page in zip(marks, pages, strict=True):
                following = [event for event in events if event[0] > mark]
                told_now = list(zip(page.marks, page.messages, strict=True))
                assert told_now == following[: len(told_now)]
                assert page.is_full or len(told_now) == len(following)
                if not page.is_full and kind != TRADES:
                    assert page.mark == max(mark, position_after(last_sequence))
                if kind == TRADES:
                    at_mark = [
                        number for number, event in enumerate(events, 1) if event[0] <= page.mark
                    ]
                    assert page.trade_number == (len(at_mark) if page.is_full else len(events))
    finally:
        await database.close()


async def test_where_nothing_has_happened_yet(migrated_database_url: str) -> None:
    database = Database(migrated_database_url, lambda: 0, "test", 1)
    await database.start()
    try:
        for kind in (ORDERS, FILLS, BALANCES):
            (page,) = await ask(database, Question(kind, 7, 0))
            assert page == Page([], [], position_after(0), False)
            (page,) = await ask(database, Question(kind, 7, position(12, 3)))
            assert page == Page([], [], position(12, 3), False)
        (page,) = await ask(database, Question(TRADES, "TATA_INR", 0))
        assert page == Page([], [], 0, False)
    finally:
        await database.close()
