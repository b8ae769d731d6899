"""The real engine and the reference side by side, with a consumer that sees the events only.

After each command: the replies, and all events but level changes, are the same; level changes put
one after the other make the engine's levels; both know when time is due. Whoever asks for it
(`compare`) has every query answered by both, and the engine checks itself.
"""

from itertools import pairwise
from typing import Final, NamedTuple

import msgspec

from matcher.core.engine import Engine
from matcher.core.parts import Part
from proto.codec import decode_event_batch, encode
from proto.codes import REPORT_FILL
from proto.commands import Command
from proto.events import EventBatch, OrderState
from proto.limits import INTEGER_MAX
from proto.market_data import Level
from proto.queries import (
    AccountQuery,
    AuctionQuery,
    BalancesQuery,
    DepthQuery,
    LedgerQuery,
    MarketDataQuery,
    MarketsQuery,
    OpenOrdersQuery,
    OrderQuery,
    StateQuery,
    TransferQuery,
)
from proto.replies import BalancesReply, DepthReply, LedgerReply, Reply
from tests.applying import answer_of, apply_to
from tests.property.venue import MARKET_IDS, START_NS, USERS, definitions
from tests.reference.exchange import ReferenceExchange
from tests.reference.state import Bounds

__all__ = ["MARKET_IDS", "START_NS", "USERS", "Pair", "restored_from"]

PARTS: Final[msgspec.msgpack.Decoder[Part]] = msgspec.msgpack.Decoder(Part)
# Of the events, all but what the rules leave open.
COMPARED: Final = tuple(
    name for name in EventBatch.__struct_fields__ if name not in ("epoch", "level_changes")
)


class DifferenceError(AssertionError):
    """The engine and the reference do not do the same.

    Attributes:
        what: What differs, in a few words.
    """

    def __init__(self, what: str, engine: object, reference: object) -> None:
        place, one, other = narrowed(what, engine, reference)
        super().__init__(
            f"{place}: the engine has {one}, the reference {other}\n"
            f"  engine:    {engine}\n  reference: {reference}"
        )
        self.what: Final = what


class Stamped(NamedTuple):
    timestamp_ns: int
    command: Command


class Pair:
    """Applies each command to both, and compares all that can be seen of them."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self.engine = Engine(0)
        self.reference: Final = ReferenceExchange(bounds=bounds)
        self.timestamp_ns = START_NS
        self.journal: Final[list[Stamped]] = []
        self.events = EventBatch(0, 1, 0, 0, 0, [], [], [], [], [], [])
        self.accepted: Final[dict[int, OrderState]] = {}
        self.batches: Final[list[bytes]] = []
        self._books: Final[dict[tuple[int, int], dict[int, int]]] = {}
        self._book_sequences: Final[dict[int, int]] = {}
        self._totals: Final[dict[tuple[int, int], int]] = {}
        for command in definitions():
            self.apply(command)

    def apply(self, command: Command, elapsed_ns: int = 0, *, keeps_bytes: bool = True) -> Reply:
        """Apply a command to both.

        Args:
            command: The command.
            elapsed_ns: Since the last one.
            keeps_bytes: Whether the events are kept, encoded, for `check_replay`.

        Raises:
            DifferenceError: If they do not say the same.
        """
        self.timestamp_ns += elapsed_ns
        self.journal.append(Stamped(self.timestamp_ns, command))
        reply, self.events = apply_to(self.engine, self.timestamp_ns, command)
        expected = self.reference.apply(command, self.timestamp_ns)
        same("reply", reply, expected)
        for name in COMPARED:
            same(name, getattr(self.events, name), getattr(self.reference.events, name))
        self.reference.count_level_changes(self.events)
        if keeps_bytes:
            self.batches.append(encode(self.events))
            assert decode_event_batch(self.batches[-1]) == self.events
        self._consume(self.events)
        due_ns = self.engine.next_due_ns()
        same("next due", due_ns if due_ns <= INTEGER_MAX else None, self.reference.next_due_ns())
        return reply

    def restart(self) -> None:
        """Go on with an engine that was made of the parts of this one, through bytes."""
        restored = restored_from(self.engine)
        restored.check_invariants()
        assert restored.state_hash() == self.engine.state_hash()
        self.engine = restored

    def compare(self) -> None:
        """Ask both everything, and the consumer of the events too."""
        self.engine.check_invariants()
        for query in self._queries():
            answer = answer_of(self.engine, query, self.timestamp_ns)
            same(f"answer to {query}", answer, self.reference.answer(query, self.timestamp_ns))
        self._check_conservation()
        self._compare_consumer()

    def check_replay(self) -> None:
        """Apply the journal to a new engine: the same state, the same events, byte for byte."""
        replayed = Engine(0)
        batches = [encode(apply_to(replayed, stamp, command)[1]) for stamp, command in self.journal]
        assert batches == self.batches
        assert replayed.state_hash() == self.engine.state_hash()

    def _queries(self) -> list[StateQuery]:
        queries: list[StateQuery] = [LedgerQuery(1), MarketsQuery(2)]
        for user_id in USERS:
            queries += [BalancesQuery(3, user_id), AccountQuery(4, user_id)]
            queries += [OpenOrdersQuery(5, user_id, market_id) for market_id in (0, 2, 9)]
        for market_id in (*MARKET_IDS, 9):
            queries += [MarketDataQuery(6, market_id), DepthQuery(7, market_id, 2)]
            queries += [AuctionQuery(8, market_id)]
        for order_id, order in list(self.accepted.items())[-3:]:
            queries += [OrderQuery(9, order.user_id, order_id, "")]
            queries += [OrderQuery(10, 2, 0, order.client_order_id)]
        references = list(self.reference.state.money.transfers)[-3:]
        queries += [TransferQuery(11, reference) for reference in (*references, "nobody's")]
        return queries

    def _check_conservation(self) -> None:
        """For each asset: balances + fees collected = deposits - withdrawals."""
        ledger = answer_of(self.engine, LedgerQuery(1), self.timestamp_ns)
        assert isinstance(ledger, LedgerReply)
        for sums in ledger.sums:
            outside = sums.deposited_amount - sums.withdrawn_amount
            same(f"sum of asset {sums.asset_id}", sums.users_amount + sums.fees_amount, outside)

    def _consume(self, events: EventBatch) -> None:
        for report in events.reports:
            order = report.order
            before = self.accepted.get(order.order_id)
            if report.report == REPORT_FILL:
                assert before is not None
                assert order.executed_lots == before.executed_lots + report.fill_quantity_lots
                assert order.fee_amount == before.fee_amount + report.fill_fee_amount
            self.accepted[order.order_id] = order
        for change in events.level_changes:
            sequence = self._book_sequences.get(change.market_id, 0) + 1
            same("sequence of a book", change.book_sequence, sequence)
            self._book_sequences[change.market_id] = sequence
            levels = self._books.setdefault((change.market_id, change.side), {})
            levels[change.price_ticks] = change.quantity_lots
        for moved in events.balance_changes:
            account = (moved.user_id, moved.asset_id)
            self._totals[account] = self._totals.get(account, 0) + moved.change_amount
            assert self._totals[account] == moved.total_amount
            assert 0 <= moved.held_amount <= moved.total_amount
        for trade, following in pairwise(events.trades):
            assert following.trade_id == trade.trade_id + 1

    def _compare_consumer(self) -> None:
        for market_id in MARKET_IDS:
            depth = answer_of(self.engine, DepthQuery(0, market_id, 5_000), self.timestamp_ns)
            assert isinstance(depth, DepthReply)
            same("book sequence", depth.book_sequence, self._book_sequences.get(market_id, 0))
            for side, levels in ((1, depth.bids), (2, depth.asks)):
                seen = self._books.get((market_id, side), {})
                expected = [Level(price, lots) for price, lots in seen.items() if lots]
                expected.sort(key=lambda level: level.price_ticks, reverse=side == 1)
                same("levels as changes tell them", levels, expected)
        for user_id in USERS:
            reply = answer_of(self.engine, BalancesQuery(0, user_id), self.timestamp_ns)
            assert isinstance(reply, BalancesReply)
            for balance in reply.balances:
                total = self._totals[user_id, balance.asset_id]
                same("total as changes tell it", balance.total_amount, total)


def same(what: str, engine: object, reference: object) -> None:
    """Raise `DifferenceError` unless two values are equal."""
    if engine != reference:
        raise DifferenceError(what, engine, reference)


def narrowed(place: str, one: object, other: object) -> tuple[str, object, object]:
    """Find the first field or item in which two values of one type differ, and name it."""
    if type(one) is type(other) and isinstance(one, msgspec.Struct):
        for name in one.__struct_fields__:
            if getattr(one, name) != getattr(other, name):
                return narrowed(f"{place}.{name}", getattr(one, name), getattr(other, name))
    if isinstance(one, list) and isinstance(other, list):
        for index, (left, right) in enumerate(zip(one, other, strict=False)):
            if left != right:
                return narrowed(f"{place}[{index}]", left, right)
        return f"length of {place}", len(one), len(other)
    return place, one, other


def restored_from(engine: Engine) -> Engine:
    """Take an engine apart and make another of the parts, each through its bytes."""
    parts = [encode(part) for part in engine.parts()]
    return Engine.restored(engine.shard, map(PARTS.decode, parts))
