"""The streams of one user: what is remembered of what happened, and who reads it. Pure.

What is remembered is bounded for each user by the timelines, and for all of them by `Memory`: at
that bound, whoever gets an event drops their own oldest.
"""

from collections.abc import Iterable
from typing import Final, Protocol, final

from feed.catalog import Catalog
from feed.page import Pages
from feed.position import position
from feed.streams import BALANCES, FILLS, ORDERS
from feed.timeline import Timeline
from feed.user_messages import balance_data, fill_data, report_data
from feed.user_source import UserSource
from proto.api.streams.private import BalanceData, FillData, ReportData
from proto.codes import REPORT_FILL
from proto.events import BalanceChange, ExecutionReport
from proto.market_data import UserMessage
from proto.ordinals import EventT

# Events of each kind that are remembered of a user.
REMEMBERED_MAX: Final = 500
# Of all users; an event takes some 500 bytes.
MEMORY_EVENTS_MAX: Final = 500_000
# Events taken in before live readers are told; fewer than are remembered, so that nobody who is
# up to date ever has to ask the database, however many come at once.
_SLICE: Final = 250

Source = UserSource[ExecutionReport] | UserSource[BalanceChange]


class Outlet(Protocol):
    """Who reads what, as far as the streams of users know it."""

    def wanted(self, key: str) -> bool:
        """Tell whether anybody reads a channel."""
        ...

    def advance(self, key: str) -> None:
        """Tell the readers of a channel what is new."""
        ...


@final
class Memory:
    """How much is remembered of all users.

    Attributes:
        events: Events.
    """

    __slots__ = ("_most", "events")

    def __init__(self, most: int = MEMORY_EVENTS_MAX) -> None:
        self.events = 0
        self._most: Final = most

    def is_full(self) -> bool:
        """Tell whether an event more has to take the place of another."""
        return self.events >= self._most


@final
class UserStreams:
    """The streams of one user, by kind.

    Attributes:
        sources: The streams.
    """

    __slots__ = ("_catalog", "_changes", "_memory", "_outlet", "_reports", "sources")

    def __init__(
        self, user_id: int, catalog: Catalog, outlet: Outlet, pages: Pages, memory: Memory
    ) -> None:
        """Begin unknown.

        Args:
            user_id: The user.
            catalog: Names what events are about.
            outlet: Told which channels have moved.
            pages: Asked for events that are not remembered.
            memory: What all users share.
        """
        self._catalog: Final = catalog
        self._outlet: Final = outlet
        self._memory: Final = memory
        reports: Timeline[ExecutionReport] = Timeline(REMEMBERED_MAX)
        changes: Timeline[BalanceChange] = Timeline(REMEMBERED_MAX)
        self._reports: Final = reports
        self._changes: Final = changes
        self.sources: Final[dict[str, Source]] = {
            ORDERS: UserSource(user_id, ORDERS, reports, self._write_report, pages),
            FILLS: UserSource(user_id, FILLS, reports, self._write_fill, pages),
            BALANCES: UserSource(user_id, BALANCES, changes, self._write_change, pages),
        }

    def is_wanted(self) -> bool:
        """Tell whether anybody reads one of them."""
        return any(self._outlet.wanted(source.key) for source in self.sources.values())

    def load(self, mark: int) -> None:
        """Begin behind a position."""
        self.break_()
        self._reports.load(mark)
        self._changes.load(mark)

    def break_(self) -> None:
        """Forget what is remembered: something may be missing behind it."""
        self._memory.events -= len(self._reports) + len(self._changes)
        self._reports.break_()
        self._changes.break_()

    def take(self, message: UserMessage) -> None:
        """Take what happened, all about what the catalog knows, and tell who reads it."""
        sources = self.sources
        keys = (sources[ORDERS].key, sources[FILLS].key)
        self._append(self._reports, message.reports, keys)
        self._append(self._changes, message.balance_changes, (sources[BALANCES].key,))

    def tell(self) -> None:
        """Tell who reads them from where on they go."""
        for source in self.sources.values():
            self._outlet.advance(source.key)

    def on_clock(self) -> None:
        """Take a clock message."""
        for source in self.sources.values():
            if source.on_clock():
                self._outlet.advance(source.key)

    def _append(
        self,
        timeline: Timeline[EventT],
        numbered: list[tuple[int, EventT]],
        keys: Iterable[str],
    ) -> None:
        memory = self._memory
        for first in range(0, len(numbered), _SLICE):
            for ordinal, event in numbered[first : first + _SLICE]:
                before = len(timeline)
                if before and memory.is_full():
                    timeline.forget_oldest()
                timeline.append(position(event.sequence, ordinal), event)
                memory.events += len(timeline) - before
            for key in keys:
                self._outlet.advance(key)

    def _write_report(self, mark: int, report: ExecutionReport) -> ReportData:
        return report_data(mark, report, self._catalog.scales[report.order.market_id])

    def _write_fill(self, mark: int, report: ExecutionReport) -> FillData | None:
        if report.report != REPORT_FILL:
            return None
        return fill_data(mark, report, self._catalog.scales[report.order.market_id])

    def _write_change(self, mark: int, change: BalanceChange) -> BalanceData:
        return balance_data(mark, change, self._catalog.assets[change.asset_id])
