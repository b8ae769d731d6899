"""Tickers that were told, held against what the trades of the 24 hours before them make. Pure.

The window is the last 86,400 seconds, the running one included. A ticker knows the trades before
its own time, and none after it; of those of the very same microsecond it may know the first few,
since engine time is finer than what is told.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from proto.api.answers import Ticker
from scripts.load.audits import Audit, conclude
from scripts.watching.moments import moment_us
from scripts.watching.trade_log import TradeLog

WINDOW_S: Final = 86_400
_SECOND_US: Final = 1_000_000

_TICKER: Final = msgspec.json.Decoder(Ticker)


def audit_tickers(texts: Iterable[bytes], logs: Mapping[str, TradeLog]) -> Audit:
    """Compare tickers with the trades.

    Args:
        texts: The tickers as they were told.
        logs: Trades by market.
    """
    findings = []
    compared = 0
    for text in texts:
        try:
            told = _TICKER.decode(text)
            right = tickers_at(logs[told.market], told)
        except (msgspec.MsgspecError, ValueError, KeyError) as error:
            findings.append(f"{error!r}: {text.decode()}")
            continue
        compared += 1
        if told not in right:
            findings.append(f"told {text.decode()}, by the trades {right[0]}")
    detail = f"{compared:,} tickers of {len(logs)} markets"
    return conclude("streams: tickers = sums of trades", detail, findings)


def tickers_at(log: TradeLog, told: Ticker) -> list[Ticker]:
    """Make the tickers that are right at the time of a ticker; bid and ask are taken from it."""
    at_us = moment_us(told.timestamp)
    begin = log.before((at_us // _SECOND_US - WINDOW_S + 1) * _SECOND_US)
    first, last = log.before(at_us), log.before(at_us + 1)
    return [_ticker(log, told, begin, end) for end in range(last, first - 1, -1)]


def _ticker(log: TradeLog, told: Ticker, begin: int, end: int) -> Ticker:
    sums = log.sums(begin, max(begin, end))
    return Ticker(
        told.market,
        None if sums is None else sums.open,
        None if sums is None else sums.high,
        None if sums is None else sums.low,
        log.last_price(end),
        log.scale.quantity(0) if sums is None else sums.volume,
        log.scale.quote_amount(0) if sums is None else sums.quote_volume,
        log.change(begin, max(begin, end)),
        told.bid,
        told.ask,
        0 if sums is None else sums.trades,
        told.timestamp,
    )
