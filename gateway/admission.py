"""Lets requests in, each with an id, and no more at a time than the process can carry.

A request that a web page of another machine sends is refused (`proto/api/origin.py`).

A batch counts for as many as it has commands.
"""

from typing import Final, final

import falcon.asgi

from gateway.request import GatewayRequest
from proto.api.exchange import Exchange
from proto.api.origin import is_local
from proto.api.problems import RETRY_AFTER_S, Problem, request_id_text

# More than this wait only when something behind the gateway has stopped.
IN_FLIGHT_MAX: Final = 8_192


@final
class Admission:
    """Falcon middleware: the id, and the bound on what is in flight."""

    def __init__(self, exchange: Exchange, in_flight_max: int) -> None:
        self._exchange: Final = exchange
        self._in_flight_max: Final = in_flight_max
        self._in_flight = 0

    async def process_request(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Name the request, and refuse it where too many are in flight."""
        self._in_flight += 1
        req.request_id = request_id = self._exchange.next_request_id()
        resp.set_header("X-Request-Id", request_id_text(request_id))
        origin = req.get_header("Origin")
        if origin is not None and not is_local(origin):
            raise Problem(
                "FOREIGN_ORIGIN", "only pages of this machine may act here while sign-in is open"
            )
        if self._in_flight > self._in_flight_max:
            raise _overloaded()

    def count(self, req: GatewayRequest, commands: int) -> None:
        """Count a request for as many commands as it has, until it ends.

        Raises:
            Problem: If that is more than may be in flight.
        """
        assert req.commands == 1
        if self._in_flight + commands - 1 > self._in_flight_max:
            raise _overloaded()
        req.commands = commands
        self._in_flight += commands - 1

    async def process_response(
        self,
        req: GatewayRequest,
        resp: falcon.asgi.Response,
        resource: object,
        req_succeeded: bool,
    ) -> None:
        """Count out a request that was let in, however it ended."""
        if req.request_id:
            self._in_flight -= req.commands


def _overloaded() -> Problem:
    return Problem(
        "OVERLOADED",
        "too many requests are in flight; nothing was taken",
        retry_after_s=RETRY_AFTER_S,
    )
