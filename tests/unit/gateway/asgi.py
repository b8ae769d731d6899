"""Calls an ASGI application as a server does, with every byte in the hands of the test."""

import json
from collections.abc import Sequence
from typing import Any


class Answer:
    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status = status
        self.headers = {name.decode(): value.decode() for name, value in headers}
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        assert self.headers["content-type"] == "application/problem+json", self.body
        code: str = self.json["code"]
        return code


async def call(
    app: Any,
    method: str,
    target: str,
    body: bytes | dict[str, Any] | None = None,
    headers: Sequence[tuple[str, str]] | None = None,
    chunks: Sequence[bytes] | None = None,
) -> Answer:
    """Send one request.

    Args:
        app: The application.
        method: HTTP method.
        target: Address with its query string.
        body: Bytes, or what is sent as JSON.
        headers: Headers; by default the content type of JSON where there is a body.
        chunks: The body in several pieces instead.
    """
    if isinstance(body, dict):
        body = json.dumps(body).encode()
    if headers is None:
        headers = [("content-type", "application/json")] if body or chunks else []
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
    }
    pieces = list(chunks) if chunks is not None else [body or b""]
    received = []
    for number, piece in enumerate(pieces, 1):
        received.append({"type": "http.request", "body": piece, "more_body": number < len(pieces)})
    received.append({"type": "http.disconnect"})
    received.reverse()
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return received.pop()

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    await app(scope, receive, send)
    content = b"".join(event.get("body", b"") for event in sent[1:])
    return Answer(sent[0]["status"], list(sent[0]["headers"]), content)
