"""Single values: text of a field into an integer or a checked name."""

import re
from typing import Final, TypeVar

from msgspec import UNSET, UnsetType

from proto.api.forms.fields import CLIENT_ORDER_ID_PATTERN, NAME_PATTERN, REFERENCE_PATTERN
from proto.api.problems import Problem
from proto.api.reading import identifier, invalid, missing
from proto.codes import BUY, MARKET_STATE_NAMES, SELF_TRADE_NAMES, SELL, SIDE_NAMES
from proto.decimals import DecimalTextError, parse_units
from proto.definitions import AssetDefinition
from proto.ids import UserId
from proto.limits import AMOUNT_MAX, NAME_LENGTH_MAX, PRICE_PPM_MAX
from proto.markets import FEE_DECIMALS
from proto.scales import MarketScale, NotOnStepError

WordT = TypeVar("WordT")

SIDES: Final = {"buy": BUY, "sell": SELL, "BUY": BUY, "SELL": SELL}
SELF_TRADES: Final = {name: code for code, name in SELF_TRADE_NAMES.items() if code}
MARKET_STATES: Final = {name: code for code, name in MARKET_STATE_NAMES.items()}
_CLIENT_ORDER_ID: Final = re.compile(CLIENT_ORDER_ID_PATTERN[1:-1])
_REFERENCE: Final = re.compile(REFERENCE_PATTERN[1:-1])
_NAME: Final = re.compile(NAME_PATTERN[1:-1])
# What stands in the place of a reference in other addresses.
_ADDRESSES: Final = frozenset(("deposits", "withdrawals"))


def order_names(order_id: str | int | UnsetType, name: str | UnsetType) -> tuple[int, str]:
    """Read which order is meant.

    Returns:
        Its order_id or 0, and its client_order_id or "": exactly one of them is given.

    Raises:
        Problem: If none or both are given, or one that cannot be.
    """
    if order_id is UNSET:
        if name is UNSET:
            raise missing("order_id")
        return 0, client_order_id(name)
    if name is not UNSET:
        raise invalid("client_order_id", "must be left out where order_id is given")
    return identifier("order_id", order_id), ""


def client_order_id(name: str | UnsetType) -> str:
    """Read a client_order_id; "" where it is not given."""
    if name is UNSET:
        return ""
    if _CLIENT_ORDER_ID.fullmatch(name) is None:
        raise invalid("client_order_id")
    return name


def reference(text: str) -> str:
    """Read the reference of a transfer."""
    if _REFERENCE.fullmatch(text) is None or text in _ADDRESSES:
        raise invalid("reference")
    return text


def new_name(field: str, text: str) -> str:
    """Read the name of something that is to be."""
    if _NAME.fullmatch(text) is None:
        raise invalid(
            field, f"must be 1 to {NAME_LENGTH_MAX} upper-case letters, digits and underscores"
        )
    return text


def user(field: str, value: str | int) -> UserId:
    """Read a user other than the one who acts."""
    return UserId(identifier(field, value))


def group_id(value: str | int) -> int:
    """Read a group of users; 0 for none."""
    if value in (0, "0"):
        return 0
    try:
        return identifier("group_id", value)
    except Problem:
        raise invalid("group_id") from None


def side(text: str) -> str:
    """Read a side, and return the word that the history has for it."""
    return SIDE_NAMES[word("side", text, SIDES)]


def word(field: str, text: str, codes: dict[str, WordT]) -> WordT:
    """Read one of a few words, which may be written in any case.

    Raises:
        Problem: If it is none of them.
    """
    code = codes.get(text)
    if code is None:
        # Other alphabets have letters that become ours in lower case, such as the Kelvin sign.
        lowered = text.lower() if text.isascii() else ""
        code = next((code for name, code in codes.items() if name.lower() == lowered), None)
        if code is None:
            raise invalid(field)
    return code


def price_ticks(field: str, price: str | int, scale: MarketScale) -> int:
    """Read a price, or a distance between prices, as ticks: 1 to the market's highest price.

    Raises:
        Problem: If it is no decimal, not on a tick, or out of range.
    """
    try:
        ticks = scale.parse_price(price if type(price) is str else str(price))
    except NotOnStepError as error:
        raise Problem("PRICE_NOT_ON_TICK", f"{field} {error}", field=field) from None
    except DecimalTextError as error:
        raise invalid(field, str(error)) from None
    if not 0 < ticks <= scale.market.price_max_ticks:
        most = scale.price(scale.market.price_max_ticks)
        raise Problem(
            "PRICE_OUT_OF_RANGE", f"{field} must be above 0 and at most {most}", field=field
        )
    return ticks


def quantity_lots(field: str, quantity: str | int, scale: MarketScale) -> int:
    """Read a quantity as lots, in the market's range.

    Raises:
        Problem: If it is no decimal, not on a lot, or out of range.
    """
    market = scale.market
    try:
        lots = scale.parse_quantity(quantity if type(quantity) is str else str(quantity))
    except NotOnStepError as error:
        raise Problem("QUANTITY_NOT_ON_LOT", f"{field} {error}", field=field) from None
    except DecimalTextError as error:
        raise invalid(field, str(error)) from None
    if not market.quantity_min_lots <= lots <= market.quantity_max_lots:
        raise Problem(
            "QUANTITY_OUT_OF_RANGE",
            f"{field} must be from {scale.quantity(market.quantity_min_lots)} to "
            f"{scale.quantity(market.quantity_max_lots)}",
            field=field,
        )
    return lots


def amount(field: str, value: str | int, asset: AssetDefinition) -> int:
    """Read an amount of an asset, above 0, in its smallest units.

    Raises:
        Problem: If it is no decimal, has too many decimals, or is out of range.
    """
    try:
        units = parse_units(value if type(value) is str else str(value), asset.decimals)
    except DecimalTextError as error:
        raise invalid(field, str(error)) from None
    if not 0 < units <= AMOUNT_MAX:
        raise Problem(
            "AMOUNT_OUT_OF_RANGE", f"{field} must be above 0 and fit a balance", field=field
        )
    return units


def price_ppm(field: str, text: str) -> int:
    """Read a fraction of a price as parts per million.

    Raises:
        Problem: If it is no decimal, or larger than a rule may be.
    """
    try:
        ppm = parse_units(text, FEE_DECIMALS)
    except DecimalTextError as error:
        raise invalid(field, str(error)) from None
    if ppm > PRICE_PPM_MAX:
        raise invalid(field, f"must be at most {PRICE_PPM_MAX // 10**FEE_DECIMALS}")
    return ppm
