"""Ways to break the core that the comparison must notice: the proof that it can fail.

Each puts something else in the place of one function of the core for as long as a context lasts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple
from unittest import mock

from matcher.core import arrival, auction, firing, matching
from matcher.core.account import Account
from matcher.core.ladder import Ladder
from matcher.core.order import Order
from matcher.core.timers import Timers
from matcher.core.trailing import TrailingStops
from matcher.core.triggers import Triggers
from matcher.core.uncrossing import Uncrossing, find_uncrossing
from proto.codes import OK
from proto.ids import AssetId

_available = Account.available
_arrive = Triggers.arrive
_pop_due = Timers.pop_due


class Sabotage(NamedTuple):
    """One way.

    Attributes:
        what: What is broken, in a sentence.
        owner: What has the function.
        name: The function.
        substitute: What takes its place.
    """

    what: str
    owner: object
    name: str
    substitute: object


@contextmanager
def sabotaged(name: str) -> Iterator[None]:
    """Break the core in a way, until the context ends."""
    way = SABOTAGES[name]
    with mock.patch.object(way.owner, way.name, way.substitute):
        yield


def _nothing(*_: object) -> None:
    """Do nothing, in place of something that matters."""


def _yes(*_: object) -> bool:
    return True


def _ok(*_: object) -> int:
    return OK


def _more(account: Account, asset_id: AssetId) -> int:
    return _available(account, asset_id) + 500


def _same_user(account: Account, other: Account) -> bool:
    return account is other


def _in_order_of_age(triggers: Triggers, price_ticks: int) -> list[Order]:
    return sorted(_arrive(triggers, price_ticks), key=lambda fired: fired.order_id)


def _find_by_itself(bids: Ladder, asks: Ladder, _reference_price_ticks: int) -> Uncrossing | None:
    return find_uncrossing(bids, asks, 0)


def _due_before(timers: Timers, now_ns: int) -> tuple[int, int, int] | None:
    return _pop_due(timers, now_ns - 1)


def _rounded_down(order: Order) -> int:
    return order.fee_whole_amount


SABOTAGES: Final = {
    "trail": Sabotage(
        "a trailing stop does not follow the price", TrailingStops, "follow", _nothing
    ),
    "nearest": Sabotage("triggers fire in the order of age", Triggers, "arrive", _in_order_of_age),
    "group": Sabotage("users of one group are strangers", Account, "is_party_with", _same_user),
    "funds": Sabotage("500 units more are available than there are", Account, "available", _more),
    "round": Sabotage("fees are rounded for the payer", Order, "charged_amount", _rounded_down),
    "tie": Sabotage(
        "an uncrossing looks at no reference price", auction, "find_uncrossing", _find_by_itself
    ),
    "partner": Sabotage(
        "an order that trades does not cancel its partner", matching, "unpair", _nothing
    ),
    "auction": Sabotage("an uncrossing does not cancel partners", auction, "unpair", _nothing),
    "expiry": Sabotage("what is due happens a nanosecond late", Timers, "pop_due", _due_before),
    "fok": Sabotage("fill or kill takes what it can get", arrival, "_is_fillable", _yes),
    "fired": Sabotage("an order that fires is not checked", firing, "_check", _ok),
}
