"""Calls an ASGI application as a server does, with every byte in the hands of the test."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

Event = dict[str, Any]


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
    pieces = list(chunks) if chunks is not None else [body or b""]
    received = [
        {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
        for number, piece in enumerate(pieces, 1)
    ]
    events = iter([*received, {"type": "http.disconnect"}])

    async def receive() -> Event:
        return next(events)

    return await answer_to(app, method, target, headers, receive)


async def answer_to(
    app: Any,
    method: str,
    target: str,
    headers: Sequence[tuple[str, str]],
    receive: Callable[[], Awaitable[Event]],
) -> Answer:
    """Send a request whose body comes event by event, as the test wants it to."""
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
    sent: list[Event] = []

    async def send(event: Event) -> None:
        sent.append(event)

    await app(scope, receive, send)
    content = b"".join(event.get("body", b"") for event in sent[1:])
    return Answer(sent[0]["status"], list(sent[0]["headers"]), content)
