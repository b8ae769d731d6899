"""The core's book by itself: what it costs to keep orders, to match them and to tell of it.

The engine has no such mode, and needs none. This is a small matcher on the same parts (`Book`,
`Ladder`, `Order`, `OrderTable`), for one question: how fast are they beside a book in C++ that does
as much? So it takes the same calls (`peer_operations`), and does more in one thing: it packs every
fill and every change of a level, as whoever runs a book must tell of them. There are no owners,
balances, holds, fees, rules, names or replies.

It is compiled together with the core, since calls across that border would be calls of Python.
"""

from typing import Final, final

from librt.strings import BytesWriter
from mypy_extensions import mypyc_attr

from matcher.core.account import Account
from matcher.core.book import Book
from matcher.core.events import Events
from matcher.core.fees import FeeRates
from matcher.core.instrument import Instrument
from matcher.core.ladder import Ladder
from matcher.core.order import Order
from matcher.core.order_table import OrderTable
from matcher.core.seat import Seat
from proto.codes import BUY, GTC, LIMIT, SELL
from proto.definitions import AssetDefinition, MarketDefinition
from proto.ids import OrderId, UserId
from proto.limits import INTEGER_MAX
from proto.packing import put_int

# After so many operations what was told is taken away, as the matcher does with its batches.
BATCH_OPERATIONS: Final = 64
_ARRAY_6: Final = 0x96
_BASE: Final = AssetDefinition(1, "BASE", 0)
_QUOTE: Final = AssetDefinition(2, "QUOTE", 0)
_MARKET: Final = MarketDefinition(
    market_id=1,
    name="BASE_QUOTE",
    base_asset_id=1,
    quote_asset_id=2,
    price_decimals=0,
    tick_units=1,
    quantity_decimals=0,
    lot_units=1,
    price_max_ticks=1 << 30,
    quantity_min_lots=1,
    quantity_max_lots=1 << 30,
    notional_min_amount=0,
    maker_fee_ppm=0,
    taker_fee_ppm=0,
)


@final
@mypyc_attr(acyclic=True)
class BookAlone:
    """One book.

    Attributes:
        fills: Fills so far.
        told_fills: Fills of the last batch that was taken away: taker, what is left of it, maker,
            what is left of it, price and quantity; packed, one behind the other.
        told_levels: Changes of levels of that batch, as in `Events.level_changes`.
    """

    __slots__ = (
        "_book",
        "_events",
        "_fees",
        "_operations",
        "_orders",
        "_reports",
        "_seat",
        "fills",
        "told_fills",
        "told_levels",
    )

    def __init__(self) -> None:
        instrument = Instrument(_MARKET, _BASE, _QUOTE)
        self._book: Final = Book(instrument)
        self._seat: Final = Seat(Account(UserId(1)), instrument)
        self._fees: Final = FeeRates(0, 0)
        self._orders: Final = OrderTable()
        self._events = Events(0, 1, 1)
        self._reports = BytesWriter()
        self._operations = 0
        self.fills = 0
        self.told_fills = b""
        self.told_levels = b""

    def limit_buy(self, order_id: int, quantity_lots: int, price_ticks: int) -> None:
        """Buy up to a price, and let the rest rest there."""
        self._limit(BUY, order_id, quantity_lots, price_ticks)

    def limit_sell(self, order_id: int, quantity_lots: int, price_ticks: int) -> None:
        """Sell down to a price, and let the rest rest there."""
        self._limit(SELL, order_id, quantity_lots, price_ticks)

    def market_buy(self, order_id: int, quantity_lots: int) -> None:
        """Buy at any price."""
        self._take(SELL, self._book.asks, order_id, quantity_lots, INTEGER_MAX)
        self._end_operation()

    def market_sell(self, order_id: int, quantity_lots: int) -> None:
        """Sell at any price."""
        self._take(BUY, self._book.bids, order_id, quantity_lots, 0)
        self._end_operation()

    def cancel(self, order_id: int) -> None:
        """Cancel an order that rests."""
        order = self._orders.find(order_id)
        assert order is not None
        self._orders.remove(order)
        self._book.remove(order, self._events)
        self._end_operation()

    def has(self, order_id: int) -> bool:
        """Say whether an order rests."""
        return self._orders.find(order_id) is not None

    def count(self) -> int:
        """Count the orders that rest."""
        return len(self._orders)

    def _limit(self, side: int, order_id: int, quantity_lots: int, price_ticks: int) -> None:
        book = self._book
        left_lots = quantity_lots
        if side == BUY:
            if book.asks.meets(price_ticks):
                left_lots = self._take(SELL, book.asks, order_id, quantity_lots, price_ticks)
        elif book.bids.meets(price_ticks):
            left_lots = self._take(BUY, book.bids, order_id, quantity_lots, price_ticks)
        if left_lots:
            order = Order(
                OrderId(order_id),
                self._seat,
                self._fees,
                "",
                side,
                LIMIT,
                GTC,
                False,
                price_ticks,
                quantity_lots,
                0,
            )
            order.executed_lots = quantity_lots - left_lots
            self._orders.add(order)
            book.add(order, self._events)
        self._end_operation()

    def _take(
        self, maker_side: int, ladder: Ladder, taker_id: int, quantity_lots: int, limit_ticks: int
    ) -> int:
        """Take from the best level on, the oldest order first; return what is left."""
        left_lots = quantity_lots
        while left_lots and ladder.meets(limit_ticks):
            level = ladder.best
            assert level is not None
            while left_lots:
                maker = level.head
                if maker is None:
                    break
                lots = min(left_lots, maker.quantity_lots - maker.executed_lots)
                left_lots -= lots
                level.quantity_lots -= lots
                maker.executed_lots += lots
                self._tell_fill(taker_id, left_lots, maker, lots)
                if maker.executed_lots == maker.quantity_lots:
                    self._orders.remove(maker)
                    ladder.remove(maker)
            self._book.tell(maker_side, level, self._events)
        return left_lots

    def _tell_fill(self, taker_id: int, left_lots: int, maker: Order, lots: int) -> None:
        self.fills += 1
        writer = self._reports
        writer.append(_ARRAY_6)
        put_int(writer, taker_id)
        put_int(writer, left_lots)
        put_int(writer, maker.order_id)
        put_int(writer, maker.quantity_lots - maker.executed_lots)
        put_int(writer, maker.price_ticks)
        put_int(writer, lots)

    def _end_operation(self) -> None:
        self._operations += 1
        if self._operations == BATCH_OPERATIONS:
            self._operations = 0
            self.told_fills = self._reports.getvalue()
            self.told_levels = self._events.level_changes.getvalue()
            self._reports = BytesWriter()
            self._events = Events(0, 1, 1)
