"""What commands did, packed while it happens. The engine's whole output, apart from the replies.

Theory of operation
-------------------
Reports, trades and balance changes are most of what the engine makes. They are written as the bytes
in which they leave (`proto/packing.py`), one behind the other, and beside them stands in numbers
where each ends and whose it is, so that whoever sends them to users or to a market takes pieces out
and looks into none. A change of a book is numbers only: of several of one price only the last is
sent. What is rare stays an object.

Each kind is in the order in which it happened. All of it is a function of the journal: a replay
makes the same bytes.
"""

from typing import Final, final

from librt.strings import BytesWriter, write_i64_le
from mypy_extensions import mypyc_attr

from matcher.core.trade import Trade
from proto.codes import OK, REPORT_FILL
from proto.definitions import AssetDefinition, MarketDefinition
from proto.events import AccountChange, AssetChange, MarketChange, TransferState
from proto.ids import Sequence, TradeId, UserId
from proto.packing import put_bool, put_int, put_text

_ARRAY_7: Final = 0x97
_ARRAY_9: Final = 0x99
_ARRAY_11: Final = 0x9B
_ARRAY_15: Final = 0x9F

# Bytes of a number, of a row of an index, and of a change of a book; little-endian, signed.
NUMBER: Final = 8
ROW: Final = 3 * NUMBER
LEVEL_CHANGE: Final = 5 * NUMBER


@final
@mypyc_attr(acyclic=True)
class Rows:
    """Packed events of one kind.

    Attributes:
        count: How many.
        writer: Their bytes, one behind the other.
        index: For each three numbers of eight bytes: whose it is, its number, and where it ends in
            the bytes. Of an event of a user that is the user and the ordinal (`proto/ordinals.py`);
            of a public trade the market and the trade's number in it.
    """

    __slots__ = ("_ordinal", "_sequence", "count", "index", "writer")

    def __init__(self) -> None:
        self.count = 0
        self.writer: Final = BytesWriter()
        self.index: Final = BytesWriter()
        self._sequence: int = 0
        self._ordinal: int = 0

    def end(self, owner_id: int, number: int) -> None:
        """Note whose the event is that was written last."""
        self.count += 1
        index = self.index
        write_i64_le(index, owner_id)
        write_i64_le(index, number)
        write_i64_le(index, len(self.writer))

    def next_ordinal(self, sequence: int) -> int:
        """Count the events of one command from 1."""
        if sequence != self._sequence:
            self._sequence = sequence
            self._ordinal = 0
        self._ordinal += 1
        return self._ordinal


@final
@mypyc_attr(acyclic=True)
class Events:
    """The events of the commands `first_sequence` .. `last_sequence`, both included.

    Attributes:
        shard: Shard of the engine.
        epoch: Epoch of the matcher that stamped the commands.
        first_sequence: Sequence of the first command.
        last_sequence: Sequence of the last command; below the first where there is none yet.
        timestamp_ns: Engine time of the last command.
        reports: Packed `ExecutionReport`s.
        trades: Packed `Trade`s; the owner in the index is the market.
        public_trades: The same as packed `PublicTrade`s.
        balance_changes: Packed `BalanceChange`s.
        level_changes: Changes of books: for each five numbers of eight bytes: its market, the
            sequence of the book, the side, the price in ticks, and the lots that rest there then.
        assets: Assets created.
        markets: Markets created.
        transfers: Changes of transfers in two steps.
        market_changes: Changes of markets' states, rules and fees.
        account_changes: Changes of accounts.
        asset_changes: Assets frozen or thawed.
    """

    __slots__ = (
        "account_changes",
        "asset_changes",
        "assets",
        "balance_changes",
        "epoch",
        "first_sequence",
        "last_sequence",
        "level_changes",
        "market_changes",
        "markets",
        "public_trades",
        "reports",
        "shard",
        "timestamp_ns",
        "trades",
        "transfers",
    )

    def __init__(self, shard: int, epoch: int, first_sequence: int) -> None:
        self.shard: Final = shard
        self.epoch: Final = epoch
        self.first_sequence: Final = first_sequence
        self.last_sequence: int = first_sequence - 1
        self.timestamp_ns: int = 0
        self.reports: Final = Rows()
        self.trades: Final = Rows()
        self.public_trades: Final = Rows()
        self.balance_changes: Final = Rows()
        self.level_changes: Final = BytesWriter()
        self.assets: Final[list[AssetDefinition]] = []
        self.markets: Final[list[MarketDefinition]] = []
        self.transfers: Final[list[TransferState]] = []
        self.market_changes: Final[list[MarketChange]] = []
        self.account_changes: Final[list[AccountChange]] = []
        self.asset_changes: Final[list[AssetChange]] = []

    def commands(self) -> int:
        """Return the number of commands."""
        return self.last_sequence - self.first_sequence + 1

    def count(self) -> int:
        """Return how many reports, trades and balance changes there are."""
        return self.reports.count + self.trades.count + self.balance_changes.count

    def report(
        self, sequence: Sequence, user_id: UserId, kind: int, reason: int, order: bytes
    ) -> None:
        """Tell an owner what became of an order, unless it was filled.

        Args:
            sequence: Sequence of the command.
            user_id: The owner.
            kind: REPORT_ACCEPTED to REPORT_REDUCED.
            reason: Why, or OK.
            order: The packed order after the event.
        """
        rows = self.reports
        writer = rows.writer
        writer.append(_ARRAY_9)
        put_int(writer, sequence)
        writer.append(kind)
        put_int(writer, reason)
        writer.write(order)
        writer.append(0)
        writer.append(0)
        writer.append(0)
        writer.append(0)
        put_bool(writer, False)
        rows.end(user_id, rows.next_ordinal(sequence))

    def fill_report(
        self, trade: Trade, user_id: UserId, order: bytes, fee_amount: int, is_maker: bool
    ) -> None:
        """Tell an owner of a fill.

        Args:
            trade: The trade.
            user_id: The owner.
            order: The packed order after the fill.
            fee_amount: Fee of the owner; negative for a rebate.
            is_maker: Whether the order was the resting side.
        """
        rows = self.reports
        writer = rows.writer
        writer.append(_ARRAY_9)
        put_int(writer, trade.sequence)
        writer.append(REPORT_FILL)
        writer.append(OK)
        writer.write(order)
        put_int(writer, trade.trade_id)
        put_int(writer, trade.price_ticks)
        put_int(writer, trade.quantity_lots)
        put_int(writer, fee_amount)
        put_bool(writer, is_maker)
        rows.end(user_id, rows.next_ordinal(trade.sequence))

    def trade(self, trade: Trade) -> None:
        """Tell of a trade, and tell everybody what everybody may know of it."""
        rows = self.trades
        writer = rows.writer
        writer.append(_ARRAY_15)
        put_int(writer, trade.trade_id)
        put_int(writer, trade.market_id)
        put_int(writer, trade.number)
        put_int(writer, trade.sequence)
        put_int(writer, trade.timestamp_ns)
        put_int(writer, trade.price_ticks)
        put_int(writer, trade.quantity_lots)
        put_int(writer, trade.quote_amount)
        writer.append(trade.taker_side)
        put_int(writer, trade.taker_order_id)
        put_int(writer, trade.maker_order_id)
        put_int(writer, trade.taker_user_id)
        put_int(writer, trade.maker_user_id)
        put_int(writer, trade.taker_fee_amount)
        put_int(writer, trade.maker_fee_amount)
        rows.count += 1
        rows = self.public_trades
        writer = rows.writer
        writer.append(_ARRAY_7)
        put_int(writer, trade.trade_id)
        put_int(writer, trade.number)
        put_int(writer, trade.timestamp_ns)
        put_int(writer, trade.price_ticks)
        put_int(writer, trade.quantity_lots)
        put_int(writer, trade.quote_amount)
        writer.append(trade.taker_side)
        rows.end(trade.market_id, trade.number)

    def balance_change(
        self,
        sequence: Sequence,
        timestamp_ns: int,
        user_id: UserId,
        asset_id: int,
        reason: int,
        change_amount: int,
        fee_amount: int,
        total_amount: int,
        held_amount: int,
        trade_id: TradeId,
        reference: str,
    ) -> None:
        """Tell of a change of a balance; see `proto.events.BalanceChange`."""
        rows = self.balance_changes
        writer = rows.writer
        writer.append(_ARRAY_11)
        put_int(writer, sequence)
        put_int(writer, timestamp_ns)
        put_int(writer, user_id)
        put_int(writer, asset_id)
        put_int(writer, reason)
        put_int(writer, change_amount)
        put_int(writer, fee_amount)
        put_int(writer, total_amount)
        put_int(writer, held_amount)
        put_int(writer, trade_id)
        put_text(writer, reference)
        rows.end(user_id, rows.next_ordinal(sequence))

    def level_change(
        self, market_id: int, book_sequence: int, side: int, price_ticks: int, quantity_lots: int
    ) -> None:
        """Tell of a price level's new total.

        Args:
            market_id: Market.
            book_sequence: Counts the changes of this book, from 1, gapless.
            side: BUY or SELL.
            price_ticks: Price of the level.
            quantity_lots: What rests there now; 0 when the level is gone.
        """
        changes = self.level_changes
        write_i64_le(changes, market_id)
        write_i64_le(changes, book_sequence)
        write_i64_le(changes, side)
        write_i64_le(changes, price_ticks)
        write_i64_le(changes, quantity_lots)
