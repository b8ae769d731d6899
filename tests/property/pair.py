"""The real engine and the reference side by side, with a consumer that sees the events only."""

from itertools import pairwise
from typing import Final

import msgspec

from matcher.core.engine import Engine
from matcher.core.parts import Part
from proto.codec import decode_event_batch, encode
from proto.codes import REPORT_FILL
from proto.commands import Command, DefineAsset, DefineMarket
from proto.definitions import AssetDefinition, MarketDefinition
from proto.events import EventBatch, OrderState
from proto.market_data import Level
from proto.queries import (
    BalancesQuery,
    DepthQuery,
    LedgerQuery,
    MarketDataQuery,
    OpenOrdersQuery,
    OrderQuery,
    Query,
)
from proto.replies import BalancesReply, DepthReply, Reply
from tests.reference.exchange import ReferenceExchange

USERS: Final = (1, 2, 3)
ASSETS: Final = (
    AssetDefinition(1, "INR", 2),
    AssetDefinition(2, "GOLD", 0),
    AssetDefinition(3, "SILVER", 3),
)
MARKETS: Final = (
    # One tick of one lot is one smallest unit, so that every fee rounds; and fees are so high that
    # the amounts of these tests show which rate was used.
    MarketDefinition(1, "GOLD_INR", 2, 1, 2, 1, 0, 1, 1_000, 1, 50, 0, 110_000, 252_500),
    # The maker pays more than the taker, and a lot is several smallest units.
    MarketDefinition(2, "SILVER_INR", 3, 1, 1, 5, 1, 1, 40, 2, 60, 150, 333_333, 7_777),
)
MARKET_IDS: Final = tuple(market.market_id for market in MARKETS)
START_NS: Final = 1_700_000_000_000_000_000
PARTS: Final[msgspec.msgpack.Decoder[Part]] = msgspec.msgpack.Decoder(Part)


class Pair:
    """Applies each command to both, and compares all that can be seen of them."""

    def __init__(self) -> None:
        self.engine = Engine(0)
        self.reference: Final = ReferenceExchange()
        self.timestamp_ns = START_NS
        self.journal: Final[list[tuple[int, Command]]] = []
        self.batches: Final[list[bytes]] = []
        self.accepted: Final[dict[int, OrderState]] = {}
        self.books: Final[dict[tuple[int, int], dict[int, int]]] = {}
        self.book_sequences: Final[dict[int, int]] = {}
        self.totals: Final[dict[tuple[int, int], int]] = {}
        for asset in ASSETS:
            self.apply(DefineAsset(0, asset))
        for market in MARKETS:
            self.apply(DefineMarket(0, market))

    def apply(self, command: Command, elapsed_ns: int = 0) -> Reply:
        self.timestamp_ns += elapsed_ns
        self.journal.append((self.timestamp_ns, command))
        reply, events = apply_to(self.engine, self.timestamp_ns, command)
        traded_before = len(self.reference.trades)
        assert reply == self.reference.apply(command, self.timestamp_ns)
        assert events.trades == self.reference.trades[traded_before:]
        self.batches.append(encode(events))
        assert decode_event_batch(self.batches[-1]) == events
        self._consume(events)
        self.engine.check_invariants()
        return reply

    def restart(self) -> None:
        """Go on with an engine that was made of the parts of this one, through bytes."""
        restored = restored_from(self.engine)
        restored.check_invariants()
        assert restored.state_hash() == self.engine.state_hash()
        self.engine = restored

    def compare(self) -> None:
        """Ask both everything, and the consumer of the events too."""
        queries: list[Query] = [LedgerQuery(1)]
        for user_id in USERS:
            queries += [BalancesQuery(2, user_id), OpenOrdersQuery(3, user_id, 0)]
            queries += [OpenOrdersQuery(4, user_id, 2)]
        for market_id in MARKET_IDS:
            queries += [MarketDataQuery(5, market_id), DepthQuery(6, market_id, 2)]
        for order_id, order in list(self.accepted.items())[-3:]:
            queries += [OrderQuery(7, order.user_id, order_id, "")]
            queries += [OrderQuery(8, 2, 0, order.client_order_id)]
        for query in queries:
            answer = self.engine.answer(query, self.timestamp_ns)
            assert answer == self.reference.answer(query, self.timestamp_ns)
        self._compare_consumer()

    def check_replay(self) -> None:
        """Apply the journal to a new engine: the same state, the same events, byte for byte."""
        replayed = Engine(0)
        batches = [encode(apply_to(replayed, stamp, command)[1]) for stamp, command in self.journal]
        assert batches == self.batches
        assert replayed.state_hash() == self.engine.state_hash()

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
            sequence = self.book_sequences.get(change.market_id, 0) + 1
            assert change.book_sequence == sequence
            self.book_sequences[change.market_id] = sequence
            levels = self.books.setdefault((change.market_id, change.side), {})
            assert levels.get(change.price_ticks, 0) != change.quantity_lots
            levels[change.price_ticks] = change.quantity_lots
        for moved in events.balance_changes:
            account = (moved.user_id, moved.asset_id)
            self.totals[account] = self.totals.get(account, 0) + moved.change_amount
            assert self.totals[account] == moved.total_amount
            assert 0 <= moved.held_amount <= moved.total_amount
        for trade, following in pairwise(events.trades):
            assert (following.trade_id, following.number) == (trade.trade_id + 1, trade.number + 1)

    def _compare_consumer(self) -> None:
        for market_id in MARKET_IDS:
            depth = self.engine.answer(DepthQuery(0, market_id, 5_000), self.timestamp_ns)
            assert isinstance(depth, DepthReply)
            assert depth.book_sequence == self.book_sequences.get(market_id, 0)
            for side, levels in ((1, depth.bids), (2, depth.asks)):
                seen = self.books.get((market_id, side), {})
                expected = [Level(price, lots) for price, lots in seen.items() if lots]
                expected.sort(key=lambda level: level.price_ticks, reverse=side == 1)
                assert levels == expected
        for user_id in USERS:
            reply = self.engine.answer(BalancesQuery(0, user_id), self.timestamp_ns)
            assert isinstance(reply, BalancesReply)
            for balance in reply.balances:
                assert self.totals[user_id, balance.asset_id] == balance.total_amount


def apply_to(engine: Engine, timestamp_ns: int, command: Command) -> tuple[Reply, EventBatch]:
    """Apply a command in a batch of its own."""
    sequence = engine.sequence + 1
    events = EventBatch(0, 1, sequence, sequence, timestamp_ns, [], [], [], [], [], [])
    return engine.apply(command, sequence, timestamp_ns, events), events


def restored_from(engine: Engine) -> Engine:
    """Take an engine apart and make another of the parts, each through its bytes."""
    parts = [encode(part) for part in engine.parts()]
    return Engine.restored(engine.shard, map(PARTS.decode, parts))
