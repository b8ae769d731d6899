"""Holds the database's history against the replay: every row of every table, and nothing else.

The database is looked at as it is at one moment. The replay goes exactly as far as its position
says, and each command's rows are compared as the two stream by.
"""

import asyncio
from collections.abc import Callable
from typing import Final, final

from matcher.tools.replay import Replay
from matcher.tools.steps import Step
from proto.definitions import AssetDefinition, MarketDefinition
from scripts.load.audits import Audit, conclude
from scripts.reconciliation.expected import ORDERS, order_row
from scripts.reconciliation.orders import ExpectedOrders, compare_orders
from scripts.reconciliation.statements import Statements
from scripts.reconciliation.stored import StoredHistory, StoredPosition
from scripts.reconciliation.table import TableComparison
from scripts.reconciliation.tables import HISTORIES, rows_of

# Commands between two looks at the event loop, where our heartbeats wait.
_TURN: Final = 200


@final
class HistoryComparison:
    """One comparison of a database with a replay that is at its beginning."""

    def __init__(
        self, stored: StoredHistory, replay: Replay, on_step: Callable[[Step], None]
    ) -> None:
        """Compare a database with a replay.

        Args:
            stored: The database.
            replay: At its beginning.
            on_step: Told of each command that was applied on the way.
        """
        self._stored: Final = stored
        self._replay: Final = replay
        self._on_step: Final = on_step
        self._first_sequence: Final = replay.engine.sequence + 1
        self._last_number: Final = replay.engine.last_number
        self._statements: Final = Statements(replay.engine)

    async def run(self, position: StoredPosition) -> list[Audit]:
        """Bring the replay to the database's position, and compare everything up to there.

        Raises:
            JournalError: If the journal is damaged.
        """
        audits = [await self._definitions_known()]
        streams = await self._stored.histories()
        tables = {
            layout.name: TableComparison(layout, streams[layout.name], self._first_sequence)
            for layout in HISTORIES
        }
        with ExpectedOrders() as orders:
            for step in self._replay.steps(position.last_sequence):
                is_complete = step.journaled.sequence >= position.complete_from
                await self._expect(step, tables, orders, is_complete=is_complete)
                self._on_step(step)
                if step.journaled.sequence % _TURN == 0:
                    await asyncio.sleep(0)
            audits.append(self._position(position))
            audits.extend([await table.finish() for table in tables.values()])
            audits.append(
                await compare_orders(orders, await self._stored.orders(), self._last_number)
            )
        audits.append(self._statements.audit(self._replay.engine))
        audits.append(await self._definitions())
        return audits

    async def _expect(
        self,
        step: Step,
        tables: dict[str, TableComparison],
        orders: ExpectedOrders,
        *,
        is_complete: bool,
    ) -> None:
        events, catalog = step.events, self._replay.catalog
        rows_by_table = rows_of(events, catalog)
        for layout in HISTORIES:
            if rows := rows_by_table[layout.name]:
                written = rows if is_complete else [layout.older(row) for row in rows]
                await tables[layout.name].expect(step.journaled.sequence, written)
        last = {report.order.order_id: report for report in events.reports}
        for order_id, report in last.items():
            row = order_row(report, catalog)
            orders.put(order_id, row if is_complete else ORDERS.older(row))
        self._statements.add(events.balance_changes)

    def _position(self, position: StoredPosition) -> Audit:
        replay = self._replay
        findings = []
        if replay.engine.sequence < position.last_sequence:
            findings.append(
                f"the database is at sequence {position.last_sequence:,}, the journal ends at "
                f"{replay.engine.sequence:,}: they are of two exchanges, or a part of the journal "
                "is lost"
            )
        elif replay.epoch != position.epoch and replay.epoch:
            findings.append(
                f"epoch {position.epoch} in the database, {replay.epoch} by the journal"
            )
        detail = f"sequence {position.last_sequence:,}, epoch {position.epoch}"
        return conclude("database: position", detail, findings)

    async def _definitions_known(self) -> Audit:
        findings = [
            f"column {column} of {layout.name} is not compared, or is missing"
            for layout in (*HISTORIES, ORDERS)
            for column in await self._stored.unknown_columns(layout)
        ]
        columns = sum(len(layout.columns) for layout in (*HISTORIES, ORDERS))
        return conclude("database: columns", f"{columns} columns, all compared", findings)

    async def _definitions(self) -> Audit:
        catalog = self._replay.catalog
        assets = AssetDefinition.__struct_fields__
        markets = MarketDefinition.__struct_fields__
        ours = {
            *(tuple(str(getattr(a, f)) for f in assets) for a in catalog.assets.values()),
            *(tuple(str(getattr(s.market, f)) for f in markets) for s in catalog.scales.values()),
        }
        theirs = {
            *await self._stored.definitions("assets", assets),
            *await self._stored.definitions("markets", markets),
        }
        findings = [f"{row} is only in the journal" for row in sorted(ours - theirs, key=repr)]
        findings += [f"{row} is only in the database" for row in sorted(theirs - ours, key=repr)]
        return conclude("database: assets and markets", f"{len(ours & theirs)} equal", findings)
