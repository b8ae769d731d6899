"""The engine: commands in, events and replies out.

Theory of operation
-------------------
`apply` is the only way to change state, `answer` the only way to ask; both are pure functions of
the state and their arguments. Each command is checked whole, in a documented order, before the
first write; a refused command changes nothing but the sequence and the time.

What a client can cause is a value: a `Rejected` reply, and for an order that reached its market a
REPORT_REJECTED. A bug is an assertion, which stops the matcher before it tells anybody.

Events of one PlaceOrder, in this order: REPORT_ACCEPTED; for each fill its trade, the taker's and
the maker's REPORT_FILL and four balance changes; a level change for each level that was taken
from; at the end the level change where the order rests, or REPORT_EXPIRED where something is left
that may not rest.
"""

from collections.abc import Iterable, Iterator
from typing import Final, assert_never, final

from matcher.core.instrument import Instrument, check_asset, check_market
from matcher.core.invariants import check_state
from matcher.core.market import Market
from matcher.core.matching import Taking
from matcher.core.order import Order
from matcher.core.parts import Part
from matcher.core.restoring import restore_state
from matcher.core.rules import check_order
from matcher.core.snapshot import parts_of
from matcher.core.state import State
from matcher.core.state_hash import hash_state
from matcher.core.views import answer_query
from proto.codes import (
    CANCELLED,
    DEADLINE_PASSED,
    DEPOSIT,
    DUPLICATE_CLIENT_ORDER_ID,
    EXPIRED,
    FOK,
    GTC,
    INVALID_DEFINITION,
    OK,
    ORDER_NOT_OPEN,
    REJECTED,
    REPORT_ACCEPTED,
    REPORT_CANCELLED,
    REPORT_EXPIRED,
    REPORT_REJECTED,
    SELL,
    UNKNOWN_MARKET,
    UNKNOWN_ORDER,
    WITHDRAWAL,
)
from proto.commands import (
    CancelOrder,
    Command,
    DefineAsset,
    DefineMarket,
    Deposit,
    PlaceOrder,
    Withdraw,
)
from proto.definitions import MarketDefinition
from proto.events import BalanceChange, EventBatch, ExecutionReport, OrderState
from proto.ids import AssetId, Sequence, TradeId, UserId, order_id_of
from proto.market_data import Ticker
from proto.queries import StateQuery
from proto.replies import Defined, Fill, OrderReply, Rejected, Reply, TransferReply

_NO_TRADE: Final = TradeId(0)


@final
class Engine:
    """The deterministic state machine of one shard."""

    __slots__ = ("_state",)

    def __init__(self, shard: int) -> None:
        """Start without assets, markets or money; these come by commands.

        Args:
            shard: 0..SHARD_MAX; part of every identifier that this engine assigns.
        """
        self._state: Final = State(shard)

    @classmethod
    def restored(cls, shard: int, parts: Iterable[Part]) -> "Engine":
        """Make the engine whose `parts` these are; the two go on alike.

        Args:
            shard: Its shard.
            parts: All of them, in order, each in the bounds of its fields.

        Raises:
            SnapshotError: If they are not the parts of an engine.

        Complexity: O(state).
        """
        engine = cls(shard)
        restore_state(engine._state, parts)
        return engine

    @property
    def shard(self) -> int:
        """Shard of the engine."""
        return self._state.shard

    @property
    def sequence(self) -> int:
        """Sequence of the last command applied; 0 before the first."""
        return self._state.sequence

    @property
    def timestamp_ns(self) -> int:
        """Engine time of the last command applied; 0 before the first."""
        return self._state.timestamp_ns

    def apply(
        self, command: Command, sequence: int, timestamp_ns: int, events: EventBatch
    ) -> Reply:
        """Apply one command.

        Args:
            command: The command, in the bounds that the codec checks.
            sequence: One above the last command's.
            timestamp_ns: Engine time, not before the last command's.
            events: Takes what happens, at the end of its lists.

        Returns:
            The reply to whoever sent it.

        Complexity: O(1) plus O(log levels) for a level that begins or ends; for an order also
            O(fills).
        """
        state = self._state
        assert sequence == state.sequence + 1
        assert timestamp_ns >= state.timestamp_ns
        state.sequence = Sequence(sequence)
        state.timestamp_ns = timestamp_ns
        if isinstance(command, PlaceOrder):
            return self._place(command, events)
        if isinstance(command, CancelOrder):
            return self._cancel(command, events)
        if isinstance(command, Deposit):
            return self._transfer(command, command.amount, DEPOSIT, events)
        if isinstance(command, Withdraw):
            return self._transfer(command, -command.amount, WITHDRAWAL, events)
        if isinstance(command, DefineAsset):
            return self._define_asset(command, events)
        if isinstance(command, DefineMarket):
            return self._define_market(command, events)
        assert_never(command)

    def answer(self, query: StateQuery, timestamp_ns: int) -> Reply:
        """Answer a query; changes nothing.

        Args:
            query: The query.
            timestamp_ns: Engine time, not before the last command's.
        """
        assert timestamp_ns >= self._state.timestamp_ns
        return answer_query(self._state, query, timestamp_ns)

    def markets(self) -> list[MarketDefinition]:
        """List the markets in the order of their identifiers."""
        markets = self._state.markets
        return [markets[market_id].instrument.definition for market_id in sorted(markets)]

    def user_ids(self) -> list[int]:
        """List the users that have had a balance, in order. Complexity: O(users log users)."""
        return sorted(self._state.ledger.accounts)

    def ticker(self, market_id: int, timestamp_ns: int) -> Ticker:
        """Sum up the 24 hours of a market that exists.

        Args:
            market_id: Market.
            timestamp_ns: End of the window, not before the last command.
        """
        return self._state.markets[market_id].ticker(timestamp_ns)

    def parts(self) -> Iterator[Part]:
        """Take all state apart, for a snapshot; nothing may be applied until the end.

        Complexity: O(state), in memory O(1).
        """
        return parts_of(self._state)

    def check_invariants(self) -> None:
        """Assert everything that must hold between two commands. Complexity: O(state)."""
        check_state(self._state)

    def state_hash(self) -> str:
        """Hash all state: two engines with the same hash go on alike. Complexity: O(state)."""
        return hash_state(self._state)

    def _place(self, command: PlaceOrder, events: EventBatch) -> Reply:
        state = self._state
        timestamp_ns = state.timestamp_ns
        if 0 < command.deadline_ns < timestamp_ns:
            return Rejected(command.request_id, DEADLINE_PASSED)
        market = state.markets.get(command.market_id)
        if market is None:
            return Rejected(command.request_id, UNKNOWN_MARKET)
        orders = state.orders
        if command.client_order_id:
            first = orders.find_client(command.user_id, command.client_order_id)
            if first is not None:
                return _repeat(command, first)
        reason = check_order(command, market, state.ledger, orders)
        order_id = order_id_of(state.shard, state.sequence)
        order = Order(order_id, command, market.instrument, timestamp_ns)
        if reason != OK:
            order.close(REJECTED, timestamp_ns)
            events.reports.append(_report(state.sequence, REPORT_REJECTED, reason, order.state()))
            return Rejected(command.request_id, reason)
        # Nothing below this line may fail.
        orders.accept(order)
        accepted = order.state()
        events.reports.append(_report(state.sequence, REPORT_ACCEPTED, OK, accepted))
        return self._execute(command.request_id, market, order, accepted, events)

    def _execute(
        self,
        request_id: int,
        market: Market,
        order: Order,
        order_state: OrderState,
        events: EventBatch,
    ) -> Reply:
        """Match an accepted order, then let the rest of it rest or expire."""
        state = self._state
        book = market.book
        ladder = book.other_side(order.side)
        limit_ticks = book.limit_ticks(order.side, order.order_type, order.price_ticks)
        fills: list[Fill] = []
        if ladder.meets(limit_ticks) and (
            order.time_in_force != FOK
            or ladder.reach(limit_ticks, order.quantity_lots)[0] == order.quantity_lots
        ):
            taking = Taking(state, market, order, order_state, events)
            taking.run(ladder, limit_ticks)
            fills = taking.fills
            order_state = taking.taker_state
            if order.client_order_id:
                order.first_fills = fills
        if order.executed_lots == order.quantity_lots:
            return OrderReply(request_id, order_state, fills)
        if order.time_in_force != GTC:
            order.close(EXPIRED, state.timestamp_ns)
            expired = order.state()
            events.reports.append(_report(state.sequence, REPORT_EXPIRED, OK, expired))
            return OrderReply(request_id, expired, fills)
        self._hold(order)
        state.orders.open(order)
        events.level_changes.append(book.add(order))
        return OrderReply(request_id, order_state, fills)

    def _hold(self, order: Order) -> None:
        instrument = order.instrument
        selling = order.side == SELL
        asset_id = instrument.base_asset_id if selling else instrument.quote_asset_id
        self._state.ledger.balance(order.user_id, asset_id).hold(order.hold_amount())

    def _release(self, order: Order) -> None:
        instrument = order.instrument
        selling = order.side == SELL
        asset_id = instrument.base_asset_id if selling else instrument.quote_asset_id
        self._state.ledger.balance(order.user_id, asset_id).release(order.hold_amount())

    def _cancel(self, command: CancelOrder, events: EventBatch) -> Reply:
        """Check in this order: DEADLINE_PASSED, UNKNOWN_MARKET, UNKNOWN_ORDER, ORDER_NOT_OPEN."""
        state = self._state
        request_id = command.request_id
        if 0 < command.deadline_ns < state.timestamp_ns:
            return Rejected(request_id, DEADLINE_PASSED)
        market = state.markets.get(command.market_id)
        if market is None:
            return Rejected(request_id, UNKNOWN_MARKET)
        order = state.orders.find(command.user_id, command.order_id, command.client_order_id)
        if order is None or order.instrument is not market.instrument:
            return Rejected(request_id, UNKNOWN_ORDER)
        if not order.is_open():
            # Cancelled is what its owner wanted; being told twice does no harm.
            if order.status == CANCELLED:
                return OrderReply(request_id, order.state(), [])
            return Rejected(request_id, ORDER_NOT_OPEN)
        # Nothing below this line may fail.
        events.level_changes.append(market.book.remove(order))
        state.orders.close(order)
        self._release(order)
        order.close(CANCELLED, state.timestamp_ns)
        cancelled = order.state()
        events.reports.append(_report(state.sequence, REPORT_CANCELLED, OK, cancelled))
        return OrderReply(request_id, cancelled, [])

    def _transfer(
        self,
        command: Deposit | Withdraw,
        amount: int,
        balance_reason: int,
        events: EventBatch,
    ) -> Reply:
        """Check in this order: see `Ledger.transfer`; the same transfer again is answered again."""
        state = self._state
        user_id = UserId(command.user_id)
        asset_id = AssetId(command.asset_id)
        reference = command.reference
        reply = TransferReply(command.request_id, user_id, asset_id, command.amount, reference)
        if state.ledger.is_repeated(user_id, asset_id, amount, reference):
            return reply
        reason = state.ledger.transfer(user_id, asset_id, amount, reference)
        if reason != OK:
            return Rejected(command.request_id, reason)
        balance = state.ledger.balance(user_id, asset_id)
        events.balance_changes.append(
            BalanceChange(
                state.sequence,
                state.timestamp_ns,
                user_id,
                asset_id,
                balance_reason,
                amount,
                0,
                balance.total,
                balance.held,
                _NO_TRADE,
                reference,
            )
        )
        return reply

    def _define_asset(self, command: DefineAsset, events: EventBatch) -> Reply:
        state = self._state
        asset = command.asset
        if state.assets.get(asset.asset_id) == asset:
            return Defined(command.request_id)
        reason = check_asset(asset, state.assets)
        if reason != OK:
            return Rejected(command.request_id, reason)
        # Nothing below this line may fail.
        state.assets[asset.asset_id] = asset
        state.ledger.add_asset(AssetId(asset.asset_id))
        events.assets.append(asset)
        return Defined(command.request_id)

    def _define_market(self, command: DefineMarket, events: EventBatch) -> Reply:
        state = self._state
        definition = command.market
        known = state.markets.get(definition.market_id)
        if known is not None:
            if known.instrument.definition == definition:
                return Defined(command.request_id)
            return Rejected(command.request_id, INVALID_DEFINITION)
        names = [market.instrument.definition.name for market in state.markets.values()]
        reason = check_market(definition, state.assets, state.markets, names)
        if reason != OK:
            return Rejected(command.request_id, reason)
        # Nothing below this line may fail.
        base = state.assets[definition.base_asset_id]
        quote = state.assets[definition.quote_asset_id]
        state.markets[definition.market_id] = Market(Instrument(definition, base, quote))
        events.markets.append(definition)
        return Defined(command.request_id)


def _repeat(command: PlaceOrder, first: Order) -> Reply:
    """Answer a client_order_id that was used: the same order with its first outcome."""
    if not first.repeats(command):
        return Rejected(command.request_id, DUPLICATE_CLIENT_ORDER_ID)
    return OrderReply(command.request_id, first.first_state(), first.first_fills or [])


def _report(sequence: Sequence, report: int, reason: int, order: OrderState) -> ExecutionReport:
    return ExecutionReport(sequence, report, reason, order, _NO_TRADE, 0, 0, 0, False)
