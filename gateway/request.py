"""The request, with the id that follows it everywhere, and a body that has a bound.

A body is small and usually arrives with the headers, so the common case reads it from the first
ASGI event, without a stream object. A body that says it is longer than the bound, or turns out
to be, is refused before the rest of it is read; the server discards that rest.

A call whose fields come in the body takes no query parameters: what it would not look at, it
refuses.
"""

from typing import Final

import falcon.asgi

from proto.api.problems import Problem, shown
from proto.ids import RequestId

BODY_BYTES_MAX: Final = 16 * 1024
# A hundred orders with every field that an order can have, each as long as it can be.
BATCH_BYTES_MAX: Final = 128 * 1024

# What most clients send, so that the common case is one comparison.
_JSON: Final = "application/json"
_CHARSETS: Final = frozenset(("utf-8", "utf8", "us-ascii"))


class GatewayRequest(falcon.asgi.Request):
    """A request.

    Attributes:
        request_id: Correlation id: of the HTTP request, of the message that it causes, and of
            that message in the journal.
        commands: How many commands it counts for, of those that may be in flight.
    """

    # 0 until `gateway.admission` has let the request in.
    request_id: RequestId = RequestId(0)
    commands: int = 1

    async def body(self, bytes_max: int = BODY_BYTES_MAX) -> bytes:
        """Read the body.

        Raises:
            Problem: If it is larger than `bytes_max`, or the client went away in the middle.
        """
        event = self._first_event
        assert event is not None
        body: bytes = event.get("body", b"")
        if event.get("more_body"):
            body = await self._rest_of_body(body, bytes_max)
        if len(body) > bytes_max:
            raise _too_large(bytes_max)
        return body

    async def json_body(self, bytes_max: int = BODY_BYTES_MAX) -> bytes:
        """Read the body, which must be declared as JSON in UTF-8 where it is declared at all.

        Raises:
            Problem: If it is declared as something else, `body` refuses it, or there are query
                parameters.
        """
        self._check_json()
        if self.params:
            self._refuse_parameters()
        return await self.body(bytes_max)

    async def optional_json_body(self) -> bytes:
        """Read the body where there is one; where there is none it may be declared as anything.

        Raises:
            Problem: As `json_body` does.
        """
        if self.params:
            self._refuse_parameters()
        return await self._body_if_any()

    async def json_body_or_query(self) -> bytes:
        """Read the body where the fields come in it; b"" where they come in the query string.

        Raises:
            Problem: If they are here and there, or as `json_body` does.
        """
        body = await self._body_if_any()
        if body and self.params:
            name = shown(next(iter(self.params)))
            raise Problem(
                "INVALID_FIELD",
                f"{name!r} is in the query string: give the fields there or in the body",
                field=name,
            )
        return body

    async def refuse_body(self) -> None:
        """Refuse a body of a call whose fields come in the query string.

        Raises:
            Problem: If there is one.
        """
        if await self.body():
            raise Problem(
                "UNKNOWN_FIELD", "this call has no body: its fields come in the query string"
            )

    async def _body_if_any(self) -> bytes:
        body = await self.body()
        if body:
            self._check_json()
        return body

    def _refuse_parameters(self) -> None:
        name = shown(next(iter(self.params)))
        raise Problem(
            "UNKNOWN_FIELD",
            f"{name!r} is in the query string, but the fields of this call come in its body",
            field=name,
        )

    def _check_json(self) -> None:
        content_type = self.content_type
        if content_type is not None and content_type != _JSON:
            check_content_type(content_type)

    async def _rest_of_body(self, body: bytes, bytes_max: int) -> bytes:
        declared = self.get_header("content-length")
        if declared is not None and declared.isdigit() and int(declared) > bytes_max:
            raise _too_large(bytes_max)
        chunks, size, more = [body], len(body), True
        while more:
            if size > bytes_max:
                raise _too_large(bytes_max)
            event = await self._receive()
            if event["type"] != "http.request":
                raise Problem("MALFORMED_REQUEST", "the connection ended inside the body")
            chunks.append(event.get("body", b""))
            size += len(chunks[-1])
            more = event.get("more_body", False)
        return b"".join(chunks)


def check_content_type(content_type: str) -> None:
    """Refuse a content type other than JSON in UTF-8.

    Raises:
        Problem: If it is another one.
    """
    media_type, *parameters = content_type.split(";")
    good = media_type.strip().lower() == _JSON
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            good = good and value.strip().strip('"').lower() in _CHARSETS
    if not good:
        raise Problem(
            "UNSUPPORTED_MEDIA_TYPE",
            "send the body as application/json; its character set is UTF-8",
        )


def _too_large(bytes_max: int) -> Problem:
    return Problem("BODY_TOO_LARGE", f"a body of this call may have at most {bytes_max} bytes")
