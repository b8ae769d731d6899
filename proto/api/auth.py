"""Who a request acts for.

Sign-in is open: a request names its user, and is believed. That is for demonstrations only, so
`proto.settings` lets every service listen on loopback addresses alone while it is so.
"""

from msgspec import UNSET, UnsetType

from proto.api.reading import identifier, missing
from proto.ids import UserId


def user_of(user_id: str | int | UnsetType) -> UserId:
    """Return the user that a request names.

    Raises:
        Problem: If it names none, or one that cannot be.
    """
    if user_id is UNSET:
        raise missing("user_id")
    return UserId(identifier("user_id", user_id))
