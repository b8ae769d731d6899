"""Candles that were told, held against those that the trades of their interval make. Pure.

A candle that is told to be closed must be the sum of its trades; so must one that still ran in the
end. And whoever saw a candle run must have been told that it closed: where not, that is excused
where what tells of candles was away at that moment, and then it is named and counted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from proto.api.streams.market_data import KlineData
from proto.api.times import moment_text
from scripts.load.audits import Audit, conclude
from scripts.watching.accounts import Skipped, SubscriberState
from scripts.watching.calendar import candle_bounds_us
from scripts.watching.moments import moment_us
from scripts.watching.trade_log import TradeLog

_CANDLE: Final = msgspec.json.Decoder(KlineData)


class Trouble(NamedTuple):
    """A time in which what tells of candles may have been away, and why."""

    name: str
    from_us: int
    until_us: int


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


def audit_closings(watchers: Iterable[SubscriberState], troubles: Sequence[Trouble]) -> Audit:
    """Check that whoever saw a candle run was told that it closed, or why not.

    Args:
        watchers: The subscribers.
        troubles: Times in which the exchange may have been unable to tell.
    """
    told = 0
    excused: Counter[str] = Counter()
    findings = []
    for watcher in watchers:
        told += watcher.closed
        for skipped in watcher.skipped:
            excuse = _excuse(skipped, troubles)
            if excuse:
                excused[excuse] += 1
            else:
                findings.append(f"{watcher.name} was not told that {skipped.name} has closed")
    words = [f"told {told:,} times"]
    words += [f"{count} times not, since there was {excuse}" for excuse, count in excused.items()]
    return conclude("streams: candles that were seen are closed", ", ".join(words), findings)


def _excuse(skipped: Skipped, troubles: Sequence[Trouble]) -> str:
    names = {
        trouble.name
        for trouble in troubles
        if trouble.from_us <= skipped.told_us and skipped.end_us <= trouble.until_us
    }
    return " and ".join(sorted(names))


def _moment(moment_us: int) -> str:
    return moment_text(moment_us * 1_000)
