"""The feed with real sockets and a real Redis: what clients get, and when it breaks too."""

import asyncio
import random
import socket
from contextlib import suppress
from http import HTTPStatus

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

import feed.exchange
import feed.hub
from feed.connection import BUFFER_BYTES_MAX
from feed.protocol import MESSAGE_BYTES_MAX
from feed.session import REFUSALS_MAX, REQUESTS_BURST
from proto.codec import encode
from proto.queries import MarketDataQuery, MarketsQuery
from scripts.launcher.valkey import EmbeddedValkey
from tests.integration.feed.harness import (
    DEADLINE_S,
    Stage,
    client_of,
    is_live,
    readers_of,
    stalled_client,
    until,
)

pytestmark = pytest.mark.integration
DEPTH = "depth@TATA_INR"
TRADES = "trades@TATA_INR"
TICKER = "ticker@TATA_INR"
KLINE = "kline_1m@TATA_INR"


async def test_a_subscriber_gets_the_state_and_then_what_changes_it(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        exchange = stage.exchange
        exchange.change(True, 9_900, 5)
        _, port = await stage.start_live_feed()
        async with client_of(port) as client:
            answer = await client.ask("SUBSCRIBE", DEPTH, TRADES, TICKER, KLINE, request_id=7)
            assert answer == {"id": 7, "result": None}
            # The answer comes before anything that it causes.
            assert client.messages == []
            snapshot = await client.next_data(DEPTH)
            assert snapshot["type"] == "snapshot"
            assert (snapshot["last_sequence"], snapshot["bids"]) == (1, [["99.00", "5"]])
            assert (await client.next_data(TICKER))["last"] is None

            await exchange.move(False, 10_000, 3)
            await exchange.trade(10_000, 2)
            await exchange.publish("ticker.TATA_INR", encode(exchange.ticker()))
            delta = await client.next_data(DEPTH)
            assert (delta["type"], delta["first_sequence"]) == ("delta", 2)
            assert delta["asks"] == [["100.00", "3"]]
            assert (await client.next_data(TRADES))["quote_quantity"] == "200.00"
            assert (await client.next_data(TICKER))["last"] == "100.00"
            kline = await client.next_data(KLINE)
            assert (kline["volume"], kline["closed"]) == ("2", False)
            await exchange.tick(60)
            kline = await client.next_data(KLINE)
            assert (kline["volume"], kline["closed"]) == ("2", True)


async def test_unsubscribe_and_list(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        served, port = await stage.start_live_feed()
        async with client_of(port) as client:
            await client.ask("SUBSCRIBE", DEPTH, TRADES)
            await client.ask("SUBSCRIBE", DEPTH)
            listed = await client.ask("LIST_SUBSCRIPTIONS", request_id=3)
            assert listed == {"id": 3, "result": [DEPTH, TRADES]}
            await client.ask("UNSUBSCRIBE", DEPTH, TICKER)
            assert (await client.ask("LIST_SUBSCRIPTIONS"))["result"] == [TRADES]
            assert not served.hub.wanted(DEPTH)
            client.messages.clear()
            await stage.exchange.move(True, 1, 1)
            await stage.exchange.trade(1, 1)
            assert (await client.receive())["stream"] == TRADES
        await until(lambda: not served.hub.wanted(TRADES))


async def test_two_feeds_on_one_port_show_the_same(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        first, port = await stage.start_live_feed()
        second, same_port = await stage.start_feed(port)
        assert same_port == port
        await until(lambda: is_live(second))
        # The kernel spreads connections: with enough of them both feeds have some.
        clients = [client_of(port) for _ in range(32)]
        opened = [await client.__aenter__() for client in clients]
        try:
            for client in opened:
                await client.ask("SUBSCRIBE", DEPTH)
                assert (await client.next_data(DEPTH))["type"] == "snapshot"
            assert first.hub.wanted(DEPTH)
            assert second.hub.wanted(DEPTH)
            await stage.exchange.move(True, 7, 7)
            deltas = [await client.next_data(DEPTH) for client in opened]
            assert all(delta == deltas[0] for delta in deltas)
        finally:
            for entered in clients:
                await entered.__aexit__(None, None, None)


async def test_a_lost_message_is_made_up_for(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        served, port = await stage.start_live_feed()
        async with client_of(port) as client:
            await client.ask("SUBSCRIBE", DEPTH)
            await client.next_data(DEPTH)
            stage.exchange.change(True, 5, 5)
            await stage.exchange.publish("depth.TATA_INR", b"\xc1 garbage")
            await stage.exchange.move(True, 6, 6)
            # One delta for all that was missed: it costs no more than what has changed.
            delta = await client.next_data(DEPTH)
            assert (delta["type"], delta["first_sequence"]) == ("delta", 1)
            assert delta["last_sequence"] == 2
            assert delta["bids"] == [["0.05", "5"], ["0.06", "6"]]
        assert served.board.bad_messages == 1


async def test_a_lost_message_is_found_even_if_nothing_follows(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed.exchange, "AUDIT_S", 0.1)
    async with Stage(redis_url) as stage:
        _, port = await stage.start_live_feed()
        async with client_of(port) as client:
            await client.ask("SUBSCRIBE", DEPTH)
            await client.next_data(DEPTH)
            stage.exchange.change(True, 5, 5)
            reader = asyncio.create_task(client.next_data(DEPTH))

            async def compared() -> bool:
                await stage.exchange.tick()
                return reader.done()

            await until(compared)
            assert reader.result()["bids"] == [["0.05", "5"]]


async def test_a_new_market_comes_to_the_tickers_though_nobody_names_it(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed.exchange, "AUDIT_S", 0.1)
    async with Stage(redis_url) as stage:
        _, port = await stage.start_live_feed()
        async with client_of(port) as client:
            await client.ask("SUBSCRIBE", "tickers")
            stage.exchange.markets["ACME_INR"] = 2
            markets: set[str] = set()

            async def read() -> None:
                while "ACME_INR" not in markets:
                    data = await client.next_data("tickers")
                    markets.update(ticker["market"] for ticker in data)  # type: ignore[attr-defined]

            reader = asyncio.create_task(read())

            async def told() -> bool:
                await stage.exchange.publish("ticker.ACME_INR", encode(stage.exchange.ticker()))
                await stage.exchange.tick()
                return reader.done()

            await until(told)
            reader.result()


async def test_another_epoch_of_the_matcher_makes_it_ask_anew(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        served, port = await stage.start_live_feed()
        async with client_of(port) as client:
            await client.ask("SUBSCRIBE", DEPTH)
            await client.next_data(DEPTH)
            await stage.exchange.tick()
            await until(lambda: served.board.received == 1)
            stage.exchange.change(True, 5, 5)
            stage.exchange.epoch = 2
            await stage.exchange.tick()
            assert (await client.next_data(DEPTH))["last_sequence"] == 1


async def test_redis_goes_and_comes_back(servers_dir, redis_url: str) -> None:  # type: ignore[no-untyped-def]
    # A Redis of this test's own, since it is to be stopped.
    server = EmbeddedValkey(servers_dir / "valkey-feed", durable=False)
    server.start()
    try:
        async with Stage(server.url) as stage:
            served, port = await stage.start_live_feed()
            async with client_of(port) as client, client_of(port) as late:
                await client.ask("SUBSCRIBE", DEPTH)
                await client.next_data(DEPTH)
                server.stop()
                await until(lambda: not is_live(served))
                stage.exchange.change(True, 5, 5)
                # Who comes now waits for the snapshot, rather than get one that may be old.
                assert await late.ask("SUBSCRIBE", DEPTH) == {"id": 1, "result": None}
                server.start()
                # One goes on where it stood, and the other begins.
                for one, kind in ((client, "delta"), (late, "snapshot")):
                    data = await one.next_data(DEPTH)
                    assert (data["type"], data["last_sequence"]) == (kind, 1)
                await stage.exchange.move(True, 6, 6)
                for one in (client, late):
                    assert (await one.next_data(DEPTH))["first_sequence"] == 2
    finally:
        server.stop()


async def test_it_starts_without_redis_and_without_the_matcher(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        stage.exchange.away = True
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            served, port = await stage.start_feed(
                redis_url=f"redis://127.0.0.1:{nobody.getsockname()[1]}"
            )
            async with client_of(port) as client:
                refused = await client.ask("SUBSCRIBE", DEPTH, request_id=4)
                assert refused["id"] == 4
                assert refused["error"]["code"] == "NOT_READY"  # type: ignore[index]
                assert await client.ask("LIST_SUBSCRIPTIONS") == {"id": 1, "result": []}
                stage.exchange.away = False
                assert (await client.ask("SUBSCRIBE", DEPTH))["result"] is None
        assert not is_live(served)


async def test_a_new_market_is_found_when_it_is_named(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Stage(redis_url) as stage:
        _, port = await stage.start_live_feed()
        async with client_of(port) as client:
            before = sum(isinstance(q, MarketsQuery) for q in stage.exchange.queries)
            for _ in range(5):
                refused = await client.ask("SUBSCRIBE", "depth@NEW_INR", DEPTH)
                assert refused["error"]["code"] == "UNKNOWN_MARKET"  # type: ignore[index]
            assert (await client.ask("LIST_SUBSCRIPTIONS"))["result"] == []
            # Naming what is not there does not let anybody flood the matcher.
            asked = sum(isinstance(q, MarketsQuery) for q in stage.exchange.queries)
            assert 1 <= asked - before <= 2
            stage.exchange.markets["NEW_INR"] = 2
            monkeypatch.setattr(feed.exchange, "REFRESH_NS", 0)
            assert (await client.ask("SUBSCRIBE", "depth@NEW_INR"))["result"] is None
            # A market that the matcher refuses does not stand in the way of the others.
            await until(
                lambda: any(
                    isinstance(q, MarketDataQuery) and q.market_id == 2
                    for q in stage.exchange.queries
                )
            )
            await client.ask("SUBSCRIBE", DEPTH)
            await client.next_data(DEPTH)
            await stage.exchange.move(True, 1, 1)
            assert (await client.next_data(DEPTH))["type"] == "delta"


async def test_a_new_market_is_found_at_once_though_somebody_else_has_just_asked(
    redis_url: str,
) -> None:
    async with Stage(redis_url) as stage:
        served, port = await stage.start_live_feed()
        await served._directory.ask()
        stage.exchange.markets["NEW_INR"] = 2
        async with client_of(port) as client:
            assert (await client.ask("SUBSCRIBE", "depth@NEW_INR"))["result"] is None


async def test_garbage_is_answered_and_harms_nobody(
    redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(5)
    async with Stage(redis_url) as stage:
        served, port = await stage.start_live_feed()
        async with client_of(port) as good:
            await good.ask("SUBSCRIBE", DEPTH)
            await good.next_data(DEPTH)
            async with client_of(port) as bad:
                for garbage in ("{", b"\x00\x01", "[" * 8_000, "7", '{"method":[]}'):
                    await bad.send(garbage)
                    answer = await bad.next_answer()
                    assert answer["id"] is None
                    assert answer["error"]["code"] in ("INVALID_JSON", "INVALID_REQUEST")  # type: ignore[index]
            for closing, code in (("x" * (MESSAGE_BYTES_MAX + 1), 1009), (b"\xff\xfe", 1007)):
                async with client_of(port) as bad:
                    await bad.connection.send(closing, text=True)
                    with pytest.raises(ConnectionClosed):
                        await bad.receive()
                    assert bad.connection.close_code == code
            for _ in range(50):
                await _send_bytes(port, chance.randbytes(chance.randint(1, 400)), upgrade=False)
                await _send_bytes(port, chance.randbytes(chance.randint(1, 400)), upgrade=True)
            await stage.exchange.move(True, 1, 1)
            assert (await good.next_data(DEPTH))["first_sequence"] == 1
        await until(lambda: not served.hub.wanted(DEPTH))
    assert [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


async def _send_bytes(port: int, data: bytes, *, upgrade: bool) -> None:
    """Send bytes where a handshake, or frames after a real one, are expected."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        if upgrade:
            writer.write(
                b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            async with asyncio.timeout(DEADLINE_S):
                await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        writer.write_eof()
        async with asyncio.timeout(DEADLINE_S):
            await reader.read()
    except ConnectionError:
        # It may well be cut while it still talks.
        return
    finally:
        writer.close()


async def test_asking_too_fast_is_refused_and_in_the_end_let_go(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        _, port = await stage.start_live_feed()
        async with client_of(port) as client:
            for _ in range(REQUESTS_BURST):
                assert (await client.ask("LIST_SUBSCRIPTIONS"))["result"] == []
            codes: list[str | None] = []

            async def ask_on_and_on() -> None:
                # All at once, so that it is too fast however slow the machine is.
                with suppress(ConnectionClosed):
                    for number in range(2 * (REQUESTS_BURST + REFUSALS_MAX)):
                        await client.send(f'{{"method":"LIST_SUBSCRIPTIONS","id":{number}}}')
                while True:
                    answer = await client.next_answer()
                    codes.append(answer.get("error", {}).get("code"))  # type: ignore[attr-defined]

            with pytest.raises(ConnectionClosed):
                await ask_on_and_on()
            assert codes[-REFUSALS_MAX:] == ["RATE_LIMITED"] * REFUSALS_MAX
            assert client.connection.close_code == 1008


async def test_a_reader_that_takes_nothing_is_let_go_and_the_others_stay(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed.hub, "STALL_NS", 1_000_000_000)
    async with Stage(redis_url) as stage:
        served, port = await stage.start_live_feed()
        async with client_of(port) as good, stalled_client(port, TRADES) as stalled:
            await good.ask("SUBSCRIBE", TRADES)
            trades = 0
            async with asyncio.timeout(60):
                while not served.hub.dismissed:
                    for _ in range(200):
                        await stage.exchange.trade(1, 1)
                    for _ in range(200):
                        trades += 1
                        assert (await good.next_data(TRADES))["trade_id"] == str(trades)
                    (reader,) = [one for one in readers_of(served) if one.paused][:1] or [None]
                    assert reader is None or reader.buffered_bytes() < 2 * BUFFER_BYTES_MAX
            assert served.hub.dismissed == 1
            await stage.exchange.trade(1, 1)
            assert (await good.next_data(TRADES))["trade_id"] == str(trades + 1)
            stalled.connection.transport.resume_reading()
            await stalled.connection.wait_closed()
            assert stalled.connection.close_code in (1006, 1008)


async def test_a_slow_reader_gets_the_book_in_one_message_and_every_trade(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        served, port = await stage.start_live_feed()
        async with client_of(port) as good, stalled_client(port, DEPTH, TRADES) as slow:
            await good.ask("SUBSCRIBE", DEPTH, TRADES)
            trades = 0
            async with asyncio.timeout(60):
                while not served.hub.conflated:
                    for _ in range(100):
                        await stage.exchange.move(True, 5, trades + 1)
                        await stage.exchange.trade(1, 1)
                        trades += 1
                    while (await good.next_data(TRADES))["trade_id"] != str(trades):
                        pass
            # More than it is written now, and fewer than the feed remembers.
            for _ in range(100):
                await stage.exchange.move(True, 5, trades + 1)
                await stage.exchange.trade(1, 1)
                trades += 1
            slow.connection.transport.resume_reading()
            seen = [int(str((await slow.next_data(TRADES))["trade_id"])) for _ in range(trades)]
            assert seen == list(range(1, trades + 1))
            sequence, deltas = 0, 0
            while sequence < stage.exchange.sequence:
                delta = await slow.next_data(DEPTH)
                if delta["type"] == "delta":
                    assert delta["first_sequence"] == sequence + 1
                sequence = int(str(delta["last_sequence"]))
                deltas += 1
            assert deltas < trades
            assert delta["bids"] == [["0.05", str(trades)]]


async def test_compressed_and_plain_readers_see_the_same(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        for price in range(1, 60):
            stage.exchange.change(True, price, price)
        _, port = await stage.start_live_feed()
        async with client_of(port) as plain, client_of(port, compression="deflate") as small:
            # It is the library that checks every bit of the framing here.
            assert small.connection.protocol.extensions
            for one in (plain, small):
                await one.ask("SUBSCRIBE", DEPTH)
            assert await plain.next_data(DEPTH) == await small.next_data(DEPTH)
            for lots in range(1, 20):
                await stage.exchange.move(True, lots, 2 * lots)
                assert await plain.next_data(DEPTH) == await small.next_data(DEPTH)


async def test_paced_readers_get_fewer_messages_that_join(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        _, port = await stage.start_live_feed()
        paced = f"{DEPTH}@100ms"
        async with client_of(port) as client:
            await client.ask("SUBSCRIBE", paced, DEPTH, "depth5@TATA_INR", "bookTicker@TATA_INR")
            sequence = int(str((await client.next_data(paced))["last_sequence"]))
            await client.next_data(DEPTH)
            for lots in range(1, 50):
                await stage.exchange.move(True, 5, lots)
                await client.next_data(DEPTH)
            messages = 0
            while sequence < stage.exchange.sequence:
                delta = await client.next_data(paced)
                assert (delta["type"], delta["first_sequence"]) == ("delta", sequence + 1)
                sequence = int(str(delta["last_sequence"]))
                messages += 1
            assert messages < 49
            assert delta["bids"] == [["0.05", "49"]]


async def test_a_connection_too_many_is_refused_with_a_sentence(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        _, port = await stage.start_feed(connections_max=2)
        async with client_of(port), client_of(port):
            with pytest.raises(InvalidStatus) as caught:
                await connect(f"ws://127.0.0.1:{port}", proxy=None)
            assert caught.value.response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
            assert caught.value.response.headers["Retry-After"] == "5"

        # The places are free again when the feed has seen the others leave.
        await until(lambda: _is_served(port))


async def test_pages_of_other_machines_are_refused(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        _, port = await stage.start_feed()
        url = f"ws://127.0.0.1:{port}"
        with pytest.raises(InvalidStatus) as caught:
            await connect(url, proxy=None, origin=Origin("https://evil.example"))
        assert caught.value.response.status_code == HTTPStatus.FORBIDDEN
        async with connect(url, proxy=None, origin=Origin("http://localhost:5173")) as connection:
            assert connection.protocol.origin == "http://localhost:5173"


async def _is_served(port: int) -> bool:
    try:
        async with client_of(port):
            return True
    except InvalidStatus:
        return False


async def test_stopping_says_goodbye(redis_url: str) -> None:
    async with Stage(redis_url) as stage:
        running, port = await stage.start_live_feed()
        async with client_of(port) as client:
            await client.ask("LIST_SUBSCRIPTIONS")
            await running.stop()
            with pytest.raises(ConnectionClosed):
                await client.receive()
            assert client.connection.close_code == 1001
