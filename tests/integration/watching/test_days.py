"""Candles of every interval and the 24 hours of tickers, over months, against sums of the trades.

The feed and what lies before it are real; only time is made, since nobody can wait for a day.
"""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from proto.api.times import moment_text
from proto.intervals import INTERVALS
from scripts.watching.accounts import Goal, Seen
from scripts.watching.calendar import candle_bounds_us
from scripts.watching.connection import WatchingConnection
from scripts.watching.crowd_audits import audit_crowd
from scripts.watching.plan import Begin, SubscriberPlan, mixed_subscribers
from scripts.watching.records import Records
from scripts.watching.subscriber import Subscriber
from scripts.watching.witness import StreamWitness
from tests.integration.feed.harness import Stage, is_live
from tests.integration.watching.days import LongLife
from tests.waiting import until

pytestmark = pytest.mark.integration

MARKETS = ("GOLD_INR", "SILVER_INR")
PLAN = mixed_subscribers(1, MARKETS)[0]
ROUNDS = 250


class Watcher:
    """A subscriber in the time of the exchange."""

    def __init__(self, plan: SubscriberPlan, exchange: LongLife) -> None:
        self.records = Records(Begin(0, 0), lambda: exchange.now_us * 1_000)
        self.subscriber = Subscriber(plan, self.records)
        self.connection: WatchingConnection | None = None

    async def connect(self, port: int) -> None:
        self.connection = WatchingConnection(self, random.Random(1), is_deflated=False)
        await self.connection.open(f"ws://127.0.0.1:{port}")
        for request in self.subscriber.on_open():
            self.connection.send(request)
        await until(lambda: self.subscriber.is_subscribed)

    def on_text(self, text: bytes) -> None:
        assert self.connection is not None
        for request in self.subscriber.on_text(text):
            self.connection.send(request)

    def on_end(self, farewell: str) -> None:
        self.subscriber.on_end(farewell)

    def has_all(self, exchange: LongLife) -> bool:
        """Whether it was told of every trade, of whichever market, and its books are in step."""
        last = {m: 0 for m in MARKETS}
        for step in exchange.steps:
            for trade in step.events.trades:
                last[exchange.catalog.scales[trade.market_id].market.name] = trade.trade_id
        marks = {f"trades@{market}": trade_id for market, trade_id in last.items()}
        sequences = {
            exchange.catalog.scales[change.market_id].market.name: change.book_sequence
            for step in exchange.steps
            for change in step.events.level_changes
        }
        return self.subscriber.has_reached(Goal(sequences, marks, 1.0))


@asynccontextmanager
async def long_life(redis_url: str) -> AsyncIterator[tuple[LongLife, Stage]]:
    async with Stage(redis_url) as stage:
        exchange = LongLife(stage.publisher, seed=3)
        stage.exchange = exchange  # type: ignore[assignment]
        await exchange.begin()
        yield exchange, stage


def failed(exchange: LongLife, watcher: Watcher) -> tuple[list[str], dict[str, str]]:
    """Judge; return what failed, and what every audit says."""
    state = watcher.subscriber.state()
    seen = Seen(
        [state], dict(watcher.records.tape_lengths()), watcher.records.lateness.latency(), 0.0
    )
    witness = StreamWitness(Begin(0, 0), seen, watcher.records.told(), [], exchange.catalog)
    for step in exchange.steps:
        witness.on_step(step)
    audits = witness.audits() + audit_crowd(seen, is_quiet=False)
    wrong = [f"{a.name}: {a.detail} {a.findings}" for a in audits if not a.ok]
    return wrong, {audit.name.removeprefix("streams: "): audit.detail for audit in audits}


def ended_candles(exchange: LongLife) -> set[tuple[str, str, str]]:
    """Every candle that has ended: market, interval and start."""
    ended = set()
    for step in exchange.steps:
        for trade in step.events.trades:
            market = exchange.catalog.scales[trade.market_id].market.name
            for interval in INTERVALS:
                start_us, end_us = candle_bounds_us(interval, trade.timestamp_ns // 1_000)
                if end_us <= exchange.now_us:
                    ended.add((market, interval, moment_text(start_us * 1_000)))
    return ended


async def test_every_candle_and_ticker_of_months(redis_url: str) -> None:
    async with long_life(redis_url) as (exchange, stage):
        feed, port = await stage.start_feed()
        await until(lambda: is_live(feed))
        watcher = Watcher(PLAN, exchange)
        await watcher.connect(port)
        for _ in range(ROUNDS):
            if await exchange.live(8):
                # Who is slow would be told less: here every candle and ticker is to be told.
                await until(lambda: watcher.has_all(exchange))
            await exchange.leap()
        await exchange.beat()
        await until(lambda: watcher.has_all(exchange))
        wrong, details = failed(exchange, watcher)
    assert wrong == []
    told = [msgspec.json.decode(text) for text in watcher.records.told().closed]
    assert {(c["market"], c["interval"], c["start"]) for c in told} == ended_candles(exchange)
    for interval in ("1m", "3m", "1h", "12h", "1d", "3d", "1w", "1M"):
        assert f" of {interval}" in details["closed candles = sums of trades"], interval
    assert "times not" not in details["candles that were seen are closed"]
    assert int(details["tickers = sums of trades"].split()[0]) > ROUNDS
