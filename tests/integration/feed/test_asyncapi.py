"""Each kind of public stream, in each of its states, is what the AsyncAPI document says.

The harness checks every message that its clients get; here every channel has to have spoken.
"""

import pytest

from proto.codec import encode
from proto.codes import AUCTION, CONTINUOUS
from tests.asyncapi_check import our_description
from tests.integration.feed.harness import Client, Stage, client_of

pytestmark = pytest.mark.integration

STREAMS = {
    "depth": "depth@TATA_INR",
    "depthPaced": "depth@TATA_INR@100ms",
    "top": "depth5@TATA_INR",
    "topPaced": "depth20@TATA_INR@1s",
    "bookTicker": "bookTicker@TATA_INR",
    "trades": "trades@TATA_INR",
    "ticker": "ticker@TATA_INR",
    "tickers": "tickers",
    "kline": "kline_1m@TATA_INR",
    "status": "status@TATA_INR",
}
# Those of a user need a database or a matcher: they are checked where these are.
PRIVATE = {"orders", "fills", "balances"}


async def until_told(client: Client, stream: str, field: str, value: object) -> None:
    """Read a stream until a field of its data has a value."""
    while (await client.next_data(stream))[field] != value:
        pass


async def test_every_public_stream_tells_what_is_described(redis_url: str) -> None:
    assert set(STREAMS) | PRIVATE == set(our_description().streams)
    async with Stage(redis_url) as stage:
        exchange = stage.exchange
        exchange.change_state(CONTINUOUS)
        _, port = await stage.start_live_feed()
        async with client_of(port) as client:
            await client.ask("SUBSCRIBE", *STREAMS.values())
            # Everything is empty, and tells so.
            await until_told(client, STREAMS["depth"], "type", "snapshot")
            await until_told(client, STREAMS["bookTicker"], "bid", None)
            await until_told(client, STREAMS["ticker"], "last", None)
            await until_told(client, STREAMS["status"], "timestamp", None)

            await exchange.move(True, 9_900, 5)
            await exchange.move(False, 10_000, 3)
            await exchange.trade(10_000, 2)
            await exchange.publish("ticker.TATA_INR", encode(exchange.ticker()))
            await exchange.set_state(AUCTION, exchange.now_ns)
            await until_told(client, STREAMS["depth"], "type", "delta")
            await until_told(client, STREAMS["depthPaced"], "last_sequence", 2)
            await until_told(client, STREAMS["top"], "asks", [["100.00", "3"]])
            await until_told(client, STREAMS["topPaced"], "sequence", 2)
            await until_told(client, STREAMS["bookTicker"], "ask", "100.00")
            await until_told(client, STREAMS["trades"], "trade_id", "1")
            await until_told(client, STREAMS["ticker"], "last", "100.00")
            await until_told(client, STREAMS["status"], "state", "auction")
            await until_told(client, STREAMS["kline"], "closed", False)
            await exchange.tick(60)
            await until_told(client, STREAMS["kline"], "closed", True)
            assert set(STREAMS) <= set(client.conversation.seen)
