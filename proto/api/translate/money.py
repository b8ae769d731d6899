"""Money and accounts: transfers and settings in, balances and accounts out."""

from msgspec import UNSET

from proto.api import answers
from proto.api.auth import user_of
from proto.api.forms.money import RequestTransferForm, TransferForm
from proto.api.forms.operators import CollectFeesForm, SetAccountForm
from proto.api.problems import Problem
from proto.api.times import moment_text
from proto.api.translate.values import SELF_TRADES, amount, group_id, reference, user, word
from proto.codes import SELF_TRADE_NAMES, TRANSFER_KIND_NAMES, TRANSFER_STATUS_NAMES
from proto.commands import CollectFees, RequestTransfer, SetAccount, TransferBetween
from proto.decimals import format_units
from proto.definitions import AssetDefinition
from proto.events import AccountState
from proto.ids import RequestId
from proto.replies import BalanceState, TransferReply


def request_transfer(
    form: RequestTransferForm,
    asset: AssetDefinition,
    request_id: RequestId,
    *,
    is_withdrawal: bool,
) -> RequestTransfer:
    """Turn a form into the command.

    Raises:
        Problem: If a field has a value that it cannot have.
    """
    return RequestTransfer(
        request_id,
        user_of(form.user_id),
        asset.asset_id,
        amount("amount", form.amount, asset),
        reference(form.reference),
        is_withdrawal,
    )


def transfer_between(
    form: TransferForm, asset: AssetDefinition, request_id: RequestId
) -> TransferBetween:
    """Turn a form into the command.

    Raises:
        Problem: If a field has a value that it cannot have.
    """
    return TransferBetween(
        request_id,
        user_of(form.user_id),
        user("to_user_id", form.to_user_id),
        asset.asset_id,
        amount("amount", form.amount, asset),
        reference(form.reference),
    )


def collect_fees(
    form: CollectFeesForm, asset: AssetDefinition, request_id: RequestId
) -> CollectFees:
    """Turn a form into the command.

    Raises:
        Problem: If a field has a value that it cannot have.
    """
    return CollectFees(
        request_id,
        user("user_id", form.user_id),
        asset.asset_id,
        amount("amount", form.amount, asset),
        reference(form.reference),
    )


def set_account(form: SetAccountForm, present: AccountState, request_id: RequestId) -> SetAccount:
    """Turn a form into the command; what it leaves out stays as it is at present.

    Raises:
        Problem: If a field has a value that it cannot have, or nothing is to change.
    """
    if all(getattr(form, field) is UNSET for field in form.__struct_fields__):
        raise Problem("MISSING_FIELD", "give what is to change", field="tier")
    self_trade = form.self_trade_prevention
    return SetAccount(
        request_id,
        present.user_id,
        present.tier if form.tier is UNSET else form.tier,
        present.group_id if form.group_id is UNSET else group_id(form.group_id),
        present.self_trade
        if self_trade is UNSET
        else word("self_trade_prevention", self_trade, SELF_TRADES),
        present.is_frozen if form.is_frozen is UNSET else form.is_frozen,
    )


def balance(asset: AssetDefinition, state: BalanceState | None) -> answers.Balance:
    """Write a balance; an asset that the user never had is a balance of zero."""
    total = 0 if state is None else state.total_amount
    held = 0 if state is None else state.held_amount
    return answers.Balance(
        asset.name,
        format_units(total, asset.decimals),
        format_units(held, asset.decimals),
        format_units(total - held, asset.decimals),
    )


def transfer(reply: TransferReply, asset: AssetDefinition) -> answers.Transfer:
    """Write a transfer as it stands."""
    return answers.Transfer(
        reply.reference,
        TRANSFER_KIND_NAMES[reply.kind],
        TRANSFER_STATUS_NAMES[reply.status],
        str(reply.user_id),
        asset.name,
        format_units(reply.amount, asset.decimals),
        str(reply.to_user_id) if reply.to_user_id else UNSET,
    )


def account(state: AccountState) -> answers.Account:
    """Write what holds for a user."""
    return answers.Account(
        str(state.user_id),
        state.tier,
        str(state.group_id) if state.group_id else None,
        SELF_TRADE_NAMES[state.self_trade],
        state.is_frozen,
        moment_text(state.cancel_at_ns) if state.cancel_at_ns else None,
    )
