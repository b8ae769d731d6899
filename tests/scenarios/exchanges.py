"""Other exchanges than the engine that scenarios run against."""

from proto.commands import Command
from proto.queries import StateQuery
from proto.replies import Reply
from tests.property.pair import restored_from
from tests.reference.exchange import ReferenceExchange
from tests.unit.core.scenario import Scenario


class RestartedScenario(Scenario):
    """An engine that is taken apart after each command, and another one goes on with the parts."""

    def _apply(self, command: Command) -> Reply:
        reply = super()._apply(command)
        self.engine = restored_from(self.engine)
        self.engine.check_invariants()
        return reply


class ReferenceScenario(Scenario):
    """The reference exchange, which was written from the rules by another hand."""

    def __init__(self) -> None:
        self.reference = ReferenceExchange()
        super().__init__()

    def answer(self, query: StateQuery) -> Reply:
        return self.reference.answer(query, self.timestamp_ns)

    def _apply(self, command: Command) -> Reply:
        reply = self.reference.apply(command, self.timestamp_ns)
        self.events = self.reference.events
        return reply
