"""Which messages may be sent again while the outcome of the first is unknown. Pure."""

from proto.commands import Command, PlaceOrder
from proto.queries import Query

Message = Command | Query


def is_repeatable(message: Message) -> bool:
    """Tell whether the engine answers a repetition with the first outcome, or changes nothing.

    An order without a `client_order_id` would be a second order.
    """
    return not isinstance(message, PlaceOrder) or message.client_order_id != ""
