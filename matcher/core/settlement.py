"""Settlement of a trade: base to the buyer, quote to the seller, fees to the exchange.

What is given is taken before what is got is added, so that no total is ever above its bound, even
where both are one.
"""

from matcher.core.account import Balance
from matcher.core.events import Events
from matcher.core.instrument import Instrument
from matcher.core.ledger import Ledger
from matcher.core.seat import Seat
from matcher.core.trade import Trade
from proto.codes import BUY, TRADE
from proto.ids import AssetId, UserId


def settle(
    trade: Trade,
    instrument: Instrument,
    taker: Seat,
    maker: Seat,
    ledger: Ledger,
    events: Events,
) -> None:
    """Move the money of a trade.

    Args:
        trade: The trade.
        instrument: What was traded.
        taker: Seat of the taker; what it pays with is not held any more.
        maker: Seat of the maker, likewise.
        ledger: Takes the fees.
        events: Takes the balance changes.

    Complexity: O(1).
    """
    base_id = instrument.base_asset_id
    quote_id = instrument.quote_asset_id
    quote_amount = trade.quote_amount
    base_amount = instrument.base_amount(trade.quantity_lots)
    taker_fee, maker_fee = trade.taker_fee_amount, trade.maker_fee_amount
    if trade.taker_side == BUY:
        buyer, buyer_fee, seller, seller_fee = taker, taker_fee, maker, maker_fee
    else:
        buyer, buyer_fee, seller, seller_fee = maker, maker_fee, taker, taker_fee
    buyer_id, seller_id = buyer.account.user_id, seller.account.user_id
    paid_amount = quote_amount + buyer_fee
    got_amount = quote_amount - seller_fee
    balance = buyer.quote()
    balance.debit(paid_amount)
    _tell(trade, buyer_id, quote_id, -paid_amount, buyer_fee, balance, events)
    balance = seller.base()
    balance.debit(base_amount)
    _tell(trade, seller_id, base_id, -base_amount, 0, balance, events)
    balance = buyer.base()
    balance.credit(base_amount)
    _tell(trade, buyer_id, base_id, base_amount, 0, balance, events)
    balance = seller.quote()
    balance.credit(got_amount)
    _tell(trade, seller_id, quote_id, got_amount, seller_fee, balance, events)
    ledger.totals[quote_id].fees += buyer_fee + seller_fee


def _tell(
    trade: Trade,
    user_id: UserId,
    asset_id: AssetId,
    change_amount: int,
    fee_amount: int,
    balance: Balance,
    events: Events,
) -> None:
    events.balance_change(
        trade.sequence,
        trade.timestamp_ns,
        user_id,
        asset_id,
        TRADE,
        change_amount,
        fee_amount,
        balance.total,
        balance.held,
        trade.trade_id,
        "",
    )
