"""What is not described is found out."""

import json
from typing import Any

import pytest

from tests.asyncapi_check import Conversation, NotDescribedError, our_description, read

STATUS: dict[str, Any] = {
    "stream": "status@TATA_INR",
    "data": {
        "market": "TATA_INR",
        "state": "halted",
        "ends_at": None,
        "timestamp": "2024-01-01T00:00:00.000000Z",
    },
}


def changed(**data: object) -> dict[str, Any]:
    return {**STATUS, "data": {**STATUS["data"], **data}}


def test_what_is_described_passes() -> None:
    assert our_description().check_stream(STATUS) == "status"


@pytest.mark.parametrize(
    "content",
    [
        changed(more=1),
        changed(state="asleep"),
        changed(market=1),
        changed(timestamp="2024-01-01T00:00:00Z"),
        changed(timestamp="2024-01-01T00:00:00.000000+00:00"),
        {**STATUS, "more": 1},
        {**STATUS, "stream": "status@tata"},
        {**STATUS, "stream": "status@TATA_INR@1s"},
        {**STATUS, "stream": "ticker@TATA_INR"},
        {"stream": "status@TATA_INR"},
        {"stream": "status@TATA_INR", "data": {"market": "TATA_INR"}},
        [],
        None,
    ],
    ids=str,
)
def test_what_is_not_described_fails(content: Any) -> None:
    with pytest.raises(NotDescribedError):
        our_description().check_stream(content)


@pytest.mark.parametrize("text", ['{"a": 1.0}', '{"a": 1e3}', '{"a": NaN}', '{"a": 1, "a": 1}'])
def test_what_clients_would_read_differently_fails(text: str) -> None:
    with pytest.raises(NotDescribedError):
        read(text)


def test_a_field_more_inside_of_an_order_fails() -> None:
    description = our_description()
    [_, accepted, _] = description.document["components"]["messages"]["orders"]["examples"]
    content = json.loads(json.dumps(accepted["payload"]))
    assert description.check_stream(content) == "orders"
    content["data"]["order"]["colour"] = "red"
    with pytest.raises(NotDescribedError):
        description.check_stream(content)


@pytest.mark.parametrize(
    "content",
    [
        {"method": "SUBSCRIBE", "params": []},
        {"method": "SUBSCRIBE", "params": ["depth@TATA_INR"], "more": 1},
        {"method": "UNSUBSCRIBE", "params": ["depth@TATA_INR"], "after": {"orders": "1"}},
        {"method": "PLACE_ORDER", "params": {"market": "TATA_INR", "side": "buy", "colour": 1}},
        {"method": "SING_IN", "params": {"user_id": "1"}},
        {"params": {"user_id": "1"}},
    ],
    ids=str,
)
def test_requests_that_are_not_described_fail(content: Any) -> None:
    with pytest.raises(NotDescribedError):
        our_description().check_request(content)


class Told:
    """A conversation in which one thing was asked."""

    def __init__(self, request: object) -> None:
        self.conversation = Conversation()
        self.conversation.sent(json.dumps(request))

    def fails(self, answer: object) -> bool:
        try:
            self.conversation.received(json.dumps(answer))
        except NotDescribedError:
            return True
        return False


def refusal(code: str, **more: object) -> dict[str, object]:
    return {"id": 1, "error": {"code": code, "message": "no", **more}}


SUBSCRIBE = {"method": "SUBSCRIBE", "params": ["orders"], "id": 1}


def test_an_answer_belongs_to_its_request() -> None:
    asked = Told(SUBSCRIBE)
    assert asked.fails({"id": 1, "result": []})
    assert asked.fails({"id": 2, "result": None})
    assert asked.fails({"id": 1})
    assert asked.fails({"result": None})
    assert not asked.fails({"id": 1, "result": None})
    assert asked.conversation.seen[-1] == "SUBSCRIBE done"
    # It was answered already.
    assert asked.fails({"id": 1, "result": None})


def test_a_refusal_has_a_code_of_its_method() -> None:
    asked = Told(SUBSCRIBE)
    assert asked.fails(refusal("PRICE_NOT_ON_TICK"))
    assert asked.fails(refusal("NO_SUCH_CODE"))
    assert asked.fails(refusal("SIGN_IN_REQUIRED", status="401"))
    assert asked.fails(refusal("SIGN_IN_REQUIRED", more=1))
    assert not asked.fails(refusal("SIGN_IN_REQUIRED"))
    assert asked.conversation.seen == ["SUBSCRIBE refused"]


@pytest.mark.parametrize("request_id", [[], 1.5, True, "x" * 65, 2**53, None])
def test_what_has_no_id_that_can_be_used_is_answered_with_none(request_id: object) -> None:
    asked = Told({**SUBSCRIBE, "id": request_id})
    assert asked.fails({"id": 1, "result": None})
    assert not asked.fails({**refusal("INVALID_REQUEST"), "id": None})


def test_what_has_no_method_can_only_be_refused() -> None:
    asked = Told({"method": "DANCE", "id": 1})
    assert asked.fails({"id": 1, "result": None})
    assert asked.fails(refusal("INVALID_STREAM"))
    assert not asked.fails(refusal("UNKNOWN_METHOD"))


def test_what_is_no_json_can_only_be_refused() -> None:
    conversation = Conversation()
    conversation.sent("{")
    conversation.received('{"id":null,"error":{"code":"INVALID_JSON","message":"no"}}')
    assert conversation.seen == ["None refused"]
