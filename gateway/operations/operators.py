"""Calls for operators."""

from typing import Final

from gateway import examples
from gateway.operations.operation import BODY, COMMAND, MATCHER, QUERY, Operation
from proto.api import answers
from proto.api.forms import operators as forms

_TAG: Final = "Operators"
_MARKET: Final = "/api/v1/admin/markets/{market}"
_CHANGED: Final = (*BODY, "UNKNOWN_MARKET", *MATCHER)

OPERATORS: Final = (
    Operation(
        method="post",
        path="/api/v1/admin/assets",
        tag=_TAG,
        summary="Create an asset",
        description="Sent again with the same content, it is created once.",
        answer=answers.Asset,
        example=examples.ASSET,
        body=forms.DefineAssetForm,
        body_required=True,
        body_example=examples.DEFINE_ASSET,
        problems=(*BODY, "ALREADY_DEFINED", "INVALID_DEFINITION", *MATCHER),
    ),
    Operation(
        method="patch",
        path="/api/v1/admin/assets/{asset}",
        tag=_TAG,
        summary="Freeze an asset, or thaw it",
        description=(
            "A frozen asset is not moved, and its markets take no new orders. Orders can be "
            "cancelled, and transfers that were requested are settled."
        ),
        answer=answers.Asset,
        example=examples.FROZEN_ASSET,
        body=forms.SetAssetForm,
        body_required=True,
        body_example=examples.FREEZE_ASSET,
        problems=(*BODY, "UNKNOWN_ASSET", *MATCHER),
    ),
    Operation(
        method="post",
        path="/api/v1/admin/markets",
        tag=_TAG,
        summary="Create a market",
        description=(
            "It trades at once, through every gateway. Sent again with the same content, it is "
            "created once; what is given here never changes, but for the fees of tier 0. To open "
            "with an auction, set its state to `pre_open` before anybody knows of it."
        ),
        answer=answers.Market,
        example=examples.NEW_MARKET,
        body=forms.DefineMarketForm,
        body_required=True,
        body_example=examples.DEFINE_MARKET,
        problems=(
            *BODY,
            "UNKNOWN_ASSET",
            "ALREADY_DEFINED",
            "INVALID_DEFINITION",
            "UNKNOWN_MARKET",
            *MATCHER,
        ),
    ),
    Operation(
        method="patch",
        path=f"{_MARKET}/state",
        tag=_TAG,
        summary="Change the state of a market",
        description=(
            "Any state may follow any other. When trading begins, what crosses in the book is "
            "traded first, at one price. An auction may be given an end."
        ),
        answer=answers.Market,
        example=examples.MARKET_IN_AUCTION,
        body=forms.SetStateForm,
        body_required=True,
        body_example=examples.SET_STATE,
        problems=_CHANGED,
    ),
    Operation(
        method="patch",
        path=f"{_MARKET}/rules",
        tag=_TAG,
        summary="Change the rules of a market",
        description=(
            "For orders from now on. What is left out stays as it is; of two operators who change "
            "rules at the same moment, the later one may undo what the other did."
        ),
        answer=answers.Market,
        example=examples.MARKET_WITH_RULES,
        body=forms.SetRulesForm,
        body_required=True,
        body_example=examples.SET_RULES,
        problems=(*_CHANGED, "INVALID_RULES"),
    ),
    Operation(
        method="patch",
        path=f"{_MARKET}/reference-price",
        tag=_TAG,
        summary="Set the reference price",
        description="What the price band and the volatility limit are measured from.",
        answer=answers.Market,
        example=examples.MARKET_WITH_REFERENCE,
        body=forms.SetReferencePriceForm,
        body_required=True,
        body_example=examples.SET_REFERENCE_PRICE,
        problems=(*_CHANGED, "PRICE_NOT_ON_TICK", "PRICE_OUT_OF_RANGE"),
    ),
    Operation(
        method="patch",
        path=f"{_MARKET}/fees",
        tag=_TAG,
        summary="Set the fees of a tier",
        description=(
            "For orders from now on. A tier without fees of its own has those of tier 0. A rebate "
            "may not be more than the lowest taker fee of the market."
        ),
        answer=answers.Market,
        example=examples.MARKET_WITH_TIER,
        body=forms.SetFeesForm,
        body_required=True,
        body_example=examples.SET_FEES,
        problems=(*_CHANGED, "INVALID_FEES"),
    ),
    Operation(
        method="patch",
        path="/api/v1/admin/accounts/{user_id}",
        tag=_TAG,
        summary="Change an account",
        description=(
            "Fee tier, group, self-trade prevention, and whether the user is frozen: then it "
            "places nothing and moves nothing out; its orders stay. What is left out stays as it "
            "is; of two operators at the same moment, the later one may undo what the other did."
        ),
        answer=answers.Account,
        example=examples.CHANGED_ACCOUNT,
        body=forms.SetAccountForm,
        body_required=True,
        body_example=examples.SET_ACCOUNT,
        problems=(*BODY, *MATCHER),
    ),
    Operation(
        method="post",
        path="/api/v1/admin/fees/collect",
        tag=_TAG,
        summary="Pay collected fees out",
        description=(
            "Moves fees that the exchange has collected to a user, once for each reference. "
            "INSUFFICIENT_BALANCE says that fewer were collected."
        ),
        answer=answers.Transfer,
        example=examples.COLLECTED_FEES,
        body=forms.CollectFeesForm,
        body_required=True,
        body_example=examples.COLLECT_FEES,
        problems=(
            *BODY,
            "UNKNOWN_ASSET",
            "DUPLICATE_REFERENCE",
            "ASSET_FROZEN",
            "INSUFFICIENT_BALANCE",
            "AMOUNT_OUT_OF_RANGE",
            *MATCHER,
        ),
    ),
    Operation(
        method="delete",
        path="/api/v1/admin/orders",
        tag=_TAG,
        summary="Cancel all orders of a market",
        description=(
            "Whoever owns them, also while the market is halted. Where `is_complete` is false, "
            "some are left, or came meanwhile: send it again. There is no body."
        ),
        answer=answers.CancelledAll,
        example=examples.CANCELLED_ALL,
        parameters=forms.CancelMarketParameters,
        problems=(*QUERY, "BODY_TOO_LARGE", "UNKNOWN_MARKET", *COMMAND),
    ),
)
