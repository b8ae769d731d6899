"""Builds the AsyncAPI 3.0 document from the streams, the methods and the types that they carry.

One WebSocket carries everything. In the document each kind of stream is a channel of its own, whose
address is the name that `SUBSCRIBE` takes; requests and their answers have one more. Actions are
those of the exchange: it sends what is in streams, and receives requests. The document is built
once, at the start.

msgspec turns the types into JSON Schema, which is brought to draft 07, the dialect of AsyncAPI.
What a later version sends may have more fields, so the schemas of what is sent do not exclude any.
"""

from typing import Final, cast

import msgspec

from gateway.schemas import Schema, as_draft_07, schemas_of
from gateway.streams import CHANNELS, METHODS, messages
from gateway.streams.channel import PARAMETERS, Channel
from gateway.streams.methods import ANY_REQUEST, Method, SignInForm
from proto.api.streams.envelopes import Failure
from proto.api.streams.failures import CLOSINGS

# Keys of what all methods share.
_REQUESTS: Final = "requests"
_REFUSED: Final = "refused"
_OVERVIEW: Final = """\
The WebSocket of a Tickmesh exchange: market data, what happens to one's own account, and orders.

* One connection carries everything. Each kind of stream is a channel here; its address is the name
  of the stream in `SUBSCRIBE`, and the `stream` of its messages. Requests and their answers are the
  channel `requests`.
* `send` is what the exchange sends, `receive` what it takes.
* Messages are JSON text. Numbers, identifiers and moments are written as in REST, whose fields they
  have where REST shows the same thing; `/openapi.json` describes it.
* A request that is refused has changed nothing, unless its code is `OUTCOME_UNKNOWN` or
  `INTERNAL_ERROR`. Answers to different requests may come in another order than the requests.
* Fields that a request does not know are refused. What the exchange sends may have more fields in a
  later version.

A connection is closed with:

{closings}
"""
_WHO_ACTS: Final = "May be left out; it can only be the user who has signed in."


def document_bytes(version: str, websocket_address: str) -> bytes:
    """Return the document as JSON, ready to send."""
    described = document(version, websocket_address)
    return msgspec.json.format(msgspec.json.encode(described), indent=1)


def document(version: str, websocket_address: str) -> Schema:
    """Build the document.

    Args:
        version: Version of the project.
        websocket_address: Host and port of the WebSocket.
    """
    by_type, components = _schemas()
    shown: dict[str, Schema] = {_REFUSED: messages.of_failure(by_type[repr(Failure)])}
    channels: dict[str, Schema] = {}
    operations: dict[str, Schema] = {}
    for channel in CHANNELS:
        shown[channel.key] = messages.of_stream(channel, by_type[repr(channel.data)])
        channels[channel.key] = _channel(channel)
        operations[channel.key] = _sending(channel)
    for method in METHODS:
        parameters, result = by_type[repr(method.parameters)], by_type[repr(method.result)]
        shown[messages.request_key(method)] = messages.of_request(method, parameters)
        shown[messages.result_key(method)] = messages.of_result(method, result)
        operations[messages.operation_key(method)] = _receiving(method)
    channels[_REQUESTS] = _requests_channel()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tickmesh",
            "version": version,
            "description": _OVERVIEW.format(closings=_closings()),
            "license": {"name": "MIT", "url": "https://spdx.org/licenses/MIT.html"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "feed": {
                "host": websocket_address,
                "protocol": "ws",
                "description": "Any feed: all of them tell the same.",
            }
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": shown,
            "parameters": {name: _parameter(name) for name in PARAMETERS},
            "correlationIds": {
                "id": {
                    "description": "An answer has the id of its request.",
                    "location": "$message.payload#/id",
                }
            },
            "schemas": components,
        },
    }


def _schemas() -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Return the schemas of all types by their `repr`, and the components, in draft 07."""
    types = [channel.data for channel in CHANNELS]
    types += [one for method in METHODS for one in (method.parameters, method.result)]
    by_type, components = schemas_of([*types, Failure])
    older = {name: as_draft_07(schema) for name, schema in components.items()}
    _properties(older["ErrorBody"])["code"]["enum"] = messages.failure_codes()
    for name, schema in older.items():
        is_taken = schema.get("additionalProperties") is False
        if is_taken and name != SignInForm.__name__ and "user_id" in _properties(schema):
            _properties(schema)["user_id"]["description"] = _WHO_ACTS
    return {name: as_draft_07(schema) for name, schema in by_type.items()}, older


def _channel(channel: Channel) -> Schema:
    described: Schema = {
        "address": channel.address,
        "title": channel.title,
        "description": channel.description,
        "tags": [{"name": channel.tag}],
        "messages": {channel.key: {"$ref": f"#/components/messages/{channel.key}"}},
    }
    names = messages.parameters_of(channel.address)
    if names:
        described["parameters"] = {
            name: {"$ref": f"#/components/parameters/{name}"} for name in names
        }
    return described


def _requests_channel() -> Schema:
    keys = [
        key(method) for method in METHODS for key in (messages.request_key, messages.result_key)
    ]
    return {
        "address": "/",
        "title": "Requests and their answers",
        "description": (
            "Orders are applied in the order in which they were sent. Every request has an answer, "
            "with the request's `id`."
        ),
        "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in (*keys, _REFUSED)},
        "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
        "x-close-codes": [
            {"code": one.code, "reason": one.reason, "description": one.meaning} for one in CLOSINGS
        ],
    }


def _sending(channel: Channel) -> Schema:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel.key}"},
        "title": channel.title,
        "tags": [{"name": channel.tag}],
        "messages": [{"$ref": f"#/channels/{channel.key}/messages/{channel.key}"}],
    }


def _receiving(method: Method) -> Schema:
    requests = {"$ref": f"#/channels/{_REQUESTS}"}
    answers = (messages.result_key(method), _REFUSED)
    return {
        "action": "receive",
        "channel": requests,
        "title": method.title,
        "description": method.description,
        "tags": [{"name": method.tag}],
        "messages": [_of_requests(messages.request_key(method))],
        "reply": {"channel": requests, "messages": [_of_requests(key) for key in answers]},
        "x-error-codes": [*ANY_REQUEST, *method.codes],
    }


def _of_requests(key: str) -> Schema:
    return {"$ref": f"#/channels/{_REQUESTS}/messages/{key}"}


def _parameter(name: str) -> Schema:
    parameter = PARAMETERS[name]
    described: Schema = {"description": parameter.description}
    if parameter.words:
        described["enum"] = list(parameter.words)
    else:
        described["examples"] = list(parameter.examples)
    return described


def _closings() -> str:
    return "\n".join(
        f"* {one.code}{f' `{one.reason}`' if one.reason else ''}: {one.meaning}."
        for one in CLOSINGS
    )


def _properties(schema: Schema) -> dict[str, Schema]:
    return cast("dict[str, Schema]", schema.get("properties", {}))
