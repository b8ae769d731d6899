"""Types of message fields, with the bounds that the codec checks while it decodes.

A message that decodes is in bounds: no later layer checks a field's type, sign or size again.
What depends on state (a market's own maximum price, a balance) is the engine's to check.
"""

from typing import Annotated

from msgspec import Meta

from proto.limits import (
    AMOUNT_MAX,
    BASIS_POINTS_MAX,
    CLIENT_ORDER_ID_LENGTH_MAX,
    DECIMALS_MAX,
    FEE_PPM_MAX,
    INTEGER_MAX,
    NAME_LENGTH_MAX,
    OPEN_ORDERS_PER_USER_MAX,
    PRICE_PPM_MAX,
    REFERENCE_LENGTH_MAX,
    STOP_ORDERS_PER_USER_MAX,
    TIER_MAX,
    TIMEOUT_MS_MAX,
)

Integer = Annotated[int, Meta(ge=0, le=INTEGER_MAX)]
PositiveInteger = Annotated[int, Meta(ge=1, le=INTEGER_MAX)]
Amount = Annotated[int, Meta(ge=0, le=AMOUNT_MAX)]
PositiveAmount = Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
Decimals = Annotated[int, Meta(ge=0, le=DECIMALS_MAX)]
FeePpm = Annotated[int, Meta(ge=0, le=FEE_PPM_MAX)]
# A negative maker fee is a rebate.
MakerFeePpm = Annotated[int, Meta(ge=-FEE_PPM_MAX, le=FEE_PPM_MAX)]
Side = Annotated[int, Meta(ge=1, le=2)]
OrderType = Annotated[int, Meta(ge=1, le=2)]
TimeInForce = Annotated[int, Meta(ge=1, le=5)]
Trigger = Annotated[int, Meta(ge=0, le=3)]
ListType = Annotated[int, Meta(ge=1, le=2)]
SideOrBoth = Annotated[int, Meta(ge=0, le=2)]
# Of an order, where 0 stands for what its owner's account says; and of an account.
SelfTrade = Annotated[int, Meta(ge=0, le=5)]
AccountSelfTrade = Annotated[int, Meta(ge=1, le=5)]
MarketStateCode = Annotated[int, Meta(ge=1, le=7)]
BasisPoints = Annotated[int, Meta(ge=0, le=BASIS_POINTS_MAX)]
# Parts per million of a price; 0 means that the rule is off.
PricePpm = Annotated[int, Meta(ge=0, le=PRICE_PPM_MAX)]
Tier = Annotated[int, Meta(ge=0, le=TIER_MAX)]
TimeoutMs = Annotated[int, Meta(ge=0, le=TIMEOUT_MS_MAX)]
OpenOrdersMax = Annotated[int, Meta(ge=0, le=OPEN_ORDERS_PER_USER_MAX)]
StopOrdersMax = Annotated[int, Meta(ge=0, le=STOP_ORDERS_PER_USER_MAX)]
Name = Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH_MAX, pattern="^[A-Z0-9_]+$")]
ClientOrderId = Annotated[str, Meta(max_length=CLIENT_ORDER_ID_LENGTH_MAX)]
Reference = Annotated[str, Meta(min_length=1, max_length=REFERENCE_LENGTH_MAX)]
