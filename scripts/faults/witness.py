"""Holds the journal against what clients were told: nothing lost, nothing twice, nothing else.

It watches the replay. For each order that a client sent, the first command under its
client_order_id that the engine accepts is the order; every later one must have been answered with
it. What the client remembers (identifier, status on arrival, each fill) must be what the replay
answers.
"""

from collections.abc import Mapping
from typing import Final, final

from matcher.tools.steps import Step
from proto.codes import CANCELLED, STATUS_NAMES
from proto.commands import CancelOrder, PlaceOrder
from proto.ids import order_id_of
from proto.replies import OrderReply
from proto.scales import MarketScale
from scripts.load.audits import Audit, conclude
from scripts.load.evidence import SHARD
from scripts.load.record import Record, TakerFill


@final
class Witness:
    """Watches a replay (`scripts.reconciliation.reconciler.Watcher`)."""

    def __init__(self, record: Record, scales: Mapping[int, MarketScale], run: str) -> None:
        """Watch for the orders of one run.

        Args:
            record: What its clients remember.
            scales: Markets by id.
            run: Prefix of its client_order_ids.
        """
        self._record: Final = record
        self._scales: Final = scales
        self._prefix: Final = f"{run}-"
        self._applied: Final[dict[str, int]] = {}
        self._cancelled: Final[set[int]] = set()
        self._repeated = 0
        self._lost_or_doubled: Final[list[str]] = []
        self._outcomes: Final[list[str]] = []
        self._fills: Final[dict[int, list[TakerFill]]] = {}
        for fill in record.fills:
            self._fills.setdefault(fill.taker_order_id, []).append(fill)

    def on_step(self, step: Step) -> None:
        """Take note of a command that was applied."""
        command, reply = step.journaled.command, step.reply
        if not isinstance(reply, OrderReply):
            return
        if isinstance(command, PlaceOrder):
            if command.client_order_id.startswith(self._prefix):
                self._placed(command, step.journaled.sequence, reply)
        elif isinstance(command, CancelOrder) and reply.order.status == CANCELLED:
            self._cancelled.add(reply.order.order_id)

    def audits(self) -> list[Audit]:
        """Judge, once the replay has come to its end."""
        record, applied = self._record, self._applied
        lost = [name for name in record.orders if name not in applied]
        findings = [
            *self._lost_or_doubled,
            *(f"order {name} was acknowledged and is not in the journal" for name in lost),
            *(
                f"order {name} is in the journal and was acknowledged to nobody"
                for name in applied
                if name not in record.orders and name not in record.unsettled
            ),
        ]
        detail = (
            f"{len(record.orders):,} acknowledged, {len(lost):,} lost, "
            f"{len(self._lost_or_doubled):,} applied twice; {self._repeated:,} were sent again"
        )
        if record.unsettled:
            detail += f"; {len(record.unsettled):,} never settled"
        return [
            conclude("acknowledged orders are in the journal, once", detail, findings),
            conclude(
                "outcomes that clients remember",
                f"{len(record.orders):,} orders, {len(record.fills):,} fills",
                self._outcomes,
            ),
            self._cancels(),
        ]

    def _placed(self, command: PlaceOrder, sequence: int, reply: OrderReply) -> None:
        name, order_id = command.client_order_id, reply.order.order_id
        first = self._applied.get(name)
        if first is not None:
            self._repeated += 1
            if order_id != first:
                self._lost_or_doubled.append(
                    f"order {name} is order {first}, and again order {order_id}"
                )
            return
        self._applied[name] = order_id
        if order_id != order_id_of(SHARD, sequence):
            self._lost_or_doubled.append(
                f"order {name} at sequence {sequence} was taken for order {order_id}"
            )
        seen = self._record.orders.get(name)
        if seen is None:
            return
        told = (seen.order_id, seen.placed_status, self._told_fills(seen.order_id))
        is_so = (order_id, STATUS_NAMES[reply.order.status], self._fills_of(reply))
        if told != is_so:
            self._outcomes.append(f"order {name}: the client was told {told}, it was {is_so}")

    def _told_fills(self, order_id: int) -> list[tuple[int, str, str]]:
        fills = self._fills.get(order_id, [])
        return [(fill.trade_id, fill.price, fill.quantity) for fill in fills]

    def _fills_of(self, reply: OrderReply) -> list[tuple[int, str, str]]:
        scale = self._scales[reply.order.market_id]
        return [
            (fill.trade_id, scale.price(fill.price_ticks), scale.quantity(fill.quantity_lots))
            for fill in reply.fills
        ]

    def _cancels(self) -> Audit:
        told = {
            seen.order_id
            for seen in self._record.orders.values()
            if seen.status == STATUS_NAMES[CANCELLED]
        }
        findings = [
            f"order {order_id} was told to be cancelled, and is not by the journal"
            for order_id in sorted(told - self._cancelled)
        ]
        return conclude("cancels that clients remember", f"{len(told):,} cancels", findings)
