"""Builds the OpenAPI 3.1 document from the operations and the types that they take and give.

msgspec turns the types into JSON Schema, the dialect that OpenAPI 3.1 uses; a form of a query
string becomes a parameter for each of its fields, and so does a name in braces in an address. The
document is built once, at the start.
"""

import re
from typing import Final, cast

import msgspec

from gateway.operations import OPERATIONS
from gateway.operations.operation import OF_EVERY_CALL, Operation
from gateway.schemas import Schema, plain, schemas_of
from proto.api.forms.fields import AssetName, MarketName, OtherUserIdInput, ReferenceText
from proto.api.problems import PROBLEM_TYPE, PROBLEMS, ProblemDetails

# What may stand in an address.
_IN_PATH: Final[dict[str, object]] = {
    "reference": ReferenceText,
    "market": MarketName,
    "asset": AssetName,
    "user_id": OtherUserIdInput,
}
_OVERVIEW: Final = """\
The REST interface of a Tickmesh exchange.

* Prices, quantities and amounts are decimal text, exactly as many decimals as the market or the
  asset has. Numbers with a binary point are never sent, and are refused where they are received.
* Identifiers are text; they grow with time.
* Moments are ISO 8601 in UTC with microseconds.
* Every address is served with and without a trailing slash.
* Fields and query parameters that a call does not know are refused.
* Every answer carries `X-Request-Id`, which also stands in the journal and in the logs.
* A failure is `application/problem+json` (RFC 9457) with a `code` that never changes its meaning.
  After 429 and 503 nothing was taken: send the request again, not before `Retry-After` seconds.
  After 504 the outcome is not known. `detail` says where to look, and whether it is safe to send
  the same request again: it is for orders and lists with a `client_order_id`, for cancelling one
  order, and for transfers.

Sign-in is open in this version: a request names its `user_id`, whoever can reach the exchange may
also use the calls for operators, and so the exchange listens on loopback addresses only.

Market data as it happens, and what happens to one's own account, come over WebSocket, on a port of
its own, which takes orders too: `/asyncapi.json` describes it.
"""


def document_bytes(version: str) -> bytes:
    """Return the document as JSON, ready to send."""
    return msgspec.json.format(msgspec.json.encode(document(version)), indent=1)


def document(version: str) -> Schema:
    """Build the document.

    Args:
        version: Version of the project.
    """
    by_type, components = schemas_of([*_types(), ProblemDetails])
    forms = {operation.body.__name__ for operation in OPERATIONS if operation.body}
    queries = {
        operation.parameters.__name__ for operation in OPERATIONS if operation.parameters
    } - forms
    paths: dict[str, Schema] = {}
    for operation in OPERATIONS:
        described = _operation(operation, by_type, components)
        paths.setdefault(operation.path, {})[operation.method] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tickmesh",
            "version": version,
            "summary": "A complete, self-hosted spot exchange.",
            "description": _OVERVIEW,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(o.tag for o in OPERATIONS)],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in components.items() if name not in queries},
            "headers": {
                "RequestId": {
                    "description": "Correlation id of the request, in hexadecimal.",
                    "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
                },
                "RetryAfter": {
                    "description": "Whole seconds after which a retry makes sense.",
                    "schema": {"type": "integer", "minimum": 1},
                },
                "Link": {
                    "description": 'The next page, with rel="next"; absent on the last one.',
                    "schema": {"type": "string"},
                },
            },
        },
    }


def _types() -> list[object]:
    """Return every type that an operation takes or gives."""
    return [
        one
        for operation in OPERATIONS
        for one in (operation.answer, operation.parameters, operation.body)
        if one is not None
    ]


def _operation(
    operation: Operation, by_type: dict[str, Schema], components: dict[str, Schema]
) -> Schema:
    described: Schema = {
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "operationId": _operation_id(operation),
        "responses": _responses(operation, by_type),
    }
    parameters = _path_parameters(operation.path)
    if operation.parameters is not None and operation.parameters.__struct_fields__:
        parameters += _parameters(
            components[operation.parameters.__name__], in_body=operation.body is not None
        )
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        content: Schema = {"schema": by_type[repr(operation.body)]}
        if operation.body_example is not None:
            content["example"] = operation.body_example
        described["requestBody"] = {
            "required": operation.body_required,
            "content": {"application/json": content},
        }
    return described


def _operation_id(operation: Operation) -> str:
    """Name an operation after its address, such as `get_order_open`."""
    words = re.findall(r"[a-z0-9]+", operation.path.removeprefix("/api/v1"))
    return "_".join((operation.method, *words)) if words else f"{operation.method}_root"


def _path_parameters(path: str) -> list[Schema]:
    """Describe what stands in braces in an address."""
    parameters: list[Schema] = []
    for name in re.findall(r"{(\w+)}", path):
        schema: Schema = msgspec.json.schema(_IN_PATH[name])
        description = schema.pop("description")
        parameters.append(
            {
                "name": name, "in": "path", "required": True,
                "schema": schema, "description": description,
            }
        )  # fmt: skip
    return parameters


def _parameters(form: Schema, *, in_body: bool) -> list[Schema]:
    """Turn fields into parameters; where they may come in a body, none is required."""
    required = cast("list[str]", form["required"])
    parameters = []
    for name, schema in cast("dict[str, Schema]", form["properties"]).items():
        shown = plain(schema)
        parameter: Schema = {
            "name": name,
            "in": "query",
            "required": name in required and not in_body,
            "schema": shown,
        }
        if "description" in shown:
            parameter["description"] = shown.pop("description")
        parameters.append(parameter)
    return parameters


def _responses(operation: Operation, by_type: dict[str, Schema]) -> Schema:
    headers: Schema = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
    responses: Schema = {}
    content: Schema = {}
    if operation.answer is not None:
        content["schema"] = by_type[repr(operation.answer)]
        if operation.example is not None:
            content["example"] = operation.example
    if operation.answer is not None or operation.media_type != "application/json":
        more = {"Link": {"$ref": "#/components/headers/Link"}} if operation.pages else {}
        responses["200"] = {
            "description": operation.summary,
            "headers": {**headers, **more},
            "content": {operation.media_type: content},
        }
    for status, description in operation.statuses.items():
        response: Schema = {"description": description, "headers": headers}
        if content:
            schema_only = {"schema": content["schema"]}
            response["content"] = {operation.media_type: schema_only}
        responses[str(status)] = response
    for status, codes in _by_status(operation.problems).items():
        responses[str(status)] = _problem_response(status, codes, headers)
    return responses


def _by_status(problems: tuple[str, ...]) -> dict[int, list[str]]:
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys((*problems, *OF_EVERY_CALL)):
        by_status.setdefault(PROBLEMS[code][0], []).append(code)
    return dict(sorted(by_status.items()))


def _problem_response(status: int, codes: list[str], headers: Schema) -> Schema:
    lines = [f"* `{code}`: {PROBLEMS[code][1]}" for code in codes]
    retry = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    schema: Schema = {
        "allOf": [
            {"$ref": "#/components/schemas/ProblemDetails"},
            {"properties": {"code": {"enum": codes}, "status": {"const": status}}},
        ]
    }
    return {
        "description": "\n".join(lines),
        "headers": {**headers, **(retry if status in (429, 503) else {})},
        "content": {PROBLEM_TYPE: {"schema": schema}},
    }
