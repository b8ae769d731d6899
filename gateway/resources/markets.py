"""Markets: their rules, their books, their last 24 hours; and the server's clock."""

import asyncio
from collections.abc import Callable
from typing import Final, final

import falcon.asgi
from msgspec import UNSET

from gateway import answers, translate
from gateway.exchange import Exchange
from gateway.forms import DepthParameters, NoParameters, TickersParameters
from gateway.history import History
from gateway.markets import MarketCatalog
from gateway.problems import refusal
from gateway.reading import one_of, read_parameters
from gateway.request import GatewayRequest
from gateway.times import moment_text
from proto.ids import RequestId
from proto.queries import DepthQuery
from proto.replies import DepthReply, Rejected
from proto.scales import MarketScale


@final
class MarketsResource:
    """/api/v1/markets."""

    def __init__(self, markets: MarketCatalog) -> None:
        self._markets: Final = markets

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """List the markets and their rules."""
        read_parameters(req.params, NoParameters)
        scales = await self._markets.all()
        resp.data = answers.encode([translate.market(scale) for scale in scales])


@final
class DepthResource:
    """/api/v1/depth."""

    def __init__(self, exchange: Exchange, markets: MarketCatalog) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Show the best levels of a book."""
        form = read_parameters(req.params, DepthParameters)
        scale = await self._markets.find(one_of(form.market, form.symbol))
        reply = await read_depth(self._exchange, req.request_id, scale, form.limit)
        resp.data = answers.encode(translate.depth(reply, scale))


@final
class TickersResource:
    """/api/v1/tickers."""

    def __init__(
        self,
        exchange: Exchange,
        markets: MarketCatalog,
        history: History,
        clock_ns: Callable[[], int],
    ) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets
        self._history: Final = history
        self._clock_ns: Final = clock_ns

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Show the last 24 hours of one market or of all."""
        form = read_parameters(req.params, TickersParameters)
        if form.market is UNSET and form.symbol is UNSET:
            scales = await self._markets.all()
        else:
            scales = [await self._markets.find(one_of(form.market, form.symbol))]
        exchange = self._exchange
        # All in one turn of the loop: they travel in one frame.
        books = await asyncio.gather(
            *(read_depth(exchange, exchange.next_request_id(), scale, 1) for scale in scales)
        )
        best_prices = [_best_prices(book, scale) for book, scale in zip(books, scales, strict=True)]
        tickers = await self._history.tickers(scales, best_prices, self._clock_ns())
        resp.data = answers.encode(tickers)


@final
class TimeResource:
    """/api/v1/time."""

    def __init__(self, clock_ns: Callable[[], int]) -> None:
        self._clock_ns: Final = clock_ns

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Tell the time."""
        read_parameters(req.params, NoParameters)
        now_ns = self._clock_ns()
        resp.data = answers.encode(answers.ServerTime(moment_text(now_ns), now_ns // 1_000_000))


async def read_depth(
    exchange: Exchange, request_id: RequestId, scale: MarketScale, levels: int
) -> DepthReply:
    """Ask for the best levels of a book.

    Raises:
        Problem: If the matcher refuses.
    """
    reply = await exchange.send(DepthQuery(request_id, scale.market.market_id, levels))
    if isinstance(reply, Rejected):
        raise refusal(reply.reason)
    assert isinstance(reply, DepthReply)
    return reply


def _best_prices(book: DepthReply, scale: MarketScale) -> tuple[str | None, str | None]:
    return (
        scale.price(book.bids[0].price_ticks) if book.bids else None,
        scale.price(book.asks[0].price_ticks) if book.asks else None,
    )
