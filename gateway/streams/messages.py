"""Describes messages for the AsyncAPI document: what is in a stream, in a request, in an answer."""

import re
from typing import Final, cast

import msgspec

from gateway.examples import Example
from gateway.schemas import Schema, as_draft_07, plain
from gateway.streams.channel import PARAMETERS, Channel
from gateway.streams.methods import ANY_REQUEST, METHODS, Method, Places
from proto.api.problems import PROBLEMS
from proto.api.streams.envelopes import MessageId, Result, StreamMessage
from proto.api.streams.failures import FAILURES, SIGN_IN_REQUIRED

_CORRELATION: Final[Schema] = {"$ref": "#/components/correlationIds/id"}
_BRACES: Final = re.compile(r"{(\w+)}")


def of_stream(channel: Channel, data: Schema) -> Schema:
    """Describe the messages of a stream.

    Args:
        channel: The kind of stream.
        data: Schema of its data.
    """
    name = channel.address.format_map(channel.values)
    stream: Schema = {
        "type": "string",
        "description": "The stream, by the name that it was subscribed to.",
        "pattern": stream_pattern(channel.address),
    }
    examples = [
        _example(title, {"stream": name, "data": one}) for title, one in channel.examples.items()
    ]
    return {
        "name": channel.key,
        "title": channel.title,
        "payload": _envelope(StreamMessage[None], stream=stream, data=data),
        "examples": examples,
    }


def of_request(method: Method, parameters: Schema) -> Schema:
    """Describe a request.

    Args:
        method: What it asks for.
        parameters: Schema of its `params`.
    """
    properties: dict[str, Schema] = {
        "method": {"const": method.name},
        "params": parameters,
        "id": msgspec.json.schema(MessageId),
    }
    example: Example = {"method": method.name, "params": method.parameters_example, "id": 1}
    if method.takes_places:
        properties["after"] = msgspec.json.schema(Places)
        [after] = cast("list[Example]", properties["after"]["examples"])
        example["after"] = after
    payload: Schema = {
        "type": "object",
        "properties": properties,
        "required": ["method", "params"] if method.parameters_required else ["method"],
        "additionalProperties": False,
    }
    return {
        "name": request_key(method),
        "title": method.title,
        "correlationId": _CORRELATION,
        "payload": payload,
        "examples": [_example(method.title, example)],
    }


def of_result(method: Method, result: Schema) -> Schema:
    """Describe the answer to a request that was done.

    Args:
        method: What was asked for.
        result: Schema of the result.
    """
    return {
        "name": result_key(method),
        "title": f"{method.title}: done",
        "correlationId": _CORRELATION,
        "payload": _envelope(Result[None], result=result),
        "examples": [_example(method.title, {"id": 1, "result": method.example})],
    }


def of_failure(failure: Schema) -> Schema:
    """Describe the answer to a request that was refused.

    Args:
        failure: Schema of `Failure`.
    """
    lines = [f"* `{code}`: {_meaning(code)}." for code in failure_codes()]
    price = {
        "code": "PRICE_NOT_ON_TICK",
        "message": "price must be a multiple of the tick size 0.05",
        "status": 422,
        "field": "price",
        "request_id": "0d55ffa600000009",
    }
    stranger = {"code": SIGN_IN_REQUIRED, "message": "orders: sign in first"}
    return {
        "name": "refused",
        "title": "A request was refused",
        "description": "\n".join(lines),
        "correlationId": _CORRELATION,
        "payload": failure,
        "examples": [
            _example("An order", {"id": 7, "error": price}),
            _example("A private stream", {"id": 1, "error": stranger}),
        ],
    }


def failure_codes() -> list[str]:
    """List the codes that a request may be refused with, those of streams first."""
    of_methods = [code for method in METHODS for code in method.codes]
    return list(dict.fromkeys((*FAILURES, *ANY_REQUEST, *of_methods)))


def _meaning(code: str) -> str:
    if code == "INTERNAL_ERROR":
        return "The feed failed; the request may or may not have been applied"
    return FAILURES[code] if code in FAILURES else PROBLEMS[code][1]


def request_key(method: Method) -> str:
    """Name the request of a method in the document, such as `placeOrderRequest`."""
    return f"{operation_key(method)}Request"


def result_key(method: Method) -> str:
    """Name the result of a method in the document, such as `placeOrderResult`."""
    return f"{operation_key(method)}Result"


def operation_key(method: Method) -> str:
    """Name a method in the document, such as `placeOrder`."""
    first, *others = method.name.lower().split("_")
    return first + "".join(word.capitalize() for word in others)


def stream_pattern(address: str) -> str:
    """Turn the address of a channel into a pattern of the names that its streams have."""
    return f"^{_BRACES.sub(lambda braces: PARAMETERS[braces[1]].pattern, address)}$"


def parameters_of(address: str) -> list[str]:
    """Return what stands in braces in an address."""
    return _BRACES.findall(address)


def _envelope(kind: object, **fields: Schema) -> Schema:
    """Take the schema of an envelope, and say more of some of its fields."""
    _, components = msgspec.json.schema_components([kind])
    [schema] = map(plain, components.values())
    properties = cast("dict[str, Schema]", schema["properties"])
    return as_draft_07({**schema, "properties": {**properties, **fields}})


def _example(title: str, payload: Example) -> Schema:
    return {"name": title, "payload": payload}
