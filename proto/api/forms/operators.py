"""What an operator may say: assets, markets, accounts, and collected fees."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from proto.api.forms.fields import (
    AssetName,
    DecimalInput,
    DecimalsInput,
    DecimalText,
    FractionText,
    MarketName,
    NewName,
    OtherUserIdInput,
    ReferenceText,
    SelfTradeText,
    StateText,
    TimeoutMs,
)
from proto.limits import (
    INTEGER_MAX,
    OPEN_ORDERS_PER_USER_MAX,
    PRICE_PPM_MAX,
    STOP_ORDERS_PER_USER_MAX,
    TIER_MAX,
)

Tier = Annotated[int, Meta(ge=0, le=TIER_MAX, description="Fee tier.", examples=[1])]
SignedFractionText = Annotated[
    str,
    Meta(
        description=(
            "A fraction, as decimal text with at most 6 decimals; with a `-` it is a rebate, "
            "which is never more than what the taker pays."
        ),
        examples=["-0.0001"],
    ),
]


class DefineAssetForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Body of POST /api/v1/admin/assets."""

    asset: NewName
    decimals: DecimalsInput


class SetAssetForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Body of PATCH /api/v1/admin/assets/{asset}."""

    is_frozen: Annotated[
        bool,
        Meta(description="Frozen, it is not moved, and its markets take no new orders."),
    ]


class DefineMarketForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Body of POST /api/v1/admin/markets: a market, as in markets.toml.

    Prices are written with the decimals of `tick_size`, quantities with those of `lot_size`.
    """

    market: NewName
    base: AssetName
    quote: AssetName
    tick_size: DecimalText
    lot_size: DecimalText
    max_price: DecimalText
    min_quantity: DecimalText
    max_quantity: DecimalText
    min_notional: DecimalText
    maker_fee: SignedFractionText
    taker_fee: FractionText


class SetStateForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Body of PATCH /api/v1/admin/markets/{market}/state."""

    state: StateText
    duration_ms: (
        Annotated[
            TimeoutMs,
            Meta(
                description=(
                    "Of an auction: when it ends by itself and trading begins; left out or 0, it "
                    "lasts until the operator ends it."
                ),
                examples=[60_000],
            ),
        ]
        | UnsetType
    ) = UNSET


class SetRulesForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Body of PATCH /api/v1/admin/markets/{market}/rules. What is left out stays as it is."""

    price_band: (
        Annotated[
            str,
            Meta(
                description=(
                    "How far a limit price may lie from the reference price, as a fraction of it "
                    f"up to {PRICE_PPM_MAX // 1_000_000}; 0 turns the rule off."
                ),
                examples=["0.1"],
            ),
        ]
        | UnsetType
    ) = UNSET
    market_order_collar: (
        Annotated[
            str,
            Meta(
                description=(
                    "How far a market order trades beyond the best price that it finds; 0 turns "
                    "the rule off."
                ),
                examples=["0.05"],
            ),
        ]
        | UnsetType
    ) = UNSET
    volatility_limit: (
        Annotated[
            str,
            Meta(
                description=(
                    "How far from the reference price trades may happen; a further one opens an "
                    "auction instead; 0 turns the rule off."
                ),
                examples=["0.05"],
            ),
        ]
        | UnsetType
    ) = UNSET
    auction_ms: (
        Annotated[TimeoutMs, Meta(description="How long such an auction lasts.", examples=[60_000])]
        | UnsetType
    ) = UNSET
    reference_ms: (
        Annotated[
            TimeoutMs,
            Meta(
                description=(
                    "A trade sets the reference price where it is older than this; 0 leaves it to "
                    "auctions and the operator."
                ),
                examples=[300_000],
            ),
        ]
        | UnsetType
    ) = UNSET
    max_open_orders: (
        Annotated[
            int,
            Meta(
                ge=0, le=OPEN_ORDERS_PER_USER_MAX,
                description="Orders that one user may have in the book.", examples=[200],
            ),
        ]
        | UnsetType
    ) = UNSET  # fmt: skip
    max_stop_orders: (
        Annotated[
            int,
            Meta(
                ge=0, le=STOP_ORDERS_PER_USER_MAX,
                description="Orders that one user may have waiting.", examples=[50],
            ),
        ]
        | UnsetType
    ) = UNSET  # fmt: skip


class SetReferencePriceForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Body of PATCH /api/v1/admin/markets/{market}/reference-price."""

    price: DecimalInput


class SetFeesForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Body of PATCH /api/v1/admin/markets/{market}/fees."""

    maker_fee: SignedFractionText
    taker_fee: FractionText
    tier: Tier = 0


class SetAccountForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Body of PATCH /api/v1/admin/accounts/{user_id}. What is left out stays as it is."""

    tier: Tier | UnsetType = UNSET
    group_id: (
        Annotated[
            str | int,
            Meta(
                description=(
                    "Users of one group count as one in self-trade prevention: digits, up to "
                    f"{INTEGER_MAX}; 0 for none."
                ),
                examples=["7"],
            ),
        ]
        | UnsetType
    ) = UNSET
    self_trade_prevention: SelfTradeText | UnsetType = UNSET
    is_frozen: (
        Annotated[
            bool,
            Meta(description="Frozen, the user places nothing and moves nothing out."),
        ]
        | UnsetType
    ) = UNSET


class CollectFeesForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Body of POST /api/v1/admin/fees/collect."""

    user_id: OtherUserIdInput
    asset: AssetName
    amount: DecimalInput
    reference: ReferenceText


class CancelMarketParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of DELETE /api/v1/admin/orders."""

    market: MarketName
