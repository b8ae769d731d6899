"""Every address under /api/v1, with what answers there."""

from collections.abc import Callable
from typing import Final

from gateway.admission import Admission
from gateway.auctions import Auctions
from gateway.history import History
from gateway.resources.account import (
    AccountResource,
    BalancesResource,
    CancelAllAfterResource,
)
from gateway.resources.batches import BatchResource
from gateway.resources.history import KlinesResource, TradesResource
from gateway.resources.market_operations import (
    MarketFeesResource,
    MarketRulesResource,
    MarketStateResource,
    OperatedMarketsResource,
    ReferencePriceResource,
)
from gateway.resources.markets import (
    AuctionResource,
    DepthResource,
    MarketsResource,
    TickersResource,
    TimeResource,
)
from gateway.resources.operators import (
    AssetResource,
    AssetsResource,
    CollectFeesResource,
    OperatedAccountResource,
    OperatedOrdersResource,
)
from gateway.resources.order_lists import OcoResource, OtoResource, ReplaceResource
from gateway.resources.orders import OpenOrdersResource, OrderResource, OrdersResource
from gateway.resources.transfers import (
    RequestTransferResource,
    SettleTransferResource,
    StatementResource,
    TransferResource,
    TransfersResource,
)
from proto.api.exchange import Exchange
from proto.api.markets import MarketCatalog
from proto.api.trading import Trading

Routes = dict[str, object]

_ROOT: Final = "/api/v1"
_MARKET: Final = f"{_ROOT}/admin/markets/{{market}}"


def order_routes(
    exchange: Exchange, markets: MarketCatalog, history: History, admission: Admission
) -> Routes:
    """Return what places, changes, cancels and finds orders."""
    trading = Trading(exchange, markets)
    return {
        f"{_ROOT}/order": OrderResource(trading, history),
        f"{_ROOT}/order/replace": ReplaceResource(trading),
        f"{_ROOT}/order/oco": OcoResource(exchange, markets),
        f"{_ROOT}/order/oto": OtoResource(exchange, markets),
        f"{_ROOT}/order/open": OpenOrdersResource(trading),
        f"{_ROOT}/orders": OrdersResource(trading, markets, history),
        f"{_ROOT}/orders/batch": BatchResource(exchange, markets, trading, admission),
        f"{_ROOT}/orders/cancel-all-after": CancelAllAfterResource(trading),
    }


def money_routes(exchange: Exchange, markets: MarketCatalog, history: History) -> Routes:
    """Return what shows and moves what users own."""
    transfers = f"{_ROOT}/transfers"
    return {
        f"{_ROOT}/account": AccountResource(exchange),
        f"{_ROOT}/balances": BalancesResource(Trading(exchange, markets)),
        f"{_ROOT}/statement": StatementResource(markets, history),
        transfers: TransfersResource(exchange, markets),
        f"{transfers}/deposits": RequestTransferResource(exchange, markets, is_withdrawal=False),
        f"{transfers}/withdrawals": RequestTransferResource(exchange, markets, is_withdrawal=True),
        f"{transfers}/{{reference}}": TransferResource(exchange, markets),
        f"{transfers}/{{reference}}/confirm": SettleTransferResource(
            exchange, markets, confirm=True
        ),
        f"{transfers}/{{reference}}/reject": SettleTransferResource(
            exchange, markets, confirm=False
        ),
    }


def market_data_routes(
    exchange: Exchange, markets: MarketCatalog, history: History, clock_ns: Callable[[], int]
) -> Routes:
    """Return what everybody may see."""
    return {
        f"{_ROOT}/markets": MarketsResource(markets),
        f"{_ROOT}/depth": DepthResource(exchange, markets),
        f"{_ROOT}/auction": AuctionResource(Auctions(exchange, clock_ns), markets),
        f"{_ROOT}/trades": TradesResource(markets, history),
        f"{_ROOT}/klines": KlinesResource(markets, history, clock_ns),
        f"{_ROOT}/tickers": TickersResource(exchange, markets, history, clock_ns),
        f"{_ROOT}/time": TimeResource(clock_ns),
    }


def operator_routes(exchange: Exchange, markets: MarketCatalog) -> Routes:
    """Return what is for operators."""
    return {
        f"{_ROOT}/admin/assets": AssetsResource(exchange, markets),
        f"{_ROOT}/admin/assets/{{asset}}": AssetResource(exchange, markets),
        f"{_ROOT}/admin/markets": OperatedMarketsResource(exchange, markets),
        f"{_MARKET}/state": MarketStateResource(exchange, markets),
        f"{_MARKET}/rules": MarketRulesResource(exchange, markets),
        f"{_MARKET}/reference-price": ReferencePriceResource(exchange, markets),
        f"{_MARKET}/fees": MarketFeesResource(exchange, markets),
        f"{_ROOT}/admin/accounts/{{user_id}}": OperatedAccountResource(exchange),
        f"{_ROOT}/admin/fees/collect": CollectFeesResource(exchange, markets),
        f"{_ROOT}/admin/orders": OperatedOrdersResource(exchange, markets),
    }
