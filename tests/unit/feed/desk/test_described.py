"""What the desk answers is what the AsyncAPI document says."""

from typing import Any

import msgspec

from feed.desk.requests import METHODS
from gateway.streams import METHODS as DESCRIBED
from tests.asyncapi_check import NotDescribedError, our_description
from tests.unit.feed.desk.connections import Connection, make_desk
from tests.unit.feed.desk.test_methods import CALLS, MALFORMED, STORY
from tests.unit.gateway.exchange import EngineExchange


def is_json(body: bytes) -> bool:
    """Whether it could be the params of a message: one that is no JSON never gets to the desk."""
    try:
        body.decode()
        msgspec.json.decode(b'{"params":' + body + b"}", type=dict[str, msgspec.Raw])
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        return False
    return True


def test_every_method_of_the_desk_is_described() -> None:
    about_orders = [one.name for one in DESCRIBED if "FORBIDDEN" in one.codes]
    assert about_orders == list(METHODS)


async def test_a_story_is_asked_and_answered_as_described() -> None:
    description = our_description()
    desk = make_desk(EngineExchange())
    connections = {user_id: Connection(desk, user_id) for user_id in (1, 2)}
    for user_id, method, params, _ in STORY:
        request: dict[str, Any] = {"method": method, "id": 1}
        if params is not None:
            request["params"] = params
        assert description.check_request(request) == method
        answer = await connections[user_id].ask(method, b"" if params is None else params)
        assert "result" in answer
        description.check_answer(answer, method)


async def test_what_is_refused_is_refused_as_described() -> None:
    description = our_description()
    connection = Connection(make_desk(EngineExchange()))
    failures = []
    codes = set()
    for request in MALFORMED:
        if not is_json(request.body):
            continue
        method = CALLS[f"{request.method} {request.target}"]
        answer = await connection.ask(method, request.body)
        codes.add(answer.get("error", {}).get("code"))
        try:
            description.check_answer(answer, method)
        except NotDescribedError as error:
            failures.append(f"{request.name}: {error}")
    assert not failures, "\n".join(failures)
    assert codes > {"UNKNOWN_FIELD", "INVALID_FIELD", "UNKNOWN_MARKET", "PRICE_NOT_ON_TICK"}


async def test_who_may_not_is_told_so_as_described() -> None:
    description = our_description()
    desk = make_desk(EngineExchange())
    for method in METHODS:
        answer = await Connection(desk, None).ask(method, {})
        assert answer["error"]["code"] == "SIGN_IN_REQUIRED"
        description.check_answer(answer, method)
