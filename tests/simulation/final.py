"""What must hold in the end, when every client is done and everything has caught up.

Told by the clients, by the events of all records, and by the tables; none of it is needed to run,
and all of it must agree.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeVar, final

from msgspec.structs import replace

from persist.catalog import Catalog
from persist.rows import HistoryRows
from proto import codes
from proto.codec import decode_command_frame
from proto.commands import CancelOrder, Deposit, PlaceOrder, Withdraw
from proto.events import OrderState
from proto.queries import LedgerQuery
from proto.replies import LedgerReply, OrderReply, TransferReply
from tests.applying import answer_of
from tests.simulation.database import lines_of
from tests.simulation.operation import Operation
from tests.simulation.truth import Truth, demand
from tests.simulation.world import World

KeyT = TypeVar("KeyT")


@final
class FinalChecks:
    """Compares what everybody knows."""

    def __init__(self, world: World, operations: list[Operation]) -> None:
        self._truth: Final[Truth] = world.judge.truth
        self._world: Final = world
        self._operations: Final = operations
        self._events: Final = self._truth.events()
        reports = [report for batch in self._events for report in batch.reports]
        self._reports: Final = reports
        self._accepted: Final = {
            report.order.order_id: report.order
            for report in reports
            if report.report == codes.REPORT_ACCEPTED
        }
        self._accepted_at: Final = {
            report.sequence for report in reports if report.report == codes.REPORT_ACCEPTED
        }
        self._cancelled: Final = {
            report.order.order_id for report in reports if report.report == codes.REPORT_CANCELLED
        }
        # Every order as it was sent, with its sequence.
        self._orders: Final = list(self._orders_sent())
        self._references: Final = Counter(
            change.reference
            for batch in self._events
            for change in batch.balance_changes
            if change.reference
        )

    def run(self) -> None:
        """Check everything."""
        self._count()
        self._check_once()
        for operation in self._operations:
            self._check_told(operation)
        self._check_ledger()
        self._check_history()

    def _count(self) -> None:
        """Note how often what happened that is only for later."""
        counts = self._world.counts
        for report in self._reports:
            counts["orders expired in time"] += report.reason == codes.TIME_IS_UP
            counts["orders cancelled by a switch"] += report.reason == codes.NOT_RENEWED
            counts["orders fired"] += report.report == codes.REPORT_TRIGGERED
            counts["orders amended"] += report.report == codes.REPORT_AMENDED

    def _orders_sent(self) -> Iterator[tuple[int, PlaceOrder]]:
        for record, _ in self._truth.records.values():
            frames = (decode_command_frame(entry.frame) for entry in record.entries)
            commands = (command for frame in frames for command in frame.commands)
            for sequence, command in enumerate(commands, record.first_sequence):
                if isinstance(command, PlaceOrder):
                    yield sequence, command

    def _check_once(self) -> None:
        if not self._world.profile.forgets():
            names = Counter(
                (order.user_id, order.client_order_id)
                for order in self._accepted.values()
                if order.client_order_id
            )
            _demand_single(names, "order placed twice")
        _demand_single(self._references, "transfer applied twice")
        unnamed = Counter(
            command.request_id for _, command in self._orders if command.client_order_id == ""
        )
        _demand_single(unnamed, "order without a name sent twice")

    def _check_told(self, operation: Operation) -> None:
        """Check what a client was told against what happened."""
        message = operation.message
        if isinstance(message, PlaceOrder):
            self._check_order(operation, message)
        elif isinstance(message, CancelOrder):
            for answer in operation.answers:
                if isinstance(answer, OrderReply):
                    cancelled = answer.order.order_id in self._cancelled
                    demand(cancelled, "order told cancelled is not", f"{answer}")
        elif isinstance(message, Deposit | Withdraw):
            for answer in operation.answers:
                if isinstance(answer, TransferReply):
                    applied = self._references[message.reference] == 1
                    demand(applied, "transfer told applied is not", f"{answer}")

    def _check_order(self, operation: Operation, message: PlaceOrder) -> None:
        told = [answer for answer in operation.answers if isinstance(answer, OrderReply)]
        for answer in told:
            self._check_accepted(message, answer.order)
        outcomes = {repr(replace(answer, request_id=0)) for answer in told}
        demand(
            len(outcomes) <= 1 or self._world.profile.forgets(),
            "two outcomes of one order",
            f"{sorted(outcomes)}",
        )
        if operation.found is not None:
            self._check_found(message, operation.found)
        if operation.never:
            # The same order may have been placed by another operation of the same words.
            placed = {
                command.request_id
                for sequence, command in self._orders
                if sequence in self._accepted_at
            }
            demand(
                placed.isdisjoint(operation.request_ids),
                "order told unknown was placed",
                f"{message}",
            )

    def _check_found(self, message: PlaceOrder, order: OrderState) -> None:
        """Check an order that was found by its name, which another one may have had before."""
        accepted = self._accepted.get(order.order_id)
        if accepted is None or accepted.quantity_lots == message.quantity_lots:
            self._check_accepted(message, order)

    def _check_accepted(self, message: PlaceOrder, order: OrderState) -> None:
        accepted = self._accepted.get(order.order_id)
        same = accepted is not None and (
            accepted.user_id,
            accepted.client_order_id,
            accepted.market_id,
            accepted.side,
            accepted.price_ticks,
            accepted.quantity_lots,
        ) == (
            message.user_id,
            message.client_order_id,
            message.market_id,
            message.side,
            message.price_ticks,
            message.quantity_lots,
        )
        demand(same, "acknowledged order is lost", f"{order}, and there is {accepted}")

    def _check_ledger(self) -> None:
        truth = self._truth
        query = LedgerQuery(0)
        reply = answer_of(truth.twin, query, truth.twin.timestamp_ns)
        demand(
            reply == truth.reference.answer(query, truth.twin.timestamp_ns),
            "ledger differs from the reference",
            f"{reply}",
        )
        assert isinstance(reply, LedgerReply)
        for sums in reply.sums:
            inside = sums.users_amount + sums.fees_amount
            demand(
                inside == sums.deposited_amount - sums.withdrawn_amount,
                "money is not conserved",
                f"{sums}",
            )

    def _check_history(self) -> None:
        """Compare the tables with the rows of all events, each once."""
        rows = HistoryRows(Catalog())
        for batch in self._events:
            rows.add(batch)
        database = self._world.database
        for table, pieces in rows.histories().items():
            _demand_equal(table, lines_of(pieces), database.lines[table])
        lines = (*lines_of(rows.new_orders()), *lines_of(rows.known_orders()))
        orders = {line.partition(b"\t")[0]: line for line in lines}
        demand(orders == database.orders, "history differs from the journal", "orders")


def _demand_single(counts: Mapping[KeyT, int], check: str) -> None:
    several = [what for what, count in counts.items() if count > 1]
    demand(not several, check, f"{several[:3]}")


def _demand_equal(table: str, expected: list[bytes], found: list[bytes]) -> None:
    missing = Counter(expected) - Counter(found)
    extra = Counter(found) - Counter(expected)
    demand(
        not missing and not extra and len(expected) == len(found),
        "history differs from the journal",
        f"{table}: {sum(missing.values())} rows missing, {sum(extra.values())} too many: "
        f"{_first(missing) or _first(extra)!r}",
    )


def _first(lines: Iterable[bytes]) -> bytes | None:
    return next(iter(lines), None)
