"""Markets: rules and states, books, auctions, the last 24 hours; and the server's clock."""

import asyncio
from collections.abc import Callable
from typing import Final, final

import falcon.asgi
from msgspec import UNSET

from gateway.auctions import Auctions
from gateway.history import History
from gateway.request import GatewayRequest
from proto.api import answers
from proto.api.exchange import Exchange, ask
from proto.api.forms.market_data import (
    AuctionParameters,
    DepthParameters,
    NoParameters,
    TickersParameters,
)
from proto.api.markets import MarketCatalog
from proto.api.reading import one_of, read_parameters
from proto.api.times import moment_text
from proto.api.translate import markets as translate
from proto.ids import RequestId
from proto.intervals import MILLISECOND_NS
from proto.queries import DepthQuery
from proto.replies import DepthReply
from proto.scales import MarketScale


@final
class MarketsResource:
    """/api/v1/markets."""

    def __init__(self, markets: MarketCatalog) -> None:
        self._markets: Final = markets

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """List the markets, their rules and their states."""
        read_parameters(req.params, NoParameters)
        statuses = (await self._markets.all()).statuses
        resp.data = answers.encode(
            [
                translate.market(await self._markets.by_id(status.market_id), status)
                for status in statuses
            ]
        )


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
class AuctionResource:
    """/api/v1/auction."""

    def __init__(self, auctions: Auctions, markets: MarketCatalog) -> None:
        self._auctions: Final = auctions
        self._markets: Final = markets

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Show what an auction would do now."""
        form = read_parameters(req.params, AuctionParameters)
        scale = await self._markets.find(one_of(form.market, form.symbol))
        reply = await self._auctions.show(scale.market.market_id, req.request_id)
        resp.data = answers.encode(translate.auction(reply, scale))


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
            scales = await self._markets.known()
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
        resp.data = answers.encode(
            answers.ServerTime(moment_text(now_ns), now_ns // MILLISECOND_NS)
        )


async def read_depth(
    exchange: Exchange, request_id: RequestId, scale: MarketScale, levels: int
) -> DepthReply:
    """Ask for the best levels of a book.

    Raises:
        Problem: If the matcher refuses.
    """
    return await ask(exchange, DepthQuery(request_id, scale.market.market_id, levels), DepthReply)


def _best_prices(book: DepthReply, scale: MarketScale) -> tuple[str | None, str | None]:
    return (
        scale.price(book.bids[0].price_ticks) if book.bids else None,
        scale.price(book.asks[0].price_ticks) if book.asks else None,
    )
