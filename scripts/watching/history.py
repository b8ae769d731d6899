"""Holds the complete streams against the journal: each message told once, in order, to the letter.

It watches a replay (`scripts.reconciliation.reconciler.Watcher`). What each command did is what the
streams of its market and its users had to say next, and nothing else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias, final

import msgspec

from matcher.tools.catalog import Catalog
from matcher.tools.steps import Step
from proto.codes import REPORT_FILL
from scripts.load.audits import FINDINGS_MAX, Audit, conclude
from scripts.reconciliation.expected import (
    BALANCE_CHANGES,
    balance_change_row,
    order_event_row,
    order_row,
    trade_row,
)
from scripts.reconciliation.layout import Layout, Row
from scripts.watching.marks import mark_after, position_mark
from scripts.watching.pages import unpacked
from scripts.watching.plan import Begin
from scripts.watching.records import tape_name
from scripts.watching.told import (
    FILLS,
    PUBLIC_TRADES,
    REPORTS,
    fill_of,
    public_trade,
    report_of,
    told_balance,
    told_fill,
    told_report,
    told_trade,
)

_Read: TypeAlias = Callable[[bytes], tuple[int, Row]]


@final
class TapeComparison:
    """One complete stream beside what it had to say."""

    def __init__(self, name: str, layout: Layout, told: Iterator[bytes], read: _Read) -> None:
        """Compare from the beginning of the stream on.

        Args:
            name: Name of the tape.
            layout: What the values of a row are.
            told: The messages.
            read: Reads one.
        """
        self.equal = 0
        self.findings: Final[list[str]] = []
        self._name: Final = name
        self._layout: Final = layout
        self._told: Final = told
        self._read: Final = read
        self._next = self._take()

    def expect(self, mark: int, row: Row) -> None:
        """Compare with what had to be said next.

        Args:
            mark: Above those of all calls before.
            row: What had to be said.
        """
        while self._next is not None and self._next[0] < mark:
            self._note(f"mark {self._next[0]}: told, and not in the journal")
            self._next = self._take()
        if self._next is None or self._next[0] > mark:
            self._note(f"mark {mark}: never told: {row}")
            return
        if self._next[1] == row:
            self.equal += 1
        else:
            self._note(f"mark {mark}: {self._difference(self._next[1], row)}")
        self._next = self._take()

    def finish(self) -> None:
        """Take what is left, which the journal does not have."""
        while self._next is not None:
            self._note(f"mark {self._next[0]}: told, and not in the journal")
            self._next = self._take()

    def _take(self) -> tuple[int, Row] | None:
        for text in self._told:
            try:
                return self._read(text)
            except (msgspec.MsgspecError, ValueError) as error:
                self._note(f"{error}: {text.decode()}")
        return None

    def _difference(self, told: Row, right: Row) -> str:
        columns = zip(self._layout.columns, told, right, strict=True)
        return "; ".join(
            f"{column} was told as {theirs!r}, it is {ours!r}"
            for column, theirs, ours in columns
            if theirs != ours
        )

    def _note(self, finding: str) -> None:
        # One more than is shown, so that it is said that there are more.
        if len(self.findings) <= FINDINGS_MAX:
            self.findings.append(f"{self._name}: {finding}")


@final
class StreamHistory:
    """The complete streams beside a replay."""

    def __init__(self, tapes: Mapping[str, list[bytes]], begin: Begin, catalog: Catalog) -> None:
        """Watch a replay from its beginning on.

        Args:
            tapes: What was told, by the name of the tape, in pages.
            begin: Where the streams begin; what was before is nobody's to judge.
            catalog: Assets and markets of the replay.
        """
        self._begin: Final = begin
        self._catalog: Final = catalog
        self._begin_mark: Final = mark_after(begin.sequence)
        self._comparisons: Final = {name: _comparison(name, pages) for name, pages in tapes.items()}

    def on_step(self, step: Step) -> None:
        """Expect what a command did."""
        catalog, events, sequence = self._catalog, step.events, step.journaled.sequence
        for trade in events.trades:
            market = catalog.scales[trade.market_id].market.name
            tape = self._comparisons.get(f"trades@{market}")
            if tape is not None and trade.trade_id > self._begin.trade_id:
                tape.expect(trade.trade_id, public_trade(trade_row(trade, catalog)))
        if mark_after(sequence) <= self._begin_mark:
            return
        for ordinal, report in enumerate(events.reports, 1):
            mark, user_id = position_mark(sequence, ordinal), report.order.user_id
            orders = self._comparisons.get(tape_name("orders", user_id))
            fills = self._comparisons.get(tape_name("fills", user_id))
            if orders is None and fills is None:
                continue
            event, order = order_event_row(ordinal, report, catalog), order_row(report, catalog)
            if orders is not None:
                orders.expect(mark, report_of(event, order))
            if fills is not None and report.report == REPORT_FILL:
                fills.expect(mark, fill_of(event, order))
        for ordinal, change in enumerate(events.balance_changes, 1):
            balances = self._comparisons.get(tape_name("balances", change.user_id))
            if balances is not None:
                row = balance_change_row(ordinal, change, catalog)
                balances.expect(position_mark(sequence, ordinal), row)

    def audits(self) -> list[Audit]:
        """Judge, once the replay has come to its end."""
        kinds: dict[str, list[TapeComparison]] = {}
        for name, comparison in self._comparisons.items():
            comparison.finish()
            kind = name.partition("@")[0].partition(" ")[0]
            kinds.setdefault(kind, []).append(comparison)
        return [
            conclude(
                f"streams: {kind} = journal",
                f"{sum(one.equal for one in comparisons):,} messages of {len(comparisons)} streams",
                [finding for one in comparisons for finding in one.findings],
            )
            for kind, comparisons in kinds.items()
        ]


def audit_trades_told(
    name: str, pages: Sequence[bytes], trades: Iterable[tuple[int, Row]]
) -> Audit:
    """Compare the trades on a stream with those that there were.

    Args:
        name: Name of the tape.
        pages: What was told.
        trades: Identifier of each trade and its row in PUBLIC_TRADES, in order.
    """
    comparison = TapeComparison(name, PUBLIC_TRADES, unpacked(pages), told_trade)
    for trade_id, row in trades:
        comparison.expect(trade_id, row)
    comparison.finish()
    return conclude(f"stream {name}", f"{comparison.equal:,} trades", comparison.findings)


def _comparison(name: str, pages: list[bytes]) -> TapeComparison:
    layout, read = _KINDS[name.partition("@")[0].partition(" ")[0]]
    return TapeComparison(name, layout, unpacked(pages), read)


_KINDS: Final[Mapping[str, tuple[Layout, _Read]]] = {
    "trades": (PUBLIC_TRADES, told_trade),
    "orders": (REPORTS, told_report),
    "fills": (FILLS, told_fill),
    "balances": (BALANCE_CHANGES, told_balance),
}
