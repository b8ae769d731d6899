"""What the orders of a list must be, apart and together.

docs/trading-rules.md, sections 3 and 6, has the order of the checks.
"""

from msgspec.structs import replace

from matcher.core.account import Account
from matcher.core.market import Market
from matcher.core.order import Order
from matcher.core.order_form import check_form
from matcher.core.order_funds import amount_needed, check_funds
from matcher.core.order_place import check_place
from matcher.core.special import NO_TERMS
from proto.codes import (
    BUY,
    DAY,
    GTC,
    GTD,
    INSUFFICIENT_BALANCE,
    LIMIT,
    NO_TRIGGER,
    OCO,
    OK,
    TOO_MANY_STOP_ORDERS,
)
from proto.commands import PlaceList, PlaceOrder


def command_of(order: Order) -> PlaceOrder:
    """Return the command that would place an order as it stands, for checks."""
    command = order.command()
    if command.terms is None or order.time_in_force == GTD:
        return command
    # A DAY order does not say itself when the day ends.
    return replace(command, terms=replace(command.terms, expires_ns=0))


def is_list_well_formed(command: PlaceList) -> bool:
    """Say whether a list has a proper shape (INVALID_ORDER)."""
    first = command.orders[0]
    if any(
        order.market_id != first.market_id or order.user_id != first.user_id
        for order in command.orders
    ):
        return False
    if command.list_type == OCO:
        return len(command.orders) == 2 and _is_pair(command.orders)
    others = command.orders[1:]
    return _trigger_of(first) == NO_TRIGGER and (len(others) == 1 or _is_pair(others))


def check_list(command: PlaceList, market: Market, account: Account, timestamp_ns: int) -> int:
    """Check the orders of a well-formed list: 4 to 16 of placing.

    Args:
        command: The list.
        market: Its market.
        account: Its owner.
        timestamp_ns: Engine time.

    Returns:
        OK, or the first rule that is broken.
    """
    for order in command.orders:
        reason = check_form(order, market, account, timestamp_ns)
        if reason != OK:
            return reason
    is_oco = command.list_type == OCO
    entering = command.orders if is_oco else command.orders[:1]
    reason = _check_places(entering, market, account)
    if reason != OK:
        return reason
    if not is_oco:
        waiting = account.waiting_count(market.instrument.market_id)
        if waiting + len(command.orders) - 1 > market.stop_orders_max:
            return TOO_MANY_STOP_ORDERS
    return _check_funds(entering, market, account)


def check_entering(
    commands: list[PlaceOrder], market: Market, account: Account, timestamp_ns: int
) -> int:
    """Check pending orders that are to enter the market: one, or a pair.

    Args:
        commands: The orders.
        market: Their market.
        account: Their owner, who does not count them as waiting any more.
        timestamp_ns: Engine time.

    Returns:
        OK, or the first rule that is broken.
    """
    for command in commands:
        reason = check_form(command, market, account, timestamp_ns)
        if reason != OK:
            return reason
    reason = _check_places(commands, market, account)
    return reason if reason != OK else _check_funds(commands, market, account)


def _check_places(commands: list[PlaceOrder], market: Market, account: Account) -> int:
    resting = waiting = 0
    for command in commands:
        reason = check_place(command, market, account, resting, waiting)
        if reason != OK:
            return reason
        if _trigger_of(command) != NO_TRIGGER:
            waiting += 1
        else:
            resting += 1
    return OK


def _check_funds(commands: list[PlaceOrder], market: Market, account: Account) -> int:
    """Check what is needed; of a pair, which gives one asset, the larger amount."""
    rates = market.fees.rates(account.tier)
    if len(commands) == 1:
        return check_funds(commands[0], market, account, rates, 0)
    instrument = market.instrument
    buying = commands[0].side == BUY
    asset_id = instrument.quote_asset_id if buying else instrument.base_asset_id
    needed_amount = max(amount_needed(command, market, rates) for command in commands)
    return OK if needed_amount <= account.available(asset_id) else INSUFFICIENT_BALANCE


def _is_pair(orders: list[PlaceOrder]) -> bool:
    if orders[0].side != orders[1].side:
        return False
    arriving = [order for order in orders if _trigger_of(order) == NO_TRIGGER]
    return len(arriving) < 2 and all(
        order.order_type == LIMIT
        and order.time_in_force in (GTC, GTD, DAY)
        and not (order.terms or NO_TERMS).slide
        for order in arriving
    )


def _trigger_of(command: PlaceOrder) -> int:
    return (command.terms or NO_TERMS).trigger
