"""Reads bodies and query strings into forms, and says what is wrong with those that do not fit.

msgspec decodes, checks types and refuses unknown fields, in C; only a failure costs more. What it
does not do is refuse a field that is given twice, on which readers of JSON disagree. Most bodies
are read a second time to look for one. Not so those of the hot path (`read_body`), where the
commas are counted: their forms are flat objects, and a text that is valid in them has no comma,
so an object with n commas has n + 1 fields. Only where that is more than the form counts, the
slow path looks whether one came twice.
"""

import datetime
import json
import re
from collections.abc import Mapping
from typing import Final, Protocol, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from proto.api.forms.fields import ORDER_TYPES, SELF_TRADE_MODES
from proto.api.problems import Problem, shown
from proto.codes import MARKET_STATE_NAMES, TIME_IN_FORCE_NAMES
from proto.intervals import MILLISECOND_NS
from proto.limits import (
    BASIS_POINTS_MAX,
    DECIMALS_MAX,
    INTEGER_MAX,
    OPEN_ORDERS_PER_USER_MAX,
    STOP_ORDERS_PER_USER_MAX,
    TIER_MAX,
    TIMEOUT_MS_MAX,
)

EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND: Final = datetime.timedelta(microseconds=1)

# Messages of msgspec, which have been the same for years; the tests hold each of them.
_AT_PLACE: Final = re.compile(r"(.*) - at `\$\.?([^`]*)`", re.DOTALL)
_MISSING: Final = re.compile(r"Object missing required field `(.*)`")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_BOUND: Final = re.compile(r"Expected `(int|array)`(?: of length)? ([<>])= (\d+)")
_KIND: Final = re.compile(r"Expected `([^`]*)`, got `[^`]*`")
# A field or an element, without what is inside of it that should not be.
_FIELD: Final = re.compile(r"(?:[a-z_]+\[\d+\]\.|[a-z_]+\.)*[a-z_]+(?:\[\d+\])?")
_KINDS: Final = {
    "array": "an array",
    "object": "an object",
    "int": "a whole number",
    "str": "text",
    "bool": "true or false",
}

_DECIMAL_RULE: Final = (
    'must be decimal text such as "100.25" or a whole number; a JSON number with a point or an '
    "exponent is refused because it does not say exactly which decimal it means"
)
_TIMEOUT_RULE: Final = f"must be a whole number of milliseconds, at most {TIMEOUT_MS_MAX}"
_MOMENT_RULE: Final = "must be ISO 8601 such as 2024-01-01T00:00:00Z, or milliseconds since 1970"
_DECIMAL_TEXT_RULE: Final = 'must be decimal text such as "0.05"'
_ASSET_RULE: Final = 'must be the name of an asset, as text such as "INR"'
_FRACTION_RULE: Final = 'must be a fraction as decimal text such as "0.001"'
_RULES: Final = {
    "market": 'must be the name of a market, as text such as "TATA_INR"',
    "asset": _ASSET_RULE,
    "base": _ASSET_RULE,
    "quote": _ASSET_RULE,
    "side": 'must be "buy" or "sell"',
    "type": f"must be one of {', '.join(ORDER_TYPES)}",
    "time_in_force": f"must be one of {', '.join(TIME_IN_FORCE_NAMES.values())}",
    "self_trade_prevention": f"must be one of {', '.join(SELF_TRADE_MODES)}",
    "state": f"must be one of {', '.join(MARKET_STATE_NAMES.values())}",
    "post_only": "must be true or false",
    "slide": "must be true or false",
    "is_frozen": "must be true or false",
    "price": _DECIMAL_RULE,
    "quantity": _DECIMAL_RULE,
    "display_quantity": _DECIMAL_RULE,
    "quote_amount": _DECIMAL_RULE,
    "trigger_price": _DECIMAL_RULE,
    "trail_amount": _DECIMAL_RULE,
    "amount": _DECIMAL_RULE,
    "tick_size": _DECIMAL_TEXT_RULE,
    "lot_size": _DECIMAL_TEXT_RULE,
    "max_price": _DECIMAL_TEXT_RULE,
    "min_quantity": _DECIMAL_TEXT_RULE,
    "max_quantity": _DECIMAL_TEXT_RULE,
    "min_notional": _DECIMAL_TEXT_RULE,
    "expires_at": _MOMENT_RULE,
    "trail_bps": f"must be a whole number from 1 to {BASIS_POINTS_MAX}",
    "timeout_ms": _TIMEOUT_RULE,
    "duration_ms": _TIMEOUT_RULE,
    "auction_ms": _TIMEOUT_RULE,
    "reference_ms": _TIMEOUT_RULE,
    "client_order_id": "must be text of 1 to 36 letters, digits and any of . _ : -",
    "reference": (
        "must be text of 1 to 64 letters, digits and any of . _ : -, but not dots alone, and not "
        "deposits or withdrawals: it is part of an address, which these cannot be"
    ),
    "user_id": f"must be a whole number from 1 to {INTEGER_MAX}, as digits in text or as a number",
    "to_user_id": (
        f"must be a whole number from 1 to {INTEGER_MAX}, as digits in text or as a number"
    ),
    "group_id": f"must be a whole number from 0 (for none) to {INTEGER_MAX}, as digits",
    "order_id": "must be the digits of an order_id",
    "max_open_orders": f"must be a whole number from 0 to {OPEN_ORDERS_PER_USER_MAX}",
    "max_stop_orders": f"must be a whole number from 0 to {STOP_ORDERS_PER_USER_MAX}",
    "tier": f"must be a whole number from 0 to {TIER_MAX}",
    "decimals": f"must be a whole number from 0 to {DECIMALS_MAX}",
    "maker_fee": f"{_FRACTION_RULE}, with a - for a rebate",
    "taker_fee": _FRACTION_RULE,
    "price_band": _FRACTION_RULE,
    "market_order_collar": _FRACTION_RULE,
    "volatility_limit": _FRACTION_RULE,
}


class Form(Protocol):
    """A flat form that a JSON body is read into on the hot path."""

    def given(self) -> int:
        """Count the fields that were given, or fewer: those that are common."""
        ...


FormT = TypeVar("FormT", bound=Form)
NestedT = TypeVar("NestedT", bound=msgspec.Struct)
ParametersT = TypeVar("ParametersT", bound=msgspec.Struct)


def read_body(decoder: "msgspec.json.Decoder[FormT]", body: bytes) -> FormT:
    """Read a JSON body.

    Raises:
        Problem: If it is not well-formed JSON, or not the form.
    """
    try:
        form = decoder.decode(body)
    # Text that is not UTF-8 and nesting without end surface as the two built-in errors.
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _body_problem(error, body, decoder.type) from None
    if body.count(b",") >= form.given():
        _refuse_duplicates(body)
    return form


def read_nested_body(decoder: "msgspec.json.Decoder[NestedT]", body: bytes) -> NestedT:
    """Read a JSON body in which objects may be part of others.

    Raises:
        Problem: If it is not well-formed JSON, or not the form.
    """
    try:
        form = decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _body_problem(error, body, decoder.type) from None
    _refuse_duplicates(body)
    return form


def read_parameters(
    parameters: Mapping[str, str | list[str]], form: type[ParametersT]
) -> ParametersT:
    """Read the parameters of a query string.

    Raises:
        Problem: If a parameter is unknown, missing, empty, given twice, or not in bounds.
    """
    for name, value in parameters.items():
        if isinstance(value, list):
            raise Problem("DUPLICATE_FIELD", f"{shown(name)!r} is given twice", field=shown(name))
        if name in form.__struct_fields__ and not value:
            raise Problem("INVALID_FIELD", f"{name} is empty", field=name)
        # The lax conversion below would also take 1e2 and 10.0.
        if name == "limit" and not (value.isascii() and value.isdigit()):
            raise Problem("INVALID_FIELD", "limit must be a whole number in digits", field=name)
    try:
        return msgspec.convert(parameters, form, strict=False)
    except msgspec.ValidationError as error:
        raise _field_problem(str(error), form) from None


def identifier(field: str, value: str | int) -> int:
    """Read an identifier that is given as digits in text, or as a JSON integer.

    Returns:
        The identifier: 1..INTEGER_MAX.

    Raises:
        Problem: If it is not one.
    """
    if isinstance(value, str):
        # 19 digits hold INTEGER_MAX; longer text is not worth parsing.
        number = int(value) if value.isascii() and value.isdigit() and len(value) <= 19 else 0
    else:
        number = value
    if not 1 <= number <= INTEGER_MAX:
        raise Problem(
            "INVALID_FIELD",
            f"{field} must be a whole number from 1 to {INTEGER_MAX}, in digits",
            field=field,
        )
    return number


def moment_ns(field: str, text: str | int | UnsetType) -> int | None:
    """Read a moment: ISO 8601, or milliseconds since 1970.

    Returns:
        Nanoseconds since 1970, or None where it is not given.

    Raises:
        Problem: If it is neither, or out of range.
    """
    if text is UNSET:
        return None
    if isinstance(text, int):
        timestamp_ns = text * MILLISECOND_NS
    elif text.isascii() and text.isdigit() and len(text) <= 19:
        timestamp_ns = int(text) * MILLISECOND_NS
    else:
        timestamp_ns = _iso_ns(field, text)
    if not 0 <= timestamp_ns <= INTEGER_MAX:
        raise Problem("INVALID_FIELD", f"{field} must be from 1970 to 2116", field=field)
    return timestamp_ns


def one_of(market: str | UnsetType, symbol: str | UnsetType) -> str:
    """Return the market that a query names as `market` or as `symbol`.

    Raises:
        Problem: If it names none, or two.
    """
    if market is UNSET:
        if symbol is UNSET:
            raise missing("market")
        return symbol
    if symbol is not UNSET:
        raise Problem(
            "INVALID_FIELD", "give market or symbol, not both: they are the same", field="symbol"
        )
    return market


def missing(field: str) -> Problem:
    """Say that a required field is missing."""
    return Problem("MISSING_FIELD", f"{field} is required", field=field)


def invalid(field: str, rule: str | None = None) -> Problem:
    """Say that a field breaks a rule: the one given, or the field's general one."""
    return Problem("INVALID_FIELD", f"{field} {rule or _RULES[field]}", field=field)


def _iso_ns(field: str, text: str) -> int:
    try:
        moment = datetime.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=datetime.UTC)
        return (moment - EPOCH) // _MICROSECOND * 1_000
    except (ValueError, OverflowError):
        raise Problem(
            "INVALID_FIELD",
            f"{field} must be ISO 8601 such as 2024-01-01T00:00:00Z (a + in an offset is written "
            "%2B in a query string), or milliseconds since 1970",
            field=field,
        ) from None


def _body_problem(error: Exception, body: bytes, form: object) -> Problem:
    if not body:
        return Problem("MALFORMED_JSON", "the body is empty; it must be a JSON object")
    if isinstance(error, msgspec.ValidationError):
        return _field_problem(str(error), form)
    if isinstance(error, UnicodeDecodeError):
        return Problem("MALFORMED_JSON", "the body has text that is not UTF-8")
    if isinstance(error, RecursionError):
        return Problem("MALFORMED_JSON", "the body is nested too deep")
    return Problem("MALFORMED_JSON", str(error))


def _not_a_field(name: str, place: str, form: object) -> str:
    """Say that there is no such field, and which there are where it stood."""
    text = f"{name!r} is not a field of this call"
    if _FIELD.match(place) is not None or not isinstance(form, type):
        return text
    known = msgspec.structs.fields(form) if issubclass(form, msgspec.Struct) else ()
    names = ", ".join(field.encode_name for field in known)
    return f"{text}, which takes {names}" if names else f"{text}, which takes none"


def _field_problem(message: str, form: object) -> Problem:
    expectation, place = message, ""
    at = _AT_PLACE.fullmatch(message)
    if at is not None:
        expectation, place = at[1], at[2]
    unknown = _UNKNOWN.fullmatch(expectation)
    if unknown is not None:
        name = shown(_joined(place, unknown[1]))
        return Problem("UNKNOWN_FIELD", _not_a_field(name, place, form), field=name)
    absent = _MISSING.fullmatch(expectation)
    if absent is not None:
        return missing(_joined(place, absent[1]))
    found = _FIELD.match(place)
    if found is None:
        return Problem("MALFORMED_JSON", f"the body must be a JSON object: {message}")
    field = found[0]
    rule = _RULES.get(field.rpartition(".")[2]) or _in_words(expectation)
    return Problem("INVALID_FIELD", f"{field} {rule}", field=field)


def _in_words(expectation: str) -> str:
    """Turn what msgspec expects of a field into a rule."""
    bound = _BOUND.fullmatch(expectation)
    if bound is not None:
        most = f"at {'most' if bound[2] == '<' else 'least'} {bound[3]}"
        elements = "element" if bound[3] == "1" else "elements"
        return f"must have {most} {elements}" if bound[1] == "array" else f"must be {most}"
    kind = _KIND.fullmatch(expectation)
    if kind is not None:
        return f"must be {' or '.join(_KINDS.get(word, word) for word in kind[1].split(' | '))}"
    return f"is not as it must be: {expectation}"


def _joined(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


class _Object(list[tuple[str, object]]):
    """A JSON object with all its fields, also those that are given twice."""


def _refuse_duplicates(body: bytes) -> None:
    _refuse_duplicates_in(json.loads(body, object_pairs_hook=_Object), "")


def _refuse_duplicates_in(value: object, place: str) -> None:
    """Look at objects inside of each other; the form, which was read, says how deep that goes."""
    if isinstance(value, _Object):
        seen: set[str] = set()
        for name, inner in value:
            field = _joined(place, name)
            if name in seen:
                raise Problem("DUPLICATE_FIELD", f"{field} is given twice", field=field)
            seen.add(name)
            _refuse_duplicates_in(inner, field)
    elif isinstance(value, list):
        for number, element in enumerate(value):
            _refuse_duplicates_in(element, f"{place}[{number}]")
