"""A yardstick: the gateway of an exchange that is built on Redis lists.

`python -m scripts.benches.rest.list_gateway <port>`, with REDIS_URL. The design that most exchanges
of this kind use: the server pushes an order to a list (LPUSH), the engine (`list_engine`) takes it
from there (BRPOP), and answers by PUBLISH to a channel of that one request, to which the server has
subscribed before. The client library is redis-py's, used as its documents show it; the HTTP server
is the gateway's own.

An order that was answered is on no disk. Nothing is checked here.
"""

import asyncio
import json
import logging
import os
import sys
import uuid
from typing import Final

import falcon.asgi
import uvloop
from redis.asyncio import Redis

from gateway.server import listen, make_server
from proto.garbage import settle_garbage_collector
from scripts.benches.rest.requests import HOST

QUEUE: Final = "orders"
# The listener has one channel from the start: without any it would end.
_ALWAYS: Final = "gateway"
_TIMEOUT_S: Final = 10.0


class Orders:
    """Sends orders to the engine, and hands on its answers."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Final = redis
        self._channels: Final = redis.pubsub(ignore_subscribe_messages=True)
        self._waiting: Final[dict[str, asyncio.Future[bytes]]] = {}
        self._listener: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._channels.subscribe(_ALWAYS)
        self._listener = asyncio.create_task(self._listen())

    async def send(self, method: str, order: object) -> bytes:
        """Send an order, and return the answer to it."""
        channel = uuid.uuid4().hex
        future = self._waiting[channel] = asyncio.get_running_loop().create_future()
        await self._channels.subscribe(channel)
        try:
            message = {"channel": channel, "method": method, "order": order}
            await self._redis.lpush(QUEUE, json.dumps(message))
            return await asyncio.wait_for(future, _TIMEOUT_S)
        finally:
            del self._waiting[channel]
            await self._channels.unsubscribe(channel)

    async def _listen(self) -> None:
        async for message in self._channels.listen():
            future = self._waiting.get(message["channel"].decode())
            if future is not None and not future.done():
                future.set_result(message["data"])


class OrderResource:
    """/api/v1/order."""

    def __init__(self, orders: Orders) -> None:
        self._orders: Final = orders

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        resp.data = await self._orders.send("POST", await req.get_media())

    async def on_delete(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        resp.data = await self._orders.send("DELETE", await req.get_media())


async def serve(port: int) -> None:
    """Serve until told to stop."""
    redis = Redis.from_url(os.environ["REDIS_URL"])
    orders = Orders(redis)
    app: falcon.asgi.App[falcon.asgi.Request, falcon.asgi.Response] = falcon.asgi.App()
    app.add_route("/api/v1/order", OrderResource(orders))
    settle_garbage_collector()
    await make_server(app, orders.start).serve([listen(HOST, port)])


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    uvloop.run(serve(int(sys.argv[1])))
