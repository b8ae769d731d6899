"""The engine: commands in, events and replies out.

Theory of operation
-------------------
`apply` is the only way to change state, `answer` the only way to ask; both are pure functions of
the state and their arguments. Each command is checked whole, in a documented order, before the
first write; a refused command changes nothing but the sequence and the time.

What a client can cause is a value: a `Rejected` reply, and for an order that reached its market a
REPORT_REJECTED. A bug is an assertion, which stops the matcher before it tells anybody.

A command does four things (docs/trading-rules.md, section 1): what is due happens (`due.py`), what
fired before enters its market (`firing.py`), the command itself, what fired by it enters. Three of
them cost a plain order one comparison each.

Events of one PlaceOrder, in this order: REPORT_ACCEPTED; for each fill its trade, the taker's and
the maker's REPORT_FILL and four balance changes; a level change for each level that was taken
from; at the end the level change where the order rests, or REPORT_EXPIRED where something is left
that may not rest.
"""

from collections.abc import Iterable, Iterator
from typing import Final, assert_never, final

from matcher.core.accounts import set_account, set_asset
from matcher.core.amending import amend
from matcher.core.cancelling import cancel, cancel_all, cancel_all_after
from matcher.core.defining import define_asset, define_market
from matcher.core.due import pass_time
from matcher.core.events import Events
from matcher.core.firing import has_backlog, serve_fired
from matcher.core.invariants import check_state
from matcher.core.market_states import (
    set_fees,
    set_market_rules,
    set_market_state,
    set_reference_price,
)
from matcher.core.parts import Part
from matcher.core.placing import place
from matcher.core.placing_lists import place_orders
from matcher.core.replacing import replace
from matcher.core.replies import Answer
from matcher.core.restoring import restore_state
from matcher.core.snapshot import parts_of
from matcher.core.state import State
from matcher.core.state_hash import hash_state
from matcher.core.transfers import (
    collect_fees,
    deposit,
    request_transfer,
    settle_transfer,
    transfer_between,
    withdraw,
)
from matcher.core.views import answer_query
from proto.codec import encode
from proto.commands import (
    AdvanceTime,
    AmendOrder,
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    CollectFees,
    Command,
    DefineAsset,
    DefineMarket,
    Deposit,
    PlaceList,
    PlaceOrder,
    ReplaceOrder,
    RequestTransfer,
    SetAccount,
    SetAsset,
    SetFees,
    SetMarketRules,
    SetMarketState,
    SetReferencePrice,
    SettleTransfer,
    TransferBetween,
    Withdraw,
)
from proto.definitions import MarketDefinition
from proto.ids import Sequence
from proto.limits import FIRED_PER_COMMAND_MAX
from proto.market_data import Ticker
from proto.queries import StateQuery
from proto.replies import Defined

_OperatorCommand = (
    DefineAsset
    | DefineMarket
    | SetAccount
    | SetAsset
    | SetMarketState
    | SetMarketRules
    | SetReferencePrice
    | SetFees
)
_TransferCommand = (
    Deposit | Withdraw | RequestTransfer | SettleTransfer | TransferBetween | CollectFees
)
_OtherCommand = (
    AmendOrder
    | ReplaceOrder
    | PlaceList
    | CancelAll
    | CancelAllAfter
    | AdvanceTime
    | _TransferCommand
    | _OperatorCommand
)


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
        try:
            restore_state(engine._state, parts)
        except Exception:
            # Of what was half made an older snapshot may take the place, and needs the memory.
            engine.close()
            raise
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

    @property
    def last_number(self) -> int:
        """The last number given to an order, or to a place in a queue; 0 before the first."""
        return self._state.numbers

    def apply(self, command: Command, sequence: int, timestamp_ns: int, events: Events) -> bytes:
        """Apply one command.

        Args:
            command: The command, in the bounds that the codec checks.
            sequence: One above the last command's.
            timestamp_ns: Engine time, not before the last command's.
            events: Takes what happens, behind what is in it.

        Returns:
            The reply to whoever sent it, packed.

        Complexity: O(1) plus O(log levels) for a level that begins or ends; for an order also
            O(fills).
        """
        state = self._state
        assert sequence == state.sequence + 1
        assert timestamp_ns >= state.timestamp_ns
        state.sequence = Sequence(sequence)
        state.timestamp_ns = timestamp_ns
        if timestamp_ns >= state.timers.next_due_ns:
            pass_time(state, events)
        most = FIRED_PER_COMMAND_MAX
        if state.fired_markets:
            most = serve_fired(state, most, events)
        # Not `isinstance`: for a message class that takes ten times as long.
        if type(command) is PlaceOrder:
            reply = place(command, state, events)
        elif type(command) is CancelOrder:
            reply = cancel(command, state, events)
        else:
            assert not isinstance(command, PlaceOrder | CancelOrder)
            answer = self._apply_other(command, events)
            reply = answer if isinstance(answer, bytes) else encode(answer)
        if state.fired_markets:
            serve_fired(state, most, events)
        return reply

    def apply_all(self, commands: list[Command], timestamp_ns: int, events: Events) -> list[bytes]:
        """Apply commands that came together, and take note of them in the events.

        Args:
            commands: The commands, as in `apply`; they follow those of the events.
            timestamp_ns: Engine time of all of them.
            events: Takes what happens; its `last_sequence` and time become theirs.

        Returns:
            The packed reply to each.

        Complexity: As `apply`, for each.
        """
        replies: list[bytes] = []
        for command in commands:
            events.last_sequence = sequence = events.last_sequence + 1
            replies.append(self.apply(command, sequence, timestamp_ns, events))
        events.timestamp_ns = timestamp_ns
        return replies

    def next_due_ns(self) -> int:
        """Return the engine time at which something happens without a command.

        Returns:
            0 where an order that fired is to enter the market now; a time beyond all time where
            nothing is due.

        Complexity: O(markets in which something fired).
        """
        if self._state.fired_markets and has_backlog(self._state):
            return 0
        return self._state.timers.next_due_ns

    def answer(self, query: StateQuery, timestamp_ns: int) -> bytes:
        """Answer a query, packed; changes nothing.

        Args:
            query: The query.
            timestamp_ns: Engine time, not before the last command's.
        """
        assert timestamp_ns >= self._state.timestamp_ns
        answer = answer_query(self._state, query, timestamp_ns)
        return answer if isinstance(answer, bytes) else encode(answer)

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

    def close(self) -> None:
        """Let go of the orders; nothing can be applied after that.

        Resting orders hold each other, and compiled ones are not for the garbage collector to see:
        a process that makes engine after engine would keep all of them. Complexity: O(orders).
        """
        for order in self._state.orders.known():
            order.unlink()
        for account in self._state.ledger.accounts.values():
            # An order leads to its owner, and by these back to itself.
            account.names.clear()
            account.waiting.clear()
            for seat in account.seats.values():
                seat.clear()

    def check_invariants(self) -> None:
        """Assert everything that must hold between two commands. Complexity: O(state)."""
        check_state(self._state)

    def state_hash(self) -> str:
        """Hash all state: two engines with the same hash go on alike. Complexity: O(state)."""
        return hash_state(self._state)

    def _apply_other(self, command: _OtherCommand, events: Events) -> Answer:
        """Apply what is neither an order nor a cancel."""
        state = self._state
        if isinstance(command, AmendOrder):
            return amend(command, state, events)
        if isinstance(command, ReplaceOrder):
            return replace(command, state, events)
        if isinstance(command, PlaceList):
            return place_orders(command, state, events)
        if isinstance(command, CancelAll):
            return cancel_all(command, state, events)
        if isinstance(command, CancelAllAfter):
            return cancel_all_after(command, state, events)
        if isinstance(command, AdvanceTime):
            return Defined(command.request_id)
        return self._apply_transfer(command, events)

    def _apply_transfer(
        self, command: _TransferCommand | _OperatorCommand, events: Events
    ) -> Answer:
        """Apply what moves money without a trade."""
        state = self._state
        if isinstance(command, Deposit):
            return deposit(command, state, events)
        if isinstance(command, Withdraw):
            return withdraw(command, state, events)
        if isinstance(command, RequestTransfer):
            return request_transfer(command, state, events)
        if isinstance(command, SettleTransfer):
            return settle_transfer(command, state, events)
        if isinstance(command, TransferBetween):
            return transfer_between(command, state, events)
        if isinstance(command, CollectFees):
            return collect_fees(command, state, events)
        return self._apply_operator(command, events)

    def _apply_operator(self, command: _OperatorCommand, events: Events) -> Answer:
        """Apply what an operator says of users, assets and markets."""
        state = self._state
        if isinstance(command, DefineAsset):
            return define_asset(command, state, events)
        if isinstance(command, DefineMarket):
            return define_market(command, state, events)
        if isinstance(command, SetAccount):
            return set_account(command, state, events)
        if isinstance(command, SetAsset):
            return set_asset(command, state, events)
        if isinstance(command, SetMarketState):
            return set_market_state(command, state, events)
        if isinstance(command, SetMarketRules):
            return set_market_rules(command, state, events)
        if isinstance(command, SetReferencePrice):
            return set_reference_price(command, state, events)
        if isinstance(command, SetFees):
            return set_fees(command, state, events)
        assert_never(command)
