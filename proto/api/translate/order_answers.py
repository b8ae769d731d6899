"""Orders, on their way out: states become answers."""

from msgspec import UNSET, UnsetType

from proto.api import answers
from proto.api.times import moment_text
from proto.codes import (
    ACCOUNT_DEFAULT,
    LIMIT,
    LIST_TYPE_NAMES,
    ORDER_TYPE_NAMES,
    SELF_TRADE_NAMES,
    SIDE_NAMES,
    STATUS_NAMES,
    TIME_IN_FORCE_NAMES,
    TYPE_NAMES,
)
from proto.events import OrderState, SpecialState
from proto.replies import Fill, ListReply, OrderReply, ReplaceReply
from proto.scales import MarketScale

_OrderFields = tuple[
    str, str | None, str, str, str, str, str, bool, str | None, str, str, str, str, str, str, str,
    str,
]  # fmt: skip
_Text = str | UnsetType
_SpecialFields = tuple[_Text, _Text, _Text, _Text, _Text, int | UnsetType, _Text, _Text, _Text]


def placed_order(reply: OrderReply, scale: MarketScale) -> answers.PlacedOrder:
    """Write an order and its fills."""
    return _placed(reply.order, reply.fills, scale)


def order(state: OrderState, scale: MarketScale) -> answers.Order:
    """Write an order."""
    special = state.special
    if special is None:
        return answers.Order(*_order_fields(state, scale))
    return answers.Order(*_order_fields(state, scale), *_special_fields(special, scale))


def replaced_order(reply: ReplaceReply, scale: MarketScale) -> answers.ReplacedOrder:
    """Write the order that was cancelled, and the one in its place."""
    return answers.ReplacedOrder(
        order(reply.cancelled, scale), _placed(reply.order, reply.fills, scale)
    )


def order_list(reply: ListReply, list_type: int, scale: MarketScale) -> answers.OrderList:
    """Write the orders of a list; its identifier is that of the first."""
    return answers.OrderList(
        LIST_TYPE_NAMES[list_type],
        str(reply.orders[0].order_id),
        [order(state, scale) for state in reply.orders],
        fills(reply.fills, scale),
    )


def fills(matched: list[Fill], scale: MarketScale) -> list[answers.Fill]:
    """Write what an order matched when it arrived."""
    return [
        answers.Fill(
            scale.price(fill.price_ticks),
            scale.quantity(fill.quantity_lots),
            str(fill.trade_id),
            scale.quote_amount(fill.fee_amount),
        )
        for fill in matched
    ]


def _placed(state: OrderState, matched: list[Fill], scale: MarketScale) -> answers.PlacedOrder:
    special = state.special
    if special is None:
        return answers.PlacedOrder(*_order_fields(state, scale), fills=fills(matched, scale))
    return answers.PlacedOrder(
        *_order_fields(state, scale),
        *_special_fields(special, scale),
        fills=fills(matched, scale),
    )


def _order_fields(state: OrderState, scale: MarketScale) -> _OrderFields:
    """Write the fields of `answers.Order` that every order has, in its order."""
    special = state.special
    created_at = moment_text(state.created_ns)
    unchanged = state.updated_ns == state.created_ns
    quantity = scale.quantity(state.quantity_lots)
    executed_lots = state.executed_lots
    remaining_lots = state.quantity_lots - executed_lots
    return (
        str(state.order_id),
        state.client_order_id or None,
        str(state.user_id),
        scale.market.name,
        SIDE_NAMES[state.side],
        ORDER_TYPE_NAMES[state.order_type]
        if special is None
        else TYPE_NAMES[state.order_type, special.trigger],
        TIME_IN_FORCE_NAMES[state.time_in_force],
        state.post_only,
        scale.price(state.price_ticks) if state.order_type == LIMIT else None,
        quantity,
        # Most orders are written when all or nothing of them was executed.
        scale.quantity(executed_lots) if remaining_lots else quantity,
        scale.quantity(remaining_lots) if executed_lots else quantity,
        scale.quote_amount(state.executed_quote_amount),
        scale.quote_amount(state.fee_amount),
        STATUS_NAMES[state.status],
        created_at,
        created_at if unchanged else moment_text(state.updated_ns),
    )


def _special_fields(special: SpecialState, scale: MarketScale) -> _SpecialFields:
    """Write the fields that few orders have, in the order of `answers.Order`."""
    self_trade = special.self_trade
    return (
        moment_text(special.expires_ns) if special.expires_ns else UNSET,
        scale.quantity(special.display_lots) if special.display_lots else UNSET,
        scale.quote_amount(special.quote_amount) if special.quote_amount else UNSET,
        scale.price(special.trigger_price_ticks) if special.trigger_price_ticks else UNSET,
        scale.price(special.trail_ticks) if special.trail_ticks else UNSET,
        special.trail_bps or UNSET,
        UNSET if self_trade == ACCOUNT_DEFAULT else SELF_TRADE_NAMES[self_trade],
        LIST_TYPE_NAMES[special.list_type] if special.list_type else UNSET,
        str(special.list_id) if special.list_id else UNSET,
    )
