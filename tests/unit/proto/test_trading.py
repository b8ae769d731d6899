"""What REST does not show of a trader's calls: in which order they leave, who waits for whom."""

import asyncio

from proto.api.forms.orders import CancelAllForm, OpenOrdersParameters, PlaceOrderForm
from proto.api.markets import MarketCatalog
from proto.api.trading import Trading
from proto.commands import CancelAll, PlaceOrder
from proto.queries import OpenOrdersQuery
from tests.unit.gateway.exchange import EngineExchange

BUY = PlaceOrderForm("TATA_INR", "buy", "1", "100", user_id="1")


async def test_calls_leave_in_the_order_in_which_they_were_begun() -> None:
    exchange = EngineExchange()
    markets = MarketCatalog(exchange, exchange.clock_ns)
    trading = Trading(exchange, markets)
    await markets.find("TATA_INR")
    exchange.messages.clear()
    await asyncio.gather(
        trading.place(BUY, exchange.next_request_id()),
        trading.cancel_all(CancelAllForm(1, "TATA_INR"), exchange.next_request_id()),
        trading.open_orders(OpenOrdersParameters("TATA_INR", 1), exchange.next_request_id()),
        trading.place(BUY, exchange.next_request_id()),
    )
    assert [type(message) for message in exchange.messages] == [
        *(PlaceOrder, CancelAll, OpenOrdersQuery, PlaceOrder),
    ]


async def test_a_long_list_of_orders_lets_others_have_their_turn() -> None:
    exchange = EngineExchange()
    trading = Trading(exchange, MarketCatalog(exchange, exchange.clock_ns))
    for _ in range(1_000):
        await trading.place(BUY, exchange.next_request_id())
    turns = 0
    listing = asyncio.create_task(
        trading.open_orders(OpenOrdersParameters(user_id="1"), exchange.next_request_id())
    )
    while not listing.done():
        turns += 1
        await asyncio.sleep(0)
    orders = listing.result()
    assert len(orders) == 1_000
    assert [int(order.order_id) for order in orders] == sorted(int(o.order_id) for o in orders)
    assert turns > 3
