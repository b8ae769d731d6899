"""Trades, balance changes and transfers as lines of COPY."""

from typing import Final

from persist.catalog import Catalog
from persist.fields import NULL, TimeTexts, escape
from proto.codes import (
    BALANCE_REASON_NAMES,
    BUY,
    SELL,
    TRANSFER_KIND_NAMES,
    TRANSFER_STATUS_NAMES,
)
from proto.events import BalanceChange, Trade, TransferState

# Side of the taker, and whether the buyer was the maker.
_TAKER_SIDES: Final = {BUY: "buy\tf", SELL: "sell\tt"}


def trade_line(trade: Trade, catalog: Catalog, times: TimeTexts) -> str:
    """Write a trade; columns TRADE_COLUMNS."""
    market = catalog.markets[trade.market_id]
    return (
        f"{trade.trade_id}\t{market.name}\t{trade.number}\t{market.price(trade.price_ticks)}\t"
        f"{market.quantity(trade.quantity_lots)}\t{market.quote_amount(trade.quote_amount)}\t"
        f"{_TAKER_SIDES[trade.taker_side]}\t{trade.taker_order_id}\t{trade.maker_order_id}\t"
        f"{trade.taker_user_id}\t{trade.maker_user_id}\t"
        f"{market.quote_amount(trade.taker_fee_amount)}\t"
        f"{market.quote_amount(trade.maker_fee_amount)}\t"
        f"{trade.sequence}\t{times[trade.timestamp_ns]}\n"
    )


def balance_change_line(
    ordinal: int, change: BalanceChange, catalog: Catalog, times: TimeTexts
) -> str:
    """Write a balance change; columns BALANCE_CHANGE_COLUMNS."""
    asset = catalog.assets[change.asset_id]
    text = asset.text
    return (
        f"{change.user_id}\t{asset.name}\t{change.sequence}\t{ordinal}\t"
        f"{BALANCE_REASON_NAMES[change.reason]}\t{text(change.change_amount)}\t"
        f"{text(change.fee_amount)}\t{text(change.total_amount)}\t{text(change.held_amount)}\t"
        f"{change.trade_id or NULL}\t{escape(change.reference)}\t"
        f"{times[change.timestamp_ns]}\n"
    )


def transfer_line(transfer: TransferState, catalog: Catalog, times: TimeTexts) -> str:
    """Write a state of a transfer; columns TRANSFER_COLUMNS."""
    asset = catalog.assets[transfer.asset_id]
    return (
        f"{escape(transfer.reference)}\t{transfer.sequence}\t{transfer.user_id}\t{asset.name}\t"
        f"{TRANSFER_KIND_NAMES[transfer.kind]}\t{asset.text(transfer.amount)}\t"
        f"{TRANSFER_STATUS_NAMES[transfer.status]}\t{times[transfer.timestamp_ns]}\n"
    )
