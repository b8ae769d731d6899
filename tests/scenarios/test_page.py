"""The examples of docs/order-types.md are true, and its requests say what its scenarios say."""

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from gateway.app import App, create_app
from gateway.history import History
from proto.api.answers import Build
from proto.api.forms.fields import ORDER_TYPES, SELF_TRADE_MODES
from proto.codes import MARKET_STATE_NAMES, TIME_IN_FORCE_NAMES, UNKNOWN_MARKET
from proto.commands import Command, PlaceList, ReplaceOrder
from proto.database import Database
from proto.ids import RequestId
from proto.queries import Query, StateQuery
from proto.replies import Rejected, Reply
from tests.scenarios.exchanges import ReferenceScenario, RestartedScenario
from tests.scenarios.page import Example, read_page
from tests.unit.core.scenario import Scenario
from tests.unit.gateway.asgi import call

FIRST_STEPS, EXAMPLES = read_page()
REQUESTS = [request for example in EXAMPLES for request in example.requests]
each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.heading)


class RecordingScenario(Scenario):
    """Remembers its commands, each with its engine time."""

    def __init__(self) -> None:
        self.commands: list[tuple[int, Command]] = []
        super().__init__()

    def _apply(self, command: Command) -> Reply:
        self.commands.append((self.timestamp_ns, command))
        return super()._apply(command)


class RefusingExchange:
    """Answers queries; refuses commands, and remembers them."""

    def __init__(self) -> None:
        self.scenario = Scenario()
        self.connected = True
        self.epoch: int | None = 1
        self.commands: list[Command] = []

    def clock_ns(self) -> int:
        return self.scenario.timestamp_ns

    def next_request_id(self) -> RequestId:
        return RequestId(7)

    def deadline_ns(self) -> int:
        return 9

    async def send(self, message: Command | Query) -> Reply:
        if isinstance(message, StateQuery):
            return self.scenario.answer(message)
        assert isinstance(message, Command)
        self.commands.append(unstamped(message))
        return Rejected(message.request_id, UNKNOWN_MARKET)


def unstamped(command: Command) -> Command:
    """Return a command without request id and deadline."""
    if isinstance(command, ReplaceOrder):
        return replace(command, order=unstamped(command.order))
    if isinstance(command, PlaceList):
        return replace(command, orders=[unstamped(order) for order in command.orders])
    fields = {"request_id", "deadline_ns"} & set(command.__struct_fields__)
    return replace(command, **dict.fromkeys(fields, 0))


@each_example
@pytest.mark.parametrize("kind", [Scenario, RestartedScenario, ReferenceScenario])
def test_example(example: Example, kind: type[Scenario]) -> None:
    kind().run(FIRST_STEPS).run(example.steps)


@pytest.fixture
async def history() -> AsyncIterator[History]:
    """A history that is away: no order is looked up in it."""
    database = Database("postgresql://nobody@127.0.0.1:1/nothing", lambda: 0, "test", 4)
    await database.start()
    yield History(database)
    await database.close()


@each_example
async def test_its_requests_are_steps_of_it(example: Example, history: History) -> None:
    """Sent just before it, through the real gateway, a request is the step."""
    recorded = RecordingScenario()
    recorded.run(FIRST_STEPS).run(example.steps)
    exchange = RefusingExchange()
    app = application(exchange, history)
    unsaid = list(example.requests)
    assert unsaid
    for number, (timestamp_ns, command) in enumerate(recorded.commands):
        if timestamp_ns <= exchange.scenario.timestamp_ns:
            continue
        steps = [unstamped(step) for _, step in recorded.commands[number:]]
        for request in unsaid.copy():
            exchange.commands.clear()
            await call(app, request.method, request.target, request.body.encode())
            if exchange.commands and exchange.commands == steps[: len(exchange.commands)]:
                unsaid.remove(request)
        exchange.scenario.apply(command, timestamp_ns - exchange.scenario.timestamp_ns)
    assert not unsaid


def application(exchange: RefusingExchange, history: History) -> App:
    build = Build("0.1.0", "interpreted")
    return create_app(exchange, history, exchange.clock_ns, build, {}, in_flight_max=64)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("type", {*ORDER_TYPES} - {"limit"}),
        ("time_in_force", {*TIME_IN_FORCE_NAMES.values()}),
        ("self_trade_prevention", {*SELF_TRADE_MODES}),
        ("state", {*MARKET_STATE_NAMES.values()}),
    ],
)
def test_nothing_is_left_out(field: str, words: set[str]) -> None:
    assert all(
        any(f'"{field}": "{word}"' in request.body for request in REQUESTS) for word in words
    )
