"""Commands that move money, as fields and as text (see `commands`)."""

from collections.abc import Callable, Mapping
from typing import Final, assert_never

from matcher.tools.catalog import Catalog
from matcher.tools.fields import Fields, request_name
from proto.commands import (
    CollectFees,
    Deposit,
    RequestTransfer,
    SettleTransfer,
    TransferBetween,
    Withdraw,
)

MoneyCommand = Deposit | Withdraw | RequestTransfer | SettleTransfer | TransferBetween | CollectFees


def describe_money_command(command: MoneyCommand, catalog: Catalog) -> Fields:
    """Describe a command that moves money."""
    if isinstance(command, Deposit):
        return {"command": "deposit"} | _amount(command, catalog)
    if isinstance(command, Withdraw):
        return {"command": "withdraw"} | _amount(command, catalog)
    if isinstance(command, RequestTransfer):
        kind: Fields = {"kind": "withdrawal" if command.is_withdrawal else "deposit"}
        return {"command": "request_transfer"} | _amount(command, catalog) | kind
    if isinstance(command, TransferBetween):
        to: Fields = {"to_user_id": str(command.to_user_id)}
        return {"command": "transfer_between"} | _amount(command, catalog) | to
    if isinstance(command, CollectFees):
        return {"command": "collect_fees"} | _amount(command, catalog)
    if isinstance(command, SettleTransfer):
        return {
            "command": "settle_transfer",
            "request_id": request_name(command.request_id),
            "reference": command.reference,
            "confirm": command.confirm,
        }
    assert_never(command)


def _amount(
    command: Deposit | Withdraw | RequestTransfer | TransferBetween | CollectFees,
    catalog: Catalog,
) -> Fields:
    return {
        "request_id": request_name(command.request_id),
        "user_id": str(command.user_id),
        "asset": catalog.asset_name(command.asset_id),
        "amount": catalog.amount(command.asset_id, command.amount),
        "reference": command.reference,
    }


def _amount_text(fields: Fields) -> str:
    return (
        f"user {fields['user_id']:<6} {fields['amount']} {fields['asset']}  "
        f"reference={fields['reference']!r}"
    )


def _request_text(fields: Fields) -> str:
    return f"{_amount_text(fields)}  {fields['kind']}"


def _between_text(fields: Fields) -> str:
    return f"{_amount_text(fields)}  to user {fields['to_user_id']}"


def _settle_text(fields: Fields) -> str:
    return f"{'confirm' if fields['confirm'] else 'reject'}  reference={fields['reference']!r}"


MONEY_TEXTS: Final[Mapping[str, Callable[[Fields], str]]] = {
    "deposit": _amount_text,
    "withdraw": _amount_text,
    "request_transfer": _request_text,
    "settle_transfer": _settle_text,
    "transfer_between": _between_text,
    "collect_fees": _amount_text,
}
