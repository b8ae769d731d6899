"""Orders and cancellations that no client should send."""

from functools import partial
from typing import Any, Final

from gateway import examples
from tests.e2e.malformed_request import HUGE, JSON, MalformedRequest, with_body
from tests.unit.gateway.orders import BUY

CANCEL: Final[dict[str, Any]] = {**examples.CANCEL_ORDER, "order_id": "1"}
POST_ORDER: Final = "POST /api/v1/order"
DELETE_ORDER: Final = "DELETE /api/v1/order"
PATCH_ORDER: Final = "PATCH /api/v1/order"

_post = partial(with_body, POST_ORDER)
_delete = partial(with_body, DELETE_ORDER)


def order_fields() -> list[MalformedRequest]:
    """Fields of POST /order that are missing, unknown, of a wrong type, or not what they are."""
    wrong: dict[str, list[Any]] = {
        "market": [None, 1, True, 1.5, [], {}, ["TATA_INR"]],
        "side": [None, 1, True, [], {}, "", "hold", "buy ", "b"],
        "price": [None, True, 1.5, 1e300, -1, -0.5, [], {}, "", " ", "abc", "-1", "+1", "1e3", "."],
        "quantity": [None, False, 0.1, -7, [], {}, "", "ten", "-10", "0x10", "1 0", "1_0", ".."],
        "type": [None, 1, [], "", "stop", "Limit Order"],
        "time_in_force": [None, 1, {}, "", "GTX", "DAYS"],
        "post_only": [None, 0, 1, "true", [], {}],
        "client_order_id": [None, 1, [], "", "x" * 37, "a b", "a/b", "ä", "a\n", "\x00"],
        "user_id": [None, True, 1.0, [], {}, "", "me", "0", "-1", "1.0", 0, -1, 2**62, HUGE],
    }
    requests = [
        _post(f"{field} = {value!r:.30}", {**BUY, field: value}, 400, "INVALID_FIELD", field)
        for field, values in wrong.items()
        for value in values
    ]
    for text in (
        "NaN",
        "Infinity",
        "-Infinity",
        "1,5",
        "\uff11\uff10\uff10",
        "1" * 41,
        HUGE,
        "0" * 41,
    ):
        for field in ("price", "quantity"):
            requests.append(
                _post(f"{field} {text:.20}", {**BUY, field: text}, 400, "INVALID_FIELD", field)
            )
    for field in ("market", "side", "price", "quantity", "user_id"):
        rest = {name: value for name, value in BUY.items() if name != field}
        requests.append(_post(f"without {field}", rest, 400, "MISSING_FIELD", field))
    for field in ("x", "Market", "symbol", "order_id", "status", "fee", "amount", ""):
        requests.append(_post(f"with {field!r}", {**BUY, field: "1"}, 400, "UNKNOWN_FIELD", field))
    for text in ("100.01", "0.01", "100.050001", "1.000000000000000001"):
        requests.append(
            _post(f"price {text}", {**BUY, "price": text}, 422, "PRICE_NOT_ON_TICK", "price")
        )
    for text in ("0.5", "1.1", "10.00000001"):
        requests.append(
            _post(
                f"quantity {text}",
                {**BUY, "quantity": text},
                422,
                "QUANTITY_NOT_ON_LOT",
                "quantity",
            )
        )
    for price in ("0", "0.00", 0, "1000000.05", "9" * 40, int("9" * 39)):
        requests.append(
            _post(
                f"price {price!r:.12} is out of range",
                {**BUY, "price": price},
                422,
                "PRICE_OUT_OF_RANGE",
                "price",
            )
        )
    for quantity in ("0", 0, "0.0", "1000001", "9" * 40, 2**80):
        requests.append(
            _post(
                f"quantity {quantity!r:.12} is out of range",
                {**BUY, "quantity": quantity},
                422,
                "QUANTITY_OUT_OF_RANGE",
                "quantity",
            )
        )
    for market in ("", "NOPE", "tata_inr", "TATA-INR", "TATA_INR ", "'; drop table trades", HUGE):
        requests.append(
            _post(
                f"market {market:.20}", {**BUY, "market": market}, 404, "UNKNOWN_MARKET", "market"
            )
        )
    return requests


def order_rules() -> list[MalformedRequest]:
    """Fields that do not fit together."""
    market_order = {name: value for name, value in BUY.items() if name != "price"}
    market_order["type"] = "market"
    return [
        _post(
            "market order with a price", {**BUY, "type": "market"}, 400, "INVALID_FIELD", "price"
        ),
        _post(
            "market order that rests",
            {**market_order, "time_in_force": "GTC"},
            400,
            "INVALID_FIELD",
            "time_in_force",
        ),
        _post(
            "market order that makes",
            {**market_order, "post_only": True},
            400,
            "INVALID_FIELD",
            "post_only",
        ),
        _post(
            "post-only IOC",
            {**BUY, "time_in_force": "IOC", "post_only": True},
            400,
            "INVALID_FIELD",
            "post_only",
        ),
        _post(
            "post-only FOK",
            {**BUY, "time_in_force": "FOK", "post_only": True},
            400,
            "INVALID_FIELD",
            "post_only",
        ),
        _post(
            "notional too small",
            {**BUY, "price": "0.05", "quantity": "1"},
            422,
            "NOTIONAL_TOO_SMALL",
            None,
        ),
    ]


def cancel_fields() -> list[MalformedRequest]:
    wrong: dict[str, list[Any]] = {
        "market": [None, 7, [], {}],
        "order_id": [None, True, 1.5, [], {}, "", "first", "0", "-1", 0, -5, 2**62, HUGE],
        "user_id": [None, False, 2.5, {}, "", "me", "0", 0],
    }
    requests = [
        _delete(f"{field} = {value!r:.30}", {**CANCEL, field: value}, 400, "INVALID_FIELD", field)
        for field, values in wrong.items()
        for value in values
    ]
    for field in ("market", "order_id", "user_id"):
        rest = {name: value for name, value in CANCEL.items() if name != field}
        requests.append(_delete(f"without {field}", rest, 400, "MISSING_FIELD", field))
    by_name = {"market": "TATA_INR", "user_id": "1"}
    for name in ("", "a b", "x" * 37, 5):
        requests.append(
            _delete(
                f"client_order_id {name!r:.10}",
                {**by_name, "client_order_id": name},
                400,
                "INVALID_FIELD",
                "client_order_id",
            )
        )
    requests += [
        _delete(
            "by both names",
            {**CANCEL, "client_order_id": "a"},
            400,
            "INVALID_FIELD",
            "client_order_id",
        ),
        _delete("with x", {**CANCEL, "x": 1}, 400, "UNKNOWN_FIELD", "x"),
        _delete("no market", {**CANCEL, "market": "NOPE"}, 404, "UNKNOWN_MARKET", "market"),
        _delete("no order", {**CANCEL, "order_id": str(2**61)}, 404, "UNKNOWN_ORDER", None),
        MalformedRequest(
            f"{DELETE_ORDER} fields here and there",
            "DELETE",
            "/api/v1/order?market=TATA_INR",
            400,
            "INVALID_FIELD",
            "market",
            b'{"order_id":"1","user_id":"1"}',
            JSON,
        ),
    ]
    return requests
