"""Money: balances, transfers and statements of a user."""

from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType

from proto.api.forms.fields import (
    AssetName,
    DecimalInput,
    OtherUserIdInput,
    ReferenceText,
    TimeText,
    UserIdInput,
)
from proto.codes import BALANCE_REASON_NAMES

STATEMENT_LIMIT_MAX: Final = 1_000


class BalancesParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/balances."""

    user_id: UserIdInput | UnsetType = UNSET


class AccountParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/account."""

    user_id: UserIdInput | UnsetType = UNSET


class RequestTransferForm(Struct, forbid_unknown_fields=True, frozen=True):
    """A deposit or a withdrawal of a user."""

    asset: AssetName
    amount: DecimalInput
    reference: ReferenceText
    user_id: UserIdInput | UnsetType = UNSET


class TransferForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Body of POST /api/v1/transfers: from the user to another one."""

    to_user_id: OtherUserIdInput
    asset: AssetName
    amount: DecimalInput
    reference: ReferenceText
    user_id: UserIdInput | UnsetType = UNSET


class NoFields(Struct, forbid_unknown_fields=True, frozen=True):
    """A body that says nothing; it may be left out."""


class StatementParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/statement."""

    user_id: UserIdInput | UnsetType = UNSET
    asset: AssetName | UnsetType = UNSET
    reason: (
        Annotated[
            str,
            Meta(
                description="Changes for this reason only.",
                extra_json_schema={"enum": list(BALANCE_REASON_NAMES.values())},
            ),
        ]
        | UnsetType
    ) = UNSET
    start_time: TimeText | UnsetType = UNSET
    end_time: TimeText | UnsetType = UNSET
    before: (
        Annotated[
            str,
            Meta(description="Changes older than the one with this change_id."),
        ]
        | UnsetType
    ) = UNSET
    limit: Annotated[
        int, Meta(ge=1, le=STATEMENT_LIMIT_MAX, description="Most changes wanted.")
    ] = 100
