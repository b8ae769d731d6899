"""An exchange that is slow and obvious, to compare the real one with.

It was written from docs/trading-rules.md alone and shares nothing with `matcher.core`. What the
real one keeps sorted, indexed, summed up or scheduled is here a list that is searched, sorted and
summed up whenever somebody asks: holds from the orders, the uncrossing price from every tick, a
trailing stop from all prices since it began to wait, what is due from everything that has a time.

    order.py, market.py, accounts.py, money.py   what there is
    state.py                                     all of it, and how an order ends
    checks.py, placing.py, changing.py           what clients ask for
    matching.py, settling.py, triggers.py        trading
    auction.py, operators.py, clock.py           what markets and time do
    answers.py                                   queries
"""

from proto.commands import (
    AdvanceTime,
    AmendOrder,
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    Command,
    DefineAsset,
    DefineMarket,
    PlaceList,
    PlaceOrder,
    ReplaceOrder,
    SetAccount,
    SetAsset,
    SettleTransfer,
)
from proto.events import EventBatch
from proto.limits import RECENT_ORDERS
from proto.queries import StateQuery
from proto.replies import AccountReply, Defined, Reply
from tests.reference import clock
from tests.reference.answers import Answers
from tests.reference.changing import amend, cancel, cancel_all, set_switch
from tests.reference.money import Transfer
from tests.reference.operators import Definitions, MarketCommand, command_market
from tests.reference.placing import place, place_list, replace_order, serve_queues
from tests.reference.state import Bounds, State, no_events

OrderCommand = (
    PlaceOrder | CancelOrder | AmendOrder | ReplaceOrder | PlaceList | CancelAll | CancelAllAfter
)


class ReferenceExchange:
    """Commands in, replies and events out.

    Attributes:
        state: Everything that it remembers.
        events: What the last command did; level changes are left out (see `count_level_changes`).
    """

    def __init__(self, recent_orders: int = RECENT_ORDERS, bounds: Bounds | None = None) -> None:
        self.state = State(bounds or Bounds(recent_orders))
        self.definitions = Definitions(self.state)
        self.answers = Answers(self.state, self.definitions)

    @property
    def events(self) -> EventBatch:
        return self.state.events

    def apply(self, command: Command, timestamp_ns: int) -> Reply:
        """Apply a command: time, the backlog, the command itself, what it has fired."""
        state = self.state
        state.sequence += 1
        state.now_ns = timestamp_ns
        state.events = events = no_events()
        events.first_sequence = events.last_sequence = state.sequence
        events.timestamp_ns = timestamp_ns
        clock.pass_time(state)
        room = serve_queues(state, state.bounds.fired_per_command)
        reply = self._apply(command)
        serve_queues(state, room)
        return reply

    def answer(self, query: StateQuery, timestamp_ns: int) -> Reply:
        """Answer a query."""
        return self.answers.answer(query, timestamp_ns)

    def next_due_ns(self) -> int | None:
        """Return when an AdvanceTime is due: 0 for at once, None for never."""
        return clock.next_due_ns(self.state)

    def count_level_changes(self, events: EventBatch) -> None:
        """Take the sequences of the books from the level changes that somebody else has made."""
        for change in events.level_changes:
            self.answers.book_sequences[change.market_id] = change.book_sequence

    def _apply(self, command: Command) -> Reply:
        state = self.state
        if isinstance(command, AdvanceTime):
            return Defined(command.request_id)
        if isinstance(command, SettleTransfer):
            return state.money.settle(command, state.events)
        if isinstance(command, Transfer):
            return state.money.transfer(command, state.events)
        if isinstance(command, MarketCommand):
            return command_market(state, command)
        if isinstance(command, DefineAsset | DefineMarket | SetAsset | SetAccount):
            return self._define(command)
        return self._trade(command)

    def _trade(self, command: OrderCommand) -> Reply:
        state = self.state
        match command:
            case PlaceOrder():
                return place(state, command)
            case CancelOrder():
                return cancel(state, command)
            case AmendOrder():
                return amend(state, command)
            case ReplaceOrder():
                return replace_order(state, command)
            case PlaceList():
                return place_list(state, command)
            case CancelAll():
                return cancel_all(state, command)
            case CancelAllAfter():
                return set_switch(state, command)

    def _define(self, command: DefineAsset | DefineMarket | SetAsset | SetAccount) -> Reply:
        state, definitions = self.state, self.definitions
        match command:
            case DefineAsset():
                return definitions.define_asset(command)
            case DefineMarket():
                return definitions.define_market(command)
            case SetAsset():
                return definitions.set_asset(command)
            case SetAccount():
                account = state.accounts.set(command, state.events)
                return AccountReply(command.request_id, account)
