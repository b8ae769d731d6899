"""Orders that ask for something special, changes, lists and batches that no client should send."""

from functools import partial
from typing import Any, Final

from gateway import examples
from tests.e2e.malformed_orders import CANCEL, PATCH_ORDER, POST_ORDER
from tests.e2e.malformed_request import HUGE, MalformedRequest, with_body
from tests.unit.gateway.orders import BUY

_post = partial(with_body, POST_ORDER)
_patch = partial(with_body, PATCH_ORDER)

_MARKET: Final[dict[str, Any]] = {
    **{k: v for k, v in BUY.items() if k != "price"},
    "type": "market",
}
_STOP: Final[dict[str, Any]] = {**_MARKET, "type": "stop_loss", "trigger_price": "120"}
_TRAILING: Final[dict[str, Any]] = {**_MARKET, "type": "trailing_stop", "trail_bps": 50}
_BY_AMOUNT: Final[dict[str, Any]] = {
    **{k: v for k, v in _MARKET.items() if k != "quantity"},
    "quote_amount": "1000.00",
}
_ICEBERG: Final[dict[str, Any]] = {**BUY, "display_quantity": "1"}
_GTD: Final[dict[str, Any]] = {**BUY, "time_in_force": "GTD", "expires_at": "2099-01-01"}
_AMEND: Final[dict[str, Any]] = {**CANCEL, "quantity": "6"}
_NO_DECIMALS: Final[list[Any]] = [None, True, 1.5, -1, [], {}, "", "abc", "-1", "1e3", "NaN", HUGE]
_NO_MOMENTS: Final[list[Any]] = [
    *(None, True, 1.5, -1, [], {}, "", "soon", "2024-13-01", "1969-12-31T23:59:59Z", "-1"),
    *("9999-12-31T23:59:59Z", 2**63, 10**16, HUGE),
]


def special_fields() -> list[MalformedRequest]:
    """Fields that few orders have, of a wrong type or not what they are."""
    wrong: list[tuple[dict[str, Any], str, list[Any]]] = [
        (_GTD, "expires_at", _NO_MOMENTS),
        (_ICEBERG, "display_quantity", _NO_DECIMALS),
        (_BY_AMOUNT, "quote_amount", [*_NO_DECIMALS, "0.001", "1000.001"]),
        (_STOP, "trigger_price", _NO_DECIMALS),
        (_TRAILING, "trail_bps", [None, True, 1.5, "50", -1, 0, 10_000, 2**64, [], {}]),
        (
            {k: v for k, v in _TRAILING.items() if k != "trail_bps"},
            "trail_amount",
            _NO_DECIMALS,
        ),
        # The Kelvin sign, which is a k in lower case.
        (_MARKET, "type", ["mar\u212aet", "MAR\u212aET"]),
        (
            BUY,
            "self_trade_prevention",
            [None, 1, True, [], "", "none", "account_default", "cancel"],
        ),
        ({**BUY, "post_only": True}, "slide", [None, 0, 1, "true", [], {}]),
    ]
    requests = [
        _post(f"{field} = {value!r:.30}", {**order, field: value}, 400, "INVALID_FIELD", field)
        for order, field, values in wrong
        for value in values
    ]
    for order, field, value, code in (
        (_STOP, "trigger_price", "100.01", "PRICE_NOT_ON_TICK"),
        (_STOP, "trigger_price", "0", "PRICE_OUT_OF_RANGE"),
        (_STOP, "trigger_price", "1000000.05", "PRICE_OUT_OF_RANGE"),
        (_STOP, "trigger_price", "9" * 40, "PRICE_OUT_OF_RANGE"),
        (_ICEBERG, "display_quantity", "0.5", "QUANTITY_NOT_ON_LOT"),
        (_ICEBERG, "display_quantity", "0", "QUANTITY_OUT_OF_RANGE"),
        (_BY_AMOUNT, "quote_amount", "0", "AMOUNT_OUT_OF_RANGE"),
        (_BY_AMOUNT, "quote_amount", str(2**62), "AMOUNT_OUT_OF_RANGE"),
        (_BY_AMOUNT, "quote_amount", "9" * 40, "AMOUNT_OUT_OF_RANGE"),
        (_GTD, "expires_at", "2000-01-01", "EXPIRY_IN_PAST"),
        (_GTD, "expires_at", 0, "EXPIRY_IN_PAST"),
        (_GTD, "expires_at", "0", "EXPIRY_IN_PAST"),
    ):
        requests.append(
            _post(f"{field} = {value!r:.20} too", {**order, field: value}, 422, code, field)
        )
    trail = {k: v for k, v in _TRAILING.items() if k != "trail_bps"}
    for text, code in (("0.01", "PRICE_NOT_ON_TICK"), ("0", "PRICE_OUT_OF_RANGE")):
        requests.append(
            _post(
                f"trail_amount {text}", {**trail, "trail_amount": text}, 422, code, "trail_amount"
            )
        )
    return requests


def special_rules() -> list[MalformedRequest]:
    """Fields that exclude each other, and fields that need others."""
    exclude: list[tuple[str, dict[str, Any], str]] = [
        ("slide alone", {**BUY, "slide": True}, "slide"),
        ("a moment without GTD", {**BUY, "expires_at": "2099-01-01"}, "expires_at"),
        ("a moment and DAY", {**_GTD, "time_in_force": "DAY"}, "expires_at"),
        ("iceberg that is IOC", {**_ICEBERG, "time_in_force": "IOC"}, "display_quantity"),
        ("iceberg that is FOK", {**_ICEBERG, "time_in_force": "FOK"}, "display_quantity"),
        ("market iceberg", {**_MARKET, "display_quantity": "1"}, "display_quantity"),
        ("iceberg that shows all", {**_ICEBERG, "display_quantity": "10"}, "display_quantity"),
        ("amount and quantity", {**_BY_AMOUNT, "quantity": "1"}, "quote_amount"),
        ("amount of a limit order", {**BUY, "quote_amount": "1000"}, "quote_amount"),
        ("amount that is FOK", {**_BY_AMOUNT, "time_in_force": "FOK"}, "quote_amount"),
        ("amount that waits", {**_STOP, "quote_amount": "1000"}, "quote_amount"),
        ("market order that is GTD", {**_MARKET, "time_in_force": "GTD"}, "time_in_force"),
        ("market order that is DAY", {**_MARKET, "time_in_force": "DAY"}, "time_in_force"),
        ("stop that is IOC", {**_STOP, "time_in_force": "IOC"}, "time_in_force"),
        ("stop that is FOK", {**_STOP, "time_in_force": "FOK"}, "time_in_force"),
        ("stop with a price", {**_STOP, "price": "100"}, "price"),
        ("stop with a trail", {**_STOP, "trail_bps": 5}, "trail_bps"),
        ("stop that makes", {**_STOP, "post_only": True}, "post_only"),
        (
            "stop limit that makes",
            {**_STOP, "type": "stop_loss_limit", "price": "100", "post_only": True},
            "post_only",
        ),
        ("trailing stop with a price", {**_TRAILING, "price": "100"}, "price"),
        (
            "trailing stop with a trigger price",
            {**_TRAILING, "trigger_price": "100"},
            "trigger_price",
        ),
        ("two trails", {**_TRAILING, "trail_amount": "1"}, "trail_bps"),
        ("limit order with a trigger", {**BUY, "trigger_price": "100"}, "trigger_price"),
        ("limit order with a trail", {**BUY, "trail_amount": "1"}, "trail_amount"),
    ]
    need: list[tuple[str, dict[str, Any], str]] = [
        ("neither quantity nor amount", {k: v for k, v in _MARKET.items() if k != "quantity"},
         "quantity"),
        ("GTD without a moment", {**BUY, "time_in_force": "GTD"}, "expires_at"),
        ("stop without a trigger", {**_MARKET, "type": "stop_loss"}, "trigger_price"),
        ("take-profit without one", {**_MARKET, "type": "take_profit"}, "trigger_price"),
        ("stop limit without a price", {**_STOP, "type": "stop_loss_limit"}, "price"),
        ("trailing stop without a trail", {**_MARKET, "type": "trailing_stop"}, "trail_amount"),
    ]  # fmt: skip
    return [
        *(_post(name, body, 400, "INVALID_FIELD", field) for name, body, field in exclude),
        *(_post(name, body, 400, "MISSING_FIELD", field) for name, body, field in need),
        _post("iceberg of one hundred and one", {**BUY, "quantity": "101", "display_quantity": "1"},
              422, "QUANTITY_OUT_OF_RANGE", None),
        _post("amount too small", {**_BY_AMOUNT, "quote_amount": "0.01"},
              422, "NOTIONAL_TOO_SMALL", None),
    ]  # fmt: skip


def amend_fields() -> list[MalformedRequest]:
    """Changes of an order."""
    wrong: dict[str, list[Any]] = {
        "market": [None, 7, [], {}],
        "order_id": [None, True, 1.5, [], {}, "", "first", "0", "-1", 0, -5, 2**62, HUGE],
        "user_id": [None, False, 2.5, {}, "", "me", "0", 0],
        "price": _NO_DECIMALS,
        "quantity": _NO_DECIMALS,
        "trigger_price": _NO_DECIMALS,
    }
    requests = [
        _patch(f"{field} = {value!r:.30}", {**_AMEND, field: value}, 400, "INVALID_FIELD", field)
        for field, values in wrong.items()
        for value in values
    ]
    for field in ("market", "order_id", "user_id"):
        rest = {name: value for name, value in _AMEND.items() if name != field}
        requests.append(_patch(f"without {field}", rest, 400, "MISSING_FIELD", field))
    for field, value, code in (
        ("price", "100.01", "PRICE_NOT_ON_TICK"),
        ("price", "0", "PRICE_OUT_OF_RANGE"),
        ("trigger_price", "0.01", "PRICE_NOT_ON_TICK"),
        ("trigger_price", "2000000", "PRICE_OUT_OF_RANGE"),
        ("quantity", "0.5", "QUANTITY_NOT_ON_LOT"),
        ("quantity", "0", "QUANTITY_OUT_OF_RANGE"),
        ("quantity", "1000001", "QUANTITY_OUT_OF_RANGE"),
    ):
        requests.append(_patch(f"{field} {value} too", {**_AMEND, field: value}, 422, code, field))
    both = {**_AMEND, "client_order_id": "a"}
    nobody = {**_AMEND, "order_id": str(2**61)}
    return [
        *requests,
        _patch("of nothing", CANCEL, 400, "MISSING_FIELD", "price"),
        _patch("by both names", both, 400, "INVALID_FIELD", "client_order_id"),
        _patch("with side", {**_AMEND, "side": "buy"}, 400, "UNKNOWN_FIELD", "side"),
        _patch("no market", {**_AMEND, "market": "NOPE"}, 404, "UNKNOWN_MARKET", "market"),
        _patch("no order", nobody, 404, "UNKNOWN_ORDER", None),
    ]


def list_fields() -> list[MalformedRequest]:
    """Orders inside of others: replacements, OCO and OTO."""
    replace = partial(with_body, "POST /api/v1/order/replace")
    oco = partial(with_body, "POST /api/v1/order/oco")
    oto = partial(with_body, "POST /api/v1/order/oto")
    stop = {**_STOP, "quantity": "10"}
    again: dict[str, Any] = {"order_id": "1", "order": BUY}
    pair: dict[str, Any] = {"orders": [BUY, stop]}
    after: dict[str, Any] = {"first": BUY, "then": [stop]}

    def bad(field: str, value: object) -> list[dict[str, Any]]:
        return [BUY, {**stop, field: value}]

    invalid = "INVALID_FIELD"
    return [
        replace("no order", {"order_id": "1"}, 400, "MISSING_FIELD", "order"),
        replace("an array", {**again, "order": []}, 400, invalid, "order"),
        replace("nothing to cancel", {"order": BUY}, 400, "MISSING_FIELD", "order_id"),
        replace("a bad side", {**again, "order": {**BUY, "side": 1}}, 400, invalid, "order.side"),
        replace("no side", {**again, "order": {"market": "TATA_INR"}}, 400, "MISSING_FIELD",
                "order.side"),
        replace("no price", {**again, "order": {**_MARKET, "type": "limit"}}, 400, "MISSING_FIELD",
                "order.price"),
        replace("an unknown field", {**again, "order": {**BUY, "x": 1}}, 400, "UNKNOWN_FIELD",
                "order.x"),
        replace("both names", {**again, "client_order_id": "a"}, 400, invalid, "client_order_id"),
        replace("no market", {**again, "order": {**BUY, "market": "NOPE"}}, 404, "UNKNOWN_MARKET",
                "market"),
        replace("no such order", {**again, "order_id": str(2**61)}, 404, "UNKNOWN_ORDER", None),
        oco("nothing", {}, 400, "MISSING_FIELD", "orders"),
        oco("one order", {"orders": [BUY]}, 400, invalid, "orders"),
        oco("three orders", {"orders": [BUY, stop, stop]}, 400, invalid, "orders"),
        oco("no array", {"orders": BUY}, 400, invalid, "orders"),
        oco("a number", {"orders": [BUY, 1]}, 400, invalid, "orders[1]"),
        oco("a bad price", {"orders": bad("trigger_price", "x")}, 400, invalid,
            "orders[1].trigger_price"),
        oco("a price off tick", {"orders": bad("trigger_price", "100.01")}, 422,
            "PRICE_NOT_ON_TICK", "orders[1].trigger_price"),
        oco("two markets", {"orders": bad("market", "BTC_USDT")}, 400, invalid, "orders[1].market"),
        oco("two users", {"orders": bad("user_id", "2")}, 400, invalid, "orders[1].user_id"),
        oco("two sides", {"orders": bad("side", "sell")}, 400, invalid, "orders[1].side"),
        oco("none that waits", {"orders": [BUY, BUY]}, 400, invalid, "orders[1].type"),
        oco("one that takes", {"orders": [{**BUY, "time_in_force": "IOC"}, stop]}, 400, invalid,
            "orders[0].type"),
        oco("one that slides", {"orders": [{**BUY, "post_only": True, "slide": True}, stop]}, 400,
            invalid, "orders[0].slide"),
        oco("a type", {**pair, "list_type": "oco"}, 400, "UNKNOWN_FIELD", "list_type"),
        oco("no market", {"orders": [{**one, "market": "NOPE"} for one in (BUY, stop)]}, 404,
            "UNKNOWN_MARKET", "market"),
        oto("nothing first", {"then": [stop]}, 400, "MISSING_FIELD", "first"),
        oto("nothing then", {"first": BUY}, 400, "MISSING_FIELD", "then"),
        oto("none then", {**after, "then": []}, 400, invalid, "then"),
        oto("three then", {**after, "then": [stop] * 3}, 400, invalid, "then"),
        oto("first waits", {**after, "first": stop}, 400, invalid, "first.type"),
        oto("two that rest", {**after, "then": [BUY, BUY]}, 400, invalid, "then[1].type"),
        oto("two sides", {**after, "then": bad("side", "sell")}, 400, invalid, "then[1].side"),
        oto("a bad quantity", {**after, "then": [{**stop, "quantity": "0.5"}]}, 422,
            "QUANTITY_NOT_ON_LOT", "then[0].quantity"),
        oto("a user twice", {**after, "then": [{**stop, "user_id": 0}]}, 400, invalid,
            "then[0].user_id"),
    ]  # fmt: skip


def several_fields() -> list[MalformedRequest]:
    """Batches as a whole, cancelling all, and the dead man's switch."""
    place = partial(with_body, "POST /api/v1/orders/batch")
    cancel = partial(with_body, "DELETE /api/v1/orders/batch")
    everything = partial(with_body, "DELETE /api/v1/orders")
    switch = partial(with_body, "POST /api/v1/orders/cancel-all-after")
    invalid, user = "INVALID_FIELD", {"user_id": "1"}
    requests = [
        place("nothing", {}, 400, "MISSING_FIELD", "orders"),
        place("none", {"orders": []}, 400, invalid, "orders"),
        place("101", {"orders": [BUY] * 101}, 400, invalid, "orders"),
        place("no array", {"orders": {}}, 400, invalid, "orders"),
        place("a null", {"orders": [BUY, None]}, 400, invalid, "orders[1]"),
        place("a bad type", {"orders": [BUY, {**BUY, "post_only": "yes"}]}, 400, invalid,
              "orders[1].post_only"),
        place("no side", {"orders": [{"market": "TATA_INR"}]}, 400, "MISSING_FIELD",
              "orders[0].side"),
        place("an unknown field", {"orders": [BUY, {**BUY, "x": 1}]}, 400, "UNKNOWN_FIELD",
              "orders[1].x"),
        place("too large", {"orders": [{**BUY, "market": "A" * 140_000}]}, 413, "BODY_TOO_LARGE",
              None),
        cancel("nothing", {}, 400, "MISSING_FIELD", "orders"),
        cancel("101", {"orders": [examples.CANCEL_ORDER] * 101}, 400, invalid, "orders"),
        cancel("a bad id", {"orders": [{**CANCEL, "order_id": 1.5}]}, 400, invalid,
               "orders[0].order_id"),
        everything("nobody's", {"market": "TATA_INR"}, 400, "MISSING_FIELD", "user_id"),
        everything("a bad side", {**user, "side": "both"}, 400, invalid, "side"),
        everything("no market", {**user, "market": "NOPE"}, 404, "UNKNOWN_MARKET", "market"),
        everything("an order", {**user, "order_id": "1"}, 400, "UNKNOWN_FIELD", "order_id"),
        switch("no time", user, 400, "MISSING_FIELD", "timeout_ms"),
        switch("no user", {"timeout_ms": 1000}, 400, "MISSING_FIELD", "user_id"),
    ]  # fmt: skip
    requests += [
        switch(f"{value!r:.20}", {**user, "timeout_ms": value}, 400, invalid, "timeout_ms")
        for value in (None, True, "1000", 1.5, -1, 86_400_001, 2**70, [])
    ]
    return requests
