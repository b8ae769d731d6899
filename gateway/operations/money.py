"""Calls that show and move what users own."""

from typing import Final

from gateway import examples
from gateway.operations.operation import BODY, HISTORY, MATCHER, QUERY, TAKES_NOTHING, Operation
from proto.api import answers
from proto.api.forms import money as forms

_TAG: Final = "Accounts and money"
_MOVED: Final = (
    "UNKNOWN_ASSET",
    "DUPLICATE_REFERENCE",
    "INVALID_TRANSFER",
    "USER_FROZEN",
    "ASSET_FROZEN",
    "INSUFFICIENT_BALANCE",
    "AMOUNT_OUT_OF_RANGE",
)
_SETTLED: Final = ("UNKNOWN_TRANSFER", "TRANSFER_SETTLED", "AMOUNT_OUT_OF_RANGE")
# A body that may be left out is no reason for MISSING_FIELD.
_EMPTY_BODY: Final = tuple(code for code in BODY if code != "MISSING_FIELD")

MONEY: Final = (
    Operation(
        method="get",
        path="/api/v1/account",
        tag=_TAG,
        summary="Show an account",
        description=(
            "What holds for a user: fee tier, group, self-trade prevention where an order does not "
            "say itself, whether frozen, and the dead man's switch."
        ),
        answer=answers.Account,
        example=examples.ACCOUNT,
        parameters=forms.AccountParameters,
        problems=(*QUERY, *MATCHER),
    ),
    Operation(
        method="get",
        path="/api/v1/balances",
        tag=_TAG,
        summary="Show balances",
        description="A user's balance in every asset, those of zero included.",
        answer=list[answers.Balance],
        example=[examples.BALANCE],
        parameters=forms.BalancesParameters,
        problems=(*QUERY, *MATCHER),
    ),
    Operation(
        method="get",
        path="/api/v1/statement",
        tag=_TAG,
        summary="List the changes of balances",
        description=(
            "Every change of a user's balances, newest first, with its reason: the changes of an "
            "asset add up to its `total`. The history follows the exchange by a moment. From "
            "`start_time` on, before `end_time`."
        ),
        answer=list[answers.BalanceChange],
        example=[examples.BALANCE_CHANGE],
        parameters=forms.StatementParameters,
        problems=(*QUERY, "UNKNOWN_ASSET", *HISTORY, "MATCHER_UNAVAILABLE"),
        pages=True,
    ),
    Operation(
        method="post",
        path="/api/v1/transfers",
        tag=_TAG,
        summary="Pay another user",
        description="Moves available balance to another user, at once.",
        answer=answers.Transfer,
        example=examples.TRANSFER,
        body=forms.TransferForm,
        body_required=True,
        body_example=examples.MAKE_TRANSFER,
        problems=(*BODY, *_MOVED, *MATCHER),
    ),
    Operation(
        method="post",
        path="/api/v1/transfers/deposits",
        tag=_TAG,
        summary="Announce a deposit",
        description=(
            "Nothing changes before the deposit is confirmed. Who confirms is not checked in this "
            "version: sign-in is open."
        ),
        answer=answers.Transfer,
        example=examples.DEPOSIT,
        body=forms.RequestTransferForm,
        body_required=True,
        body_example=examples.REQUEST_DEPOSIT,
        problems=(*BODY, *_MOVED, *MATCHER),
    ),
    Operation(
        method="post",
        path="/api/v1/transfers/withdrawals",
        tag=_TAG,
        summary="Request a withdrawal",
        description="The amount is held until the withdrawal is confirmed or rejected.",
        answer=answers.Transfer,
        example=examples.WITHDRAWAL,
        body=forms.RequestTransferForm,
        body_required=True,
        body_example=examples.REQUEST_WITHDRAWAL,
        problems=(*BODY, *_MOVED, *MATCHER),
    ),
    Operation(
        method="get",
        path="/api/v1/transfers/{reference}",
        tag=_TAG,
        summary="Show a transfer",
        description="How the transfer with this reference stands, whatever its kind.",
        answer=answers.Transfer,
        example=examples.WITHDRAWAL,
        parameters=forms.NoFields,
        problems=(*TAKES_NOTHING, "INVALID_FIELD", "UNKNOWN_TRANSFER", *MATCHER),
    ),
    Operation(
        method="post",
        path="/api/v1/transfers/{reference}/confirm",
        tag=_TAG,
        summary="Confirm a transfer",
        description=(
            "A requested deposit is credited, or the held amount of a withdrawal leaves. Sent "
            "again, it is answered and done once. There is no body, or an empty object."
        ),
        answer=answers.Transfer,
        example=examples.CONFIRMED_DEPOSIT,
        problems=(*_EMPTY_BODY, *_SETTLED, *MATCHER),
    ),
    Operation(
        method="post",
        path="/api/v1/transfers/{reference}/reject",
        tag=_TAG,
        summary="Reject a transfer",
        description=(
            "A requested transfer does not happen; what a withdrawal held is available again. "
            "There is no body, or an empty object."
        ),
        answer=answers.Transfer,
        example=examples.REJECTED_WITHDRAWAL,
        problems=(*_EMPTY_BODY, *_SETTLED, *MATCHER),
    ),
)
