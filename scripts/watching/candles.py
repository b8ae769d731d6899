"""Candles that were told, held against those that the trades of their interval make. Pure.

A candle that is told to be closed must be the sum of its trades; so must one that still ran in the
end. And each candle that closed while somebody watched must have been told to them: what was not is
excused where they, or what tells them, were away at that moment, and then it is named and counted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from proto.api.streams.market_data import KlineData
from proto.api.times import moment_text
from proto.intervals import INTERVALS
from scripts.load.audits import Audit, conclude
from scripts.watching.accounts import SubscriberState
from scripts.watching.calendar import candle_bounds_us
from scripts.watching.moments import moment_us
from scripts.watching.records import CandleName
from scripts.watching.trade_log import TradeLog

READER_AWAY: Final = "the reader was away"
# The clock that closes a candle comes once a second.
_CLOSING_US: Final = 3_000_000

_CANDLE: Final = msgspec.json.Decoder(KlineData)


class Trouble(NamedTuple):
    """A time in which what tells of candles may have been away, and why."""

    name: str
    from_us: int
    until_us: int


class Closing(NamedTuple):
    """A candle, and when it closed."""

    name: str
    end_us: int


def audit_candles(
    name: str, texts: Iterable[str], logs: Mapping[str, TradeLog], still_open_at_us: int | None
) -> Audit:
    """Compare candles with what their trades make.

    Args:
        name: Name of the audit.
        texts: The candles as they were told.
        logs: Trades by market.
        still_open_at_us: Leaves out those that had ended at this moment; None for none: they must
            say that they are closed then, the others that they are not.
    """
    findings: list[str] = []
    compared: Counter[str] = Counter()
    for text in texts:
        try:
            told = _CANDLE.decode(text)
            if still_open_at_us is not None and moment_us(told.end) <= still_open_at_us:
                continue
            is_closed = still_open_at_us is None
            right = candle_of(logs[told.market], told.interval, told.start, is_closed=is_closed)
        except (msgspec.MsgspecError, ValueError, KeyError) as error:
            findings.append(f"{error!r}: {text}")
            continue
        compared[told.interval] += 1
        if told != right:
            findings.append(f"told {text}, by its trades {right}")
    detail = ", ".join(f"{count} of {interval}" for interval, count in compared.items())
    return conclude(name, detail or "none", findings)


def candle_of(log: TradeLog, interval: str, start: str, *, is_closed: bool) -> KlineData | None:
    """Make a candle of its trades; None where it has none, or does not begin where one does."""
    start_us = moment_us(start)
    begin_us, end_us = candle_bounds_us(interval, start_us)
    sums = log.sums(log.before(start_us), log.before(end_us))
    if sums is None or begin_us != start_us:
        return None
    return KlineData(log.scale.market.name, interval, start, _moment(end_us), *sums, is_closed)


def closings(logs: Mapping[str, TradeLog], from_us: int, until_us: int) -> list[Closing]:
    """List the candles that closed in a time, of all markets and intervals."""
    return [
        Closing(CandleName(market, interval, _moment(start_us)).text(), end_us)
        for market, log in logs.items()
        for interval in INTERVALS
        for start_us, end_us in _spans(log, interval)
        if from_us < end_us <= until_us
    ]


def audit_closings(
    closed: Sequence[Closing], watchers: Iterable[SubscriberState], troubles: Sequence[Trouble]
) -> Audit:
    """Check that all who watched were told of each candle that closed, or are excused.

    Args:
        closed: The candles that closed.
        watchers: Those who read candles.
        troubles: Times in which the exchange may have been unable to tell.
    """
    told = 0
    excused: Counter[str] = Counter()
    findings = []
    for watcher in watchers:
        known = frozenset(watcher.closed)
        for closing in closed:
            if closing.name in known:
                told += 1
                continue
            excuse = _excuse(closing.end_us, watcher, troubles)
            if excuse:
                excused[excuse] += 1
            else:
                findings.append(f"{watcher.name} was not told that {closing.name} has closed")
    words = [f"{len(closed)} closed, told {told} times"]
    words += [f"{count} times not, since {excuse}" for excuse, count in excused.items()]
    return conclude("streams: closed candles are told", ", ".join(words), findings)


def _excuse(end_us: int, watcher: SubscriberState, troubles: Sequence[Trouble]) -> str:
    told_us = end_us + _CLOSING_US
    if not any(since <= end_us and told_us <= until for since, until in watcher.presence):
        return READER_AWAY
    names = {t.name for t in troubles if t.from_us <= told_us and end_us <= t.until_us}
    return f"there was {' and '.join(sorted(names))}" if names else ""


def _spans(log: TradeLog, interval: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each candle that has a trade, in order."""
    times_us = log.times_us()
    place = 0
    while place < len(times_us):
        start_us, end_us = candle_bounds_us(interval, times_us[place])
        yield start_us, end_us
        place = log.before(end_us)


def _moment(moment_us: int) -> str:
    return moment_text(moment_us * 1_000)
