"""Transfers, and words of operators, that should never be sent."""

from functools import partial
from typing import Any, Final

from gateway import examples
from tests.e2e.malformed_request import HUGE, MalformedRequest, with_body

_INVALID: Final = "INVALID_FIELD"
_STATES: Final = "PATCH /api/v1/admin/markets/TATA_INR/"
# GOLD is an asset that there is not.
_KNOWN: Final[dict[str, Any]] = {**examples.DEFINE_MARKET, "base": "TATA"}


def money_fields() -> list[MalformedRequest]:
    """Transfers with fields that are missing, unknown, or not what they are."""
    wrong: dict[str, list[Any]] = {
        "asset": [None, 1, [], {}],
        "amount": [None, True, 1.5, -1, [], {}, "", "abc", "-1", "1e3", "0.001", "NaN", HUGE],
        "reference": [
            None,
            1,
            [],
            "",
            "a b",
            "a/b",
            "x" * 65,
            "ä",
            "\x00",
            "deposits",
            ".",
            "..",
            "...",
        ],
        "user_id": [None, True, 1.0, [], "", "me", "0", 0, -1, 2**62, HUGE],
    }
    requests = []
    for path, body in (
        ("", examples.MAKE_TRANSFER),
        ("/deposits", examples.REQUEST_DEPOSIT),
        ("/withdrawals", examples.REQUEST_WITHDRAWAL),
    ):
        call = partial(with_body, f"POST /api/v1/transfers{path}")
        requests += [
            call(f"{field} = {value!r:.30}", {**body, field: value}, 400, _INVALID, field)
            for field, values in wrong.items()
            for value in values
        ]
        for field in body:
            rest = {name: value for name, value in body.items() if name != field}
            requests.append(call(f"without {field}", rest, 400, "MISSING_FIELD", field))
        requests += [
            call("with x", {**body, "x": 1}, 400, "UNKNOWN_FIELD", "x"),
            call("no asset", {**body, "asset": "NOPE"}, 404, "UNKNOWN_ASSET", "asset"),
            call("nothing", {**body, "amount": 0}, 422, "AMOUNT_OUT_OF_RANGE", "amount"),
            call("all", {**body, "amount": str(2**62)}, 422, "AMOUNT_OUT_OF_RANGE", "amount"),
        ]
    transfer = partial(with_body, "POST /api/v1/transfers")
    for value in (None, "", "0", "me", 2**62):
        body = {**examples.MAKE_TRANSFER, "to_user_id": value}
        requests.append(transfer(f"to {value!r:.20}", body, 400, _INVALID, "to_user_id"))
    oneself = {**examples.MAKE_TRANSFER, "to_user_id": "1"}
    requests.append(transfer("to oneself", oneself, 422, "INVALID_TRANSFER", None))
    for step in ("confirm", "reject"):
        settle = partial(with_body, f"POST /api/v1/transfers/nobody-s/{step}")
        requests += [
            settle("unknown", {}, 404, "UNKNOWN_TRANSFER", "reference"),
            settle("with x", {"x": 1}, 400, "UNKNOWN_FIELD", "x"),
        ]
        bad = partial(with_body, f"POST /api/v1/transfers/a%20b/{step}")
        requests.append(bad("bad name", {}, 400, _INVALID, "reference"))
    return requests


def operator_fields() -> list[MalformedRequest]:
    """What an operator may not say, each a single change of what the documents show."""
    requests: list[MalformedRequest] = []
    for call, body, changes in (
        ("POST /api/v1/admin/assets", examples.DEFINE_ASSET, _ASSET_CHANGES),
        ("POST /api/v1/admin/markets", _KNOWN, _MARKET_CHANGES),
        ("PATCH /api/v1/admin/assets/INR", examples.FREEZE_ASSET, {"is_frozen": [None, 1, "true"]}),
        (f"{_STATES}state", examples.SET_STATE, _STATE_CHANGES),
        (f"{_STATES}rules", examples.SET_RULES, _RULE_CHANGES),
        (f"{_STATES}reference-price", examples.SET_REFERENCE_PRICE, {"price": [None, "x", 1.5]}),
        (f"{_STATES}fees", examples.SET_FEES, _FEE_CHANGES),
        ("PATCH /api/v1/admin/accounts/1", examples.SET_ACCOUNT, _ACCOUNT_CHANGES),
        ("POST /api/v1/admin/fees/collect", examples.COLLECT_FEES, {"amount": ["", "0.001"]}),
    ):
        for field, values in changes.items():
            for value in values:
                changed = {**body, field: value}
                name = f"{field} = {value!r:.30}"
                requests.append(with_body(call, name, changed, 400, _INVALID, field))
        requests.append(with_body(call, "with x", {**body, "x": "1"}, 400, "UNKNOWN_FIELD", "x"))
    return [*requests, *_operator_rules()]


_ASSET_CHANGES: Final[dict[str, list[Any]]] = {
    "asset": [None, 1, "", "gold", "GO LD", "A" * 33, "GÖLD"],
    "decimals": [None, True, -1, 19, "3", 1.5],
}
_MARKET_CHANGES: Final[dict[str, list[Any]]] = {
    "market": [None, "", "gold_inr", "A" * 33],
    "tick_size": [None, 1, "", "0", "-1", "x", "0." + "0" * 18 + "1", "9" * 41],
    "lot_size": ["0", "x", HUGE],
    "max_price": ["0", "0.5", "1.001", "9" * 40],
    "min_quantity": ["0", "0.001"],
    "max_quantity": ["", "0.001"],
    "min_notional": ["-1", "0.001", "9" * 40],
    "maker_fee": ["", "-", "--0.1", "1.1", "-1.1", "0.0000001"],
    "taker_fee": ["-0.1", "1.1", "x"],
}
_STATE_CHANGES: Final[dict[str, list[Any]]] = {
    "state": [None, 1, "", "open", "auctions"],
    "duration_ms": [None, "1000", -1, 86_400_001, 1.5],
}
_RULE_CHANGES: Final[dict[str, list[Any]]] = {
    "price_band": [None, 1, "", "x", "-0.1", "10.000001", "0.0000001"],
    "market_order_collar": ["11", "1e-3"],
    "volatility_limit": ["11", " "],
    "auction_ms": [None, "1", -1, 86_400_001],
    "reference_ms": [None, "1", -1, 86_400_001],
    "max_open_orders": [None, "1", -1, 10**9],
    "max_stop_orders": [None, "1", -1, 10**9],
}
_FEE_CHANGES: Final[dict[str, list[Any]]] = {
    "tier": [None, "1", -1, 100],
    "maker_fee": [None, 0, "", "1.1", "-1.1"],
    "taker_fee": [None, 0, "-0.1", "1.1"],
}
_ACCOUNT_CHANGES: Final[dict[str, list[Any]]] = {
    "tier": [None, "1", -1, 100],
    "group_id": [None, "x", -1, 2**62, 1.5],
    "self_trade_prevention": [None, "", "account_default", 1],
    "is_frozen": [None, 0, "no"],
}


def _operator_rules() -> list[MalformedRequest]:
    """Names that there are not, and fields that do not fit together."""
    market = partial(with_body, "POST /api/v1/admin/markets")
    asset = partial(with_body, "POST /api/v1/admin/assets")
    state = partial(with_body, f"{_STATES}state")
    price = partial(with_body, f"{_STATES}reference-price")
    define, known = examples.DEFINE_MARKET, _KNOWN
    inr = {"asset": "INR", "decimals": 3}
    requests = [
        asset("that exists", inr, 409, "ALREADY_DEFINED", "asset"),
        market("no base", define, 404, "UNKNOWN_ASSET", "base"),
        market("no quote", {**known, "quote": "NOPE"}, 404, "UNKNOWN_ASSET", "quote"),
        market(
            "that exists", {**known, "market": "TATA_INR"}, 409, "ALREADY_DEFINED", "market"
        ),
        market("lots too fine", known, 422, "INVALID_DEFINITION", None),
        state("an end", {"state": "halted", "duration_ms": 1}, 400, _INVALID, "duration_ms"),
        price("off tick", {"price": "100.01"}, 422, "PRICE_NOT_ON_TICK", "price"),
        price("too high", {"price": "1000000.05"}, 422, "PRICE_OUT_OF_RANGE", "price"),
        with_body(f"{_STATES}rules", "none", {}, 400, "MISSING_FIELD", "price_band"),
        with_body("PATCH /api/v1/admin/accounts/1", "none", {}, 400, "MISSING_FIELD", "tier"),
        with_body(
            "PATCH /api/v1/admin/accounts/me", "nobody", {"tier": 1}, 400, _INVALID, "user_id"
        ),
        with_body(
            "PATCH /api/v1/admin/assets/NOPE",
            "nothing", examples.FREEZE_ASSET, 404, "UNKNOWN_ASSET", "asset",
        ),
        with_body(
            f"{_STATES}rules", "halt without auction",
            {"volatility_limit": "0.1"}, 422, "INVALID_RULES", None,
        ),
        with_body(
            f"{_STATES}fees", "rebate above fee",
            {"maker_fee": "-0.9", "taker_fee": "0.1"}, 422, "INVALID_FEES", None,
        ),
    ]  # fmt: skip
    for last in ("state", "rules", "reference-price", "fees"):
        body = {
            "state": examples.SET_STATE,
            "rules": examples.SET_RULES,
            "reference-price": examples.SET_REFERENCE_PRICE,
            "fees": examples.SET_FEES,
        }[last]
        call = f"PATCH /api/v1/admin/markets/NOPE/{last}"
        requests.append(with_body(call, "no market", body, 404, "UNKNOWN_MARKET", "market"))
    return requests
