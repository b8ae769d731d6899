"""Makes an order of its row, and says whether it can be as it is."""

from msgspec.structs import replace

from matcher.core.instrument import Instrument
from matcher.core.list_rules import command_of
from matcher.core.order import Order
from matcher.core.order_form import is_well_formed
from matcher.core.order_parts import OrderRow, OriginRow
from matcher.core.parts import SnapshotError
from matcher.core.special import NO_TERMS, Origin, Special
from matcher.core.state import State
from proto.codec import decode_order, encode
from proto.codes import (
    DAY,
    FILLED,
    GTC,
    GTD,
    LIMIT,
    NEW,
    NO_TRIGGER,
    PARTIALLY_FILLED,
    PENDING,
    TRAILING_STOP,
    WAITING,
)
from proto.ids import OrderId
from proto.limits import FEE_PPM_MAX
from proto.wide_sum import value_of


def restored_order(row: OrderRow, state: State, min_id: int, max_id: int) -> Order:
    """Make an order, which is in no place yet.

    Args:
        row: Its row.
        state: With its counters, markets and accounts.
        min_id: The first identifier of the shard.
        max_id: The last one that was given to an order.

    Raises:
        SnapshotError: If its fields do not go together. What an open order must be besides is
            for `is_placeable`, once its details are there.
    """
    command, order_id = row.command, row.order_id
    created_ns, updated_ns = row.created_ns, row.updated_ns
    if not min_id <= order_id <= max_id or not created_ns <= updated_ns <= state.timestamp_ns:
        raise SnapshotError(f"order {order_id} is not of the past of this shard")
    market = state.markets.get(command.market_id)
    if market is None:
        raise SnapshotError(f"order {order_id} is of no market")
    ledger = state.ledger
    account = ledger.accounts.get(command.user_id) or ledger.account(command.user_id)
    instrument, rates = market.instrument, market.fees.rates(account.tier)
    order = Order(
        OrderId(order_id),
        market.seat(account),
        rates,
        command.client_order_id,
        command.side,
        command.order_type,
        command.time_in_force,
        command.post_only,
        command.price_ticks,
        command.quantity_lots,
        created_ns,
    )
    terms = command.terms
    if terms is not None:
        order.special = Special(terms, terms.expires_ns)
    if row.status != NEW or updated_ns != created_ns:
        order.restore(
            row.status,
            # One object, where both are the same: there are a million of them.
            created_ns if updated_ns == created_ns else updated_ns,
            row.executed_lots,
            row.executed_quote_amount,
            value_of(row.fee_ppm_sum),
        )
    definition = instrument.definition
    if (
        command.quantity_lots > definition.quantity_max_lots
        or command.price_ticks > definition.price_max_ticks
    ):
        raise SnapshotError(f"order {order_id} is out of the market's bounds")
    if row.executed_lots:
        is_sound = _is_executed(row, instrument)
    else:
        is_sound = (
            row.executed_quote_amount == 0
            and row.fee_ppm_sum == 0
            and row.status not in (PARTIALLY_FILLED, FILLED)
        )
    if not is_sound:
        raise SnapshotError(f"order {order_id} cannot be in this state")
    return order


def is_placeable(order: Order) -> bool:
    """Say whether an open order has the form that its place asks for."""
    special = order.special
    if special is None:
        return (
            order.status <= PARTIALLY_FILLED
            and order.order_type == LIMIT
            and order.time_in_force == GTC
            and order.price_ticks > 0
            and order.quantity_lots > 0
        )
    if order.quantity_lots == 0 and order.status != PENDING:
        return False
    if (special.expires_ns > 0) != (order.time_in_force in (GTD, DAY)):
        return False
    if not _is_well_formed(order):
        return False
    if order.status > PARTIALLY_FILLED:
        is_waiting = order.status == WAITING
        return special.hidden_lots == 0 and (special.trigger != NO_TRIGGER or not is_waiting)
    if not order.may_rest() or order.shown_lots() <= 0:
        return False
    if special.display_lots:
        return order.shown_lots() <= special.display_lots
    return special.hidden_lots == 0


def restored_origin(order: Order, row: OriginRow) -> Origin:
    """Make the origin of an order; the order has its list already."""
    command = replace(
        order.command(),
        price_ticks=row.price_ticks,
        quantity_lots=row.quantity_lots,
        terms=row.terms,
    )
    now = decode_order(order.state())
    special = now.special
    if special is not None:
        special = replace(special, trigger_price_ticks=row.first_trigger_price_ticks)
    first = replace(
        now,
        price_ticks=row.first_price_ticks,
        quantity_lots=row.first_quantity_lots,
        executed_lots=row.first_executed_lots,
        executed_quote_amount=row.first_quote_amount,
        fee_amount=row.first_fee_amount,
        status=row.first_status,
        updated_ns=order.created_ns,
        special=special,
    )
    return Origin(command, encode(first))


def _is_executed(row: OrderRow, instrument: Instrument) -> bool:
    """Say whether an order of which something was traded can be as it is."""
    executed_lots, status = row.executed_lots, row.status
    quantity_lots, price_max_ticks = (
        row.command.quantity_lots,
        instrument.definition.price_max_ticks,
    )
    quote_max_amount = executed_lots * price_max_ticks * instrument.quote_per_tick_lot
    return (
        status not in (NEW, WAITING, PENDING)
        and executed_lots <= quantity_lots
        and (executed_lots == quantity_lots) == (status == FILLED)
        and row.executed_quote_amount <= quote_max_amount
        and value_of(row.fee_ppm_sum) <= row.executed_quote_amount * FEE_PPM_MAX
    )


def _is_well_formed(order: Order) -> bool:
    """Say whether an open order has the form that one must be placed with."""
    command = command_of(order)
    terms = command.terms or NO_TERMS
    if terms.trigger == TRAILING_STOP:
        # It has got one, if it has fired.
        terms = replace(terms, trigger_price_ticks=0)
    # What self-trade prevention took away may leave less than an iceberg shows.
    quantity_lots = max(command.quantity_lots, terms.display_lots + 1 if terms.display_lots else 0)
    return is_well_formed(replace(command, quantity_lots=quantity_lots), terms)
