"""A yardstick: the gateway's own server, which answers every order with the same bytes.

`python -m scripts.benches.rest.fixed_server <port>`: the same uvicorn, Falcon, event loop, request
class and middleware as the gateway's, and one resource that reads the body and answers. With a
second argument, `plain`, the same resource in Falcon and uvicorn as they come, without what the
gateway changes in them.

Nothing is read of the body, and nobody else has anything to do.
"""

import logging
import sys
import time
from typing import Final

import falcon.asgi
import msgspec
import uvicorn
import uvloop

from gateway import examples
from gateway.admission import IN_FLIGHT_MAX, Admission
from gateway.app import bare_app
from gateway.request import GatewayRequest
from gateway.server import listen, make_server
from proto.garbage import settle_garbage_collector
from proto.mesh.client import MeshClient
from proto.mesh.registry import StaticEndpoint
from scripts.benches.rest.requests import HOST

PLAIN: Final = "plain"
_PATH: Final = "/api/v1/order"
_ANSWER: Final = msgspec.json.encode(examples.PLACED_ORDER)


class FixedResource:
    """Reads the body as the gateway does, and answers."""

    async def on_post(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        await req.json_body()
        resp.data = _ANSWER

    async def on_delete(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        await req.json_body()
        resp.data = _ANSWER


class PlainResource:
    """The same with what Falcon itself offers."""

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        await req.stream.read()
        resp.data = _ANSWER

    async def on_delete(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        await req.stream.read()
        resp.data = _ANSWER


async def serve(port: int) -> None:
    """Serve as the gateway does, until told to stop."""
    # It only counts request ids: it is never started.
    exchange = MeshClient(StaticEndpoint(""), time.time_ns)
    app = bare_app(Admission(exchange, IN_FLIGHT_MAX))
    app.add_route(_PATH, FixedResource())
    server = make_server(app, lambda: exchange.wait_connected(0))
    settle_garbage_collector()
    await server.serve([listen(HOST, port)])


def serve_plainly(port: int) -> None:
    """Serve as anybody would, until told to stop."""
    app: falcon.asgi.App[falcon.asgi.Request, falcon.asgi.Response] = falcon.asgi.App()
    app.add_route(_PATH, PlainResource())
    config = uvicorn.Config(app, HOST, port, loop="uvloop", http="httptools", access_log=False)
    server = uvicorn.Server(config)
    server.run()


def main(arguments: list[str]) -> None:
    """Run one or the other."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    if PLAIN in arguments:
        serve_plainly(int(arguments[0]))
    else:
        uvloop.run(serve(int(arguments[0])))


if __name__ == "__main__":
    main(sys.argv[1:])
