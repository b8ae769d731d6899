"""A request that no client should send, and how the tables of such requests are written."""

import json
from dataclasses import dataclass
from typing import Any, Final

JSON: Final = (("Content-Type", "application/json"),)
HUGE: Final = "9" * 400


@dataclass(frozen=True)
class MalformedRequest:
    """A request, and the problem that it must get.

    Attributes:
        name: Unique, for people.
        method: HTTP method.
        target: Address and query string.
        status: Status of the answer.
        code: Code of the problem.
        field: Field that the problem must name; None where it need not.
        body: Body.
        headers: Headers, apart from those that HTTP itself needs.
    """

    name: str
    method: str
    target: str
    status: int
    code: str
    field: str | None = None
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def with_body(
    call: str, name: str, body: dict[str, Any], status: int, code: str, field: str | None
) -> MalformedRequest:
    """Make a request with a JSON body; `call` is its method and address."""
    method, _, target = call.partition(" ")
    content = json.dumps(body).encode()
    return MalformedRequest(f"{call} {name}", method, target, status, code, field, content, JSON)
