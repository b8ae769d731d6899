"""Keep a bid and an ask around the middle of a market, and follow it."""

import sys
from decimal import Decimal

from gateway.client import Client, ClientError

MARKET, TICK, DISTANCE = "TATA_INR", Decimal("0.05"), Decimal("0.50")

with Client(*sys.argv[1:], user_id=1) as client:
    middle, quoted = Decimal(100), None
    for book in client.changes(client.order_book(MARKET)):
        best = book.depth(1)
        if best.bids and best.asks:
            middle = (best.bids[0].price + best.asks[0].price) / 2 // TICK * TICK
        try:
            client.cancel_all_after(timeout_ms=60_000)  # should this bot die
            if middle != quoted or len(client.open_orders(market=MARKET)) < 2:
                client.cancel_all(market=MARKET)
                client.place_order(market=MARKET, side="buy", price=middle - DISTANCE, quantity=5)
                client.place_order(market=MARKET, side="sell", price=middle + DISTANCE, quantity=5)
                quoted = middle
        except ClientError as error:
            print(error)
