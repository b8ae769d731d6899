"""All that a crowd was told against a replay, in one piece."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from matcher.tools.data_folder import DataFolder
from proto.codes import BUY, SELL
from proto.limits import INTEGER_MAX
from scripts.load.audits import Audit
from scripts.load.samples import Samples
from scripts.watching.accounts import Counts, Seen, Skipped, SubscriberState, Told
from scripts.watching.pages import Pages
from scripts.watching.plan import Begin
from scripts.watching.trade_log import TradeLog
from scripts.watching.witness import StreamWitness
from tests.unit.load.scales import TATA_INR
from tests.unit.tools.data_folders import START_NS, SmallExchange, place, small_exchange
from tests.unit.watching.honest import streams_of

START_US = START_NS // 1_000
MINUTE_US = 60_000_000


@pytest.fixture
def exchange(tmp_path: Path) -> SmallExchange:
    exchange = small_exchange(tmp_path)
    exchange.run(place(1, BUY, 2, 1_800), place(2, SELL, 3, 1_800))
    return exchange


def packed(texts: list[bytes]) -> list[bytes]:
    pages = Pages()
    for text in texts:
        pages.add(text)
    return pages.packed()


def trades_of(exchange: SmallExchange) -> TradeLog:
    log = TradeLog(TATA_INR)
    for events in exchange.events:
        for trade in events.trades:
            log.add(trade)
    return log


def candles_and_ticker(log: TradeLog) -> tuple[list[str], list[str], bytes]:
    """What is right to say of some trades: the first minute, the day, a ticker."""
    sums = log.sums(0, len(log))
    assert sums is not None
    minute = {"market": "TATA_INR", "interval": "1m", "start": "2023-11-14T22:13:00.000000Z",
              "end": "2023-11-14T22:14:00.000000Z", **sums._asdict(), "closed": True}  # fmt: skip
    day = {**minute, "interval": "1d", "start": "2023-11-14T00:00:00.000000Z",
           "end": "2023-11-15T00:00:00.000000Z", "closed": False}  # fmt: skip
    ticker = {**sums._asdict(), "market": "TATA_INR", "last": sums.close, "bid": None,
              "change": log.change(0, len(log)), "ask": None,
              "timestamp": "2023-11-14T22:30:00.000000Z"}  # fmt: skip
    texts = [msgspec.json.encode(candle).decode() for candle in (minute, day)]
    return texts[:1], texts[1:], msgspec.json.encode(ticker)


def honest(exchange: SmallExchange) -> tuple[Seen, Told]:
    """What an honest exchange has told, to one who saw a minute close."""
    replay = DataFolder(exchange.data_dir, 0).earliest_replay()
    tapes = streams_of(replay.steps(INTEGER_MAX), replay.catalog)
    log = trades_of(exchange)
    closed, running, ticker = candles_and_ticker(log)
    state = SubscriberState("subscriber 1", True, {}, {}, 1, [], Counts(), {}, [])
    told = Told({name: packed(texts) for name, texts in tapes.items()}, closed, running,
                packed([ticker]), START_US + MINUTE_US)  # fmt: skip
    return Seen([state], {}, Samples().latency(), 0.0), told


def judge(exchange: SmallExchange, seen: Seen, told: Told) -> dict[str, Audit]:
    replay = DataFolder(exchange.data_dir, 0).earliest_replay()
    witness = StreamWitness(Begin(0, 0), seen, told, [], replay.catalog)
    for step in replay.steps(INTEGER_MAX):
        witness.on_step(step)
    return {audit.name.removeprefix("streams: "): audit for audit in witness.audits()}


def test_the_truth(exchange: SmallExchange) -> None:
    audits = judge(exchange, *honest(exchange))
    assert [audit for audit in audits.values() if not audit.ok] == []
    assert audits["trades = journal"].detail == "2 messages of 1 streams"
    assert audits["closed candles = sums of trades"].detail == "1 of 1m"
    assert audits["running candles"].detail == "1 of 1d"
    assert audits["candles that were seen are closed"].detail == "told 1 times"
    assert audits["tickers = sums of trades"].detail == "1 tickers of 1 markets"


def one_trade_less(seen: Seen, told: Told) -> None:
    told.tapes["trades@TATA_INR"] = []


def wrong_candle(seen: Seen, told: Told) -> None:
    told.closed[0] = told.closed[0].replace('"trades":2', '"trades":3')


def wrong_running_candle(seen: Seen, told: Told) -> None:
    told.running[0] = told.running[0].replace('"trades":2', '"trades":3')


def wrong_ticker(seen: Seen, told: Told) -> None:
    told.tickers = packed([b'{"market":"TATA_INR"}'])


def untold_candle(seen: Seen, told: Told) -> None:
    seen.subscribers[0].skipped.append(Skipped("kline_1m@TATA_INR@x", START_US, START_US))


@pytest.mark.parametrize(
    ("lie", "failing"),
    [
        (one_trade_less, "trades = journal"),
        (wrong_candle, "closed candles = sums of trades"),
        (wrong_running_candle, "running candles"),
        (wrong_ticker, "tickers = sums of trades"),
        (untold_candle, "candles that were seen are closed"),
    ],
)
def test_each_lie(exchange: SmallExchange, lie: Callable[[Seen, Told], None], failing: str) -> None:
    seen, told = honest(exchange)
    lie(seen, told)
    audits = judge(exchange, seen, told)
    assert [name for name, audit in audits.items() if not audit.ok] == [failing]
