"""Whether orders are taken, and why not."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, final

import falcon
import falcon.asgi

from gateway.request import GatewayRequest
from proto.api import answers
from proto.api.exchange import Exchange
from proto.api.forms.market_data import NoParameters
from proto.api.reading import read_parameters

Probe = Callable[[], Awaitable[bool]]


@final
class HealthResource:
    """/health."""

    def __init__(
        self, exchange: Exchange, build: answers.Build, probes: Mapping[str, Probe]
    ) -> None:
        """Use an exchange, without which there is no health, and what else is worth telling.

        Args:
            exchange: The exchange.
            build: Which build this is.
            probes: For each other dependency its name, and what tells whether it is up.
        """
        self._exchange: Final = exchange
        self._build: Final = build
        self._probes: Final = probes

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Tell the state: 200 while the matcher is heard, 503 otherwise."""
        read_parameters(req.params, NoParameters)
        taken = self._exchange.connected
        dependencies = {
            "matcher": answers.Dependency(_state(taken), self._exchange.epoch),
        }
        for name, probe in self._probes.items():
            dependencies[name] = answers.Dependency(_state(await probe()))
        resp.status = falcon.HTTP_200 if taken else falcon.HTTP_503
        resp.data = answers.encode(
            answers.Health("ok" if taken else "unavailable", self._build, dependencies)
        )


def _state(up: bool) -> str:
    return "up" if up else "down"
