"""Holds all that a crowd was told against the journal.

It watches a replay (`scripts.reconciliation.reconciler.Watcher`), which the same audit compares
with the database row by row: what agrees with the one agrees with the other.
"""

from collections.abc import Sequence
from typing import Final, final

from matcher.tools.catalog import Catalog
from matcher.tools.steps import Step
from scripts.load.audits import Audit
from scripts.watching.accounts import Seen, Told
from scripts.watching.candles import Trouble, audit_candles, audit_closings
from scripts.watching.history import StreamHistory
from scripts.watching.pages import unpacked
from scripts.watching.plan import Begin
from scripts.watching.tickers import audit_tickers
from scripts.watching.trade_log import TradeLog


@final
class StreamWitness:
    """Watches a replay that begins where the exchange did."""

    def __init__(
        self, begin: Begin, seen: Seen, told: Told, troubles: Sequence[Trouble], catalog: Catalog
    ) -> None:
        """Watch on behalf of a crowd.

        Args:
            begin: Where their complete streams begin.
            seen: What each of them knows in the end, when nothing moves any more.
            told: What they were told.
            troubles: Times in which the exchange may have been unable to tell of candles.
            catalog: Assets and markets of the replay.
        """
        self._seen: Final = seen
        self._told: Final = told
        self._troubles: Final = troubles
        self._catalog: Final = catalog
        self._history: Final = StreamHistory(told.tapes, begin, catalog)
        self._logs: Final[dict[str, TradeLog]] = {}

    def on_step(self, step: Step) -> None:
        """Take note of what a command did."""
        for trade in step.events.trades:
            scale = self._catalog.scales[trade.market_id]
            log = self._logs.get(scale.market.name)
            if log is None:
                log = self._logs[scale.market.name] = TradeLog(scale)
            log.add(trade)
        self._history.on_step(step)

    def audits(self) -> list[Audit]:
        """Judge, once the replay has come to its end."""
        told, logs = self._told, self._logs
        return [
            *self._history.audits(),
            audit_candles("streams: closed candles = sums of trades", told.closed, logs, None),
            audit_candles("streams: running candles", told.running, logs, told.now_us),
            audit_closings(self._seen.subscribers, self._troubles),
            audit_tickers(unpacked(told.tickers), logs),
        ]
