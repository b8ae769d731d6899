"""Everything that no client should send gets the problem that says so, and changes nothing."""

from gateway.app import App
from proto.commands import Command
from proto.queries import BalancesQuery
from proto.replies import Reply
from tests.applying import answer_of
from tests.e2e.malformed import MalformedRequest, malformed_requests
from tests.unit.gateway.asgi import Answer, call
from tests.unit.gateway.exchange import EngineExchange

CHUNK_BYTES = 64 * 1024


def balances(exchange: EngineExchange) -> Reply:
    """What the user of the requests has, held parts included."""
    return answer_of(exchange.engine, BalancesQuery(0, 1), exchange.now_ns)


async def send(app: App, request: MalformedRequest) -> Answer:
    chunks = [
        request.body[start : start + CHUNK_BYTES]
        for start in range(0, len(request.body), CHUNK_BYTES)
    ]
    headers = [(name.lower(), value) for name, value in request.headers]
    return await call(app, request.method, request.target, headers=headers, chunks=chunks or [b""])


async def test_each_malformed_request_gets_its_problem(app: App, exchange: EngineExchange) -> None:
    before = balances(exchange)
    failures = []
    requests = malformed_requests()
    assert len(requests) >= 200
    assert len({request.name for request in requests}) == len(requests)
    for request in requests:
        answer = await send(app, request)
        expected = (request.status, request.code, request.field)
        problem = answer.json if answer.status >= 400 else {}
        field = problem.get("field") if request.field is not None else None
        got = (answer.status, problem.get("code"), field)
        if got != expected or answer.headers["content-type"] != "application/problem+json":
            failures.append(f"{request.name}: {got}, not {expected}")
        elif problem["status"] != answer.status or not problem["detail"]:
            failures.append(f"{request.name}: {problem}")
    assert not failures, "\n".join(failures)
    # Nearly all of it is stopped before the engine; what reaches it is refused there.
    assert sum(isinstance(message, Command) for message in exchange.messages) == 15
    assert balances(exchange) == before
