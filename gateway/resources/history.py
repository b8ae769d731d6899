"""What was traded: single trades, and candles."""

from collections.abc import Callable
from typing import Final, final

import falcon.asgi
from msgspec import UNSET

from gateway.history import History
from gateway.links import next_page
from gateway.request import GatewayRequest
from proto.api import answers
from proto.api.forms.market_data import KlinesParameters, TradesParameters
from proto.api.markets import MarketCatalog
from proto.api.reading import identifier, invalid, moment_ns, one_of, read_parameters
from proto.intervals import INTERVALS


@final
class TradesResource:
    """/api/v1/trades."""

    def __init__(self, markets: MarketCatalog, history: History) -> None:
        self._markets: Final = markets
        self._history: Final = history

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """List trades, newest first."""
        form = read_parameters(req.params, TradesParameters)
        before = None if form.before is UNSET else identifier("before", form.before)
        scale = await self._markets.find(one_of(form.market, form.symbol))
        trades = await self._history.trades(scale.market.name, before, form.limit)
        if len(trades) == form.limit:
            resp.set_header("Link", next_page(req, trades[-1].trade_id))
        resp.data = answers.encode(trades)


@final
class KlinesResource:
    """/api/v1/klines."""

    def __init__(
        self, markets: MarketCatalog, history: History, clock_ns: Callable[[], int]
    ) -> None:
        self._markets: Final = markets
        self._history: Final = history
        self._clock_ns: Final = clock_ns

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """List candles, oldest first."""
        form = read_parameters(req.params, KlinesParameters)
        if form.interval not in INTERVALS:
            raise invalid("interval", f"must be one of {', '.join(INTERVALS)}")
        start_ns = moment_ns("start_time", form.start_time)
        end_ns = moment_ns("end_time", form.end_time)
        if start_ns is not None and end_ns is not None and end_ns <= start_ns:
            raise invalid("end_time", "must be after start_time")
        if end_ns is None:
            # Candles start before this moment; the one that runs is among them.
            end_ns = self._clock_ns() + 1
        scale = await self._markets.find(one_of(form.market, form.symbol))
        candles = await self._history.candles(
            scale.market.name, form.interval, start_ns, end_ns, form.limit
        )
        resp.data = answers.encode(candles)
