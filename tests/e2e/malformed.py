"""Requests that no client should send, over every call, each with the problem that it must get.

The table is data: `tests/unit/gateway` runs it against the application, `tests/e2e` over a real
socket. It assumes the markets of markets.toml and a matcher that is up; nothing in it depends on
history or on anybody's balance, and nothing in it may change anything.
"""

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway import examples
from tests.unit.gateway.orders import BUY

CANCEL: dict[str, Any] = {**examples.CANCEL_ORDER, "order_id": "1"}
JSON = (("Content-Type", "application/json"),)
HUGE = "9" * 400
POST_ORDER = "POST /api/v1/order"
DELETE_ORDER = "DELETE /api/v1/order"


@dataclass(frozen=True)
class MalformedRequest:
    """A request, and the problem that it must get.

    Attributes:
        name: Unique, for people.
        method: HTTP method.
        target: Address and query string.
        status: Status of the answer.
        code: Code of the problem.
        field: Field that the problem must name; None where it need not.
        body: Body.
        headers: Headers, apart from those that HTTP itself needs.
    """

    name: str
    method: str
    target: str
    status: int
    code: str
    field: str | None = None
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def malformed_requests() -> list[MalformedRequest]:
    """Return the table."""
    return [
        *_order_fields(),
        *_order_rules(),
        *_cancel_fields(),
        *_bodies(POST_ORDER, BUY),
        *_bodies(DELETE_ORDER, CANCEL),
        *_queries(),
        *_addresses(),
    ]


def malformed_bytes() -> list[bytes]:
    """Return what is not HTTP at all; each must get a MALFORMED_REQUEST and a closed connection."""
    return [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"\xff\xfe\xfd" * 100 + b"\r\n\r\n",
        b"HELLO\r\n\r\n",
        b"BREW /api/v1/order HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/depth?market=\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/time HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET http://nowhere HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /api/v1/order HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"POST /api/v1/order HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /api/v1/time HTTP/1.1\r\nno colon here\r\n\r\n",
    ]


def _with_body(
    call: str, name: str, body: dict[str, Any], status: int, code: str, field: str | None
) -> MalformedRequest:
    method, _, target = call.partition(" ")
    content = json.dumps(body).encode()
    return MalformedRequest(f"{call} {name}", method, target, status, code, field, content, JSON)


_post = partial(_with_body, POST_ORDER)
_delete = partial(_with_body, DELETE_ORDER)


def _order_fields() -> list[MalformedRequest]:
    """Fields of POST /order that are missing, unknown, of a wrong type, or not what they are."""
    wrong: dict[str, list[Any]] = {
        "market": [None, 1, True, 1.5, [], {}, ["TATA_INR"]],
        "side": [None, 1, True, [], {}, "", "hold", "buy ", "b"],
        "price": [None, True, 1.5, 1e300, -1, -0.5, [], {}, "", " ", "abc", "-1", "+1", "1e3", "."],
        "quantity": [None, False, 0.1, -7, [], {}, "", "ten", "-10", "0x10", "1 0", "1_0", ".."],
        "type": [None, 1, [], "", "stop", "Limit Order"],
        "time_in_force": [None, 1, {}, "", "GTD", "DAY"],
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


def _order_rules() -> list[MalformedRequest]:
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


def _cancel_fields() -> list[MalformedRequest]:
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


def _bodies(call: str, good: dict[str, Any]) -> list[MalformedRequest]:
    """Bodies that are not the JSON object that they should be."""
    method, _, target = call.partition(" ")
    text = json.dumps(good).encode()
    malformed = {
        "not JSON": b"market=TATA_INR&side=buy",
        "cut off": text[:-5],
        "two objects": text + text,
        "trailing comma": text[:-1] + b",}",
        "single quotes": text.replace(b'"', b"'"),
        "comment": b"/* */" + text,
        "byte order mark": b"\xef\xbb\xbf" + text,
        "UTF-16": json.dumps(good).encode("utf-16"),
        "bad UTF-8 in a value": text.replace(b"TATA_INR", b"TATA\xff\xfe"),
        "overlong UTF-8": text.replace(b"TATA_INR", b"\xc0\xaf"),
        "zero bytes": b"\x00" * 64,
        "control character": text.replace(b"TATA_INR", b"TATA\x01INR"),
        "NaN": text.replace(b'"1"', b"NaN"),
        "Infinity": text.replace(b'"1"', b"Infinity"),
        "-Infinity": text.replace(b'"1"', b"-Infinity"),
        "leading zero": text.replace(b'"1"', b"01"),
        "hexadecimal": text.replace(b'"1"', b"0x1"),
        "open arrays": b"[" * 8_000,
        "half a surrogate": text.replace(b"TATA_INR", b"\\ud800"),
        "an array": b"[" + text + b"]",
        "null": b"null",
        "a number": b"1",
        "text": b'"buy"',
        "true": b"true",
    }
    requests = [
        MalformedRequest(
            f"{call} body: {name}", method, target, 400, "MALFORMED_JSON", None, body, JSON
        )
        for name, body in malformed.items()
    ]
    deep = b"[" * 5_000 + b"]" * 5_000
    fields = {
        "deep nesting in a field": (text.replace(b'"1"', deep, 1), "INVALID_FIELD", None),
        "deep nesting in an unknown field": (
            text[:-1] + b',"x":' + deep + b"}",
            "UNKNOWN_FIELD",
            "x",
        ),
        "a number beyond floats": (text.replace(b'"1"', b"1e999"), "INVALID_FIELD", None),
        "an endless number": (text.replace(b'"1"', b"1" * 9_000, 1), "INVALID_FIELD", None),
        "market twice": (text[:-1] + b',"market":"TATA_INR"}', "DUPLICATE_FIELD", "market"),
        "user twice": (text[:-1] + b', "user_id" : 2}', "DUPLICATE_FIELD", "user_id"),
        "user twice, once escaped": (
            text[:-1] + b',"user_i\\u0064":"2"}',
            "DUPLICATE_FIELD",
            "user_id",
        ),
    }
    requests += [
        MalformedRequest(f"{call} body: {name}", method, target, 400, code, field, body, JSON)
        for name, (body, code, field) in fields.items()
    ]
    for media_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json-patch+json",
        "json",
        ";",
    ):
        requests.append(
            MalformedRequest(
                f"{call} as {media_type}",
                method,
                target,
                415,
                "UNSUPPORTED_MEDIA_TYPE",
                None,
                text,
                (("Content-Type", media_type),),
            )
        )
    for name, size in (("17 KiB", 17 * 1024), ("10 MB", 10_000_000)):
        for kind, body in (("spaces", b" " * size + text), ("text", b'{"market":"' + b"A" * size)):
            requests.append(
                MalformedRequest(
                    f"{call} {name} of {kind}",
                    method,
                    target,
                    413,
                    "BODY_TOO_LARGE",
                    None,
                    body,
                    JSON,
                )
            )
    return requests


Row = tuple[str, str, int, str, str | None]

MARKET, USER = "market=TATA_INR", "user_id=1"
# Calls that name a market, with what else they need.
OF_A_MARKET = (("depth", ""), ("trades", ""), ("klines", "interval=1h&"))


def _queries() -> list[MalformedRequest]:
    rows = [*_limits(), *_markets(), *_unknown_parameters(), *_users(), *_moments(), *_others()]
    return [
        MalformedRequest(
            f"GET {path}?{query:.80} {len(query)}",
            "GET",
            f"/api/v1/{path}?{query}",
            status,
            code,
            field,
        )
        for path, query, status, code, field in rows
    ]


def _limits() -> list[Row]:
    bad = ("0", "-1", "1e2", "1.0", "many", "+5", "", HUGE, "%F0%9F%98%80")
    rows: list[Row] = []
    for path, rest, most in (
        ("depth", MARKET, 5_000),
        ("trades", MARKET, 1_000),
        ("klines", f"{MARKET}&interval=1h", 1_500),
        ("orders", USER, 1_000),
    ):
        for limit in (*bad, str(most + 1)):
            rows.append((path, f"{rest}&limit={limit}", 400, "INVALID_FIELD", "limit"))
        rows.append((path, f"{rest}&limit=5&limit=6", 400, "DUPLICATE_FIELD", "limit"))
    return rows


def _markets() -> list[Row]:
    rows: list[Row] = []
    for path, rest in OF_A_MARKET:
        rows.append((path, rest, 400, "MISSING_FIELD", "market"))
        rows.append((path, f"{rest}{MARKET}&symbol=TATA_INR", 400, "INVALID_FIELD", "symbol"))
    more = (("tickers", ""), ("orders", f"{USER}&"), ("order/open", f"{USER}&"))
    for path, rest in (*OF_A_MARKET, *more):
        for name in ("NOPE", "tata_inr", "%FF%FE", "%00", "A" * 300, "1%27%3B--"):
            rows.append((path, f"{rest}market={name}", 404, "UNKNOWN_MARKET", "market"))
        rows.append((path, f"{rest}market=", 400, "INVALID_FIELD", "market"))
        rows.append((path, f"{rest}{MARKET}&{MARKET}", 400, "DUPLICATE_FIELD", "market"))
    return rows


def _unknown_parameters() -> list[Row]:
    rows: list[Row] = []
    for path, rest in (
        ("depth", MARKET),
        ("trades", MARKET),
        ("klines", f"{MARKET}&interval=1h"),
        ("tickers", MARKET),
        ("orders", USER),
        ("order", f"{USER}&order_id=1"),
        ("order/open", USER),
        ("balances", USER),
        ("markets", ""),
        ("time", ""),
    ):
        rows += [
            (path, f"{rest}&x=1", 400, "UNKNOWN_FIELD", "x"),
            (path, f"{rest}&Limit=1", 400, "UNKNOWN_FIELD", "Limit"),
            (path, f"{rest}&%3Cscript%3E=1", 400, "UNKNOWN_FIELD", "<script>"),
        ]
    return rows


def _users() -> list[Row]:
    bad = ("", "0", "-1", "abc", "1.0", "1e3", "%2B1", "%D9%A1", str(2**62), HUGE)
    rows: list[Row] = []
    for path, rest in (
        ("orders", ""),
        ("order", "&order_id=1"),
        ("order/open", ""),
        ("balances", ""),
    ):
        rows.append((path, rest, 400, "MISSING_FIELD", "user_id"))
        for value in bad:
            rows.append((path, f"user_id={value}{rest}", 400, "INVALID_FIELD", "user_id"))
        rows.append((path, f"{USER}&user_id=2{rest}", 400, "DUPLICATE_FIELD", "user_id"))
    return rows


def _moments() -> list[Row]:
    bad = (
        "",
        "yesterday",
        "2024-13-01",
        "2024-02-30T00:00:00Z",
        "2024-01-01T25:00:00Z",
        "2024-01-01T00:00:00+05:30",
        "1969-12-31T23:59:59Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00%2B14:00",
        "-1",
        "1e12",
        "NaN",
        HUGE,
    )
    rows: list[Row] = []
    for field in ("start_time", "end_time"):
        for moment in bad:
            candles = f"{MARKET}&interval=1h&{field}={moment}"
            rows.append(("klines", candles, 400, "INVALID_FIELD", field))
            rows.append(("orders", f"{USER}&{field}={moment}", 400, "INVALID_FIELD", field))
    backwards = f"{MARKET}&interval=1h&start_time=2024-02-01&end_time=2024-01-01"
    rows.append(("klines", backwards, 400, "INVALID_FIELD", "end_time"))
    return rows


def _others() -> list[Row]:
    rows: list[Row] = [
        ("order", USER, 400, "MISSING_FIELD", "order_id"),
        ("order", f"{USER}&order_id=1&client_order_id=a", 400, "INVALID_FIELD", "client_order_id"),
        ("order", f"{USER}&order_id=x", 400, "INVALID_FIELD", "order_id"),
        ("order", f"{USER}&order_id=-1", 400, "INVALID_FIELD", "order_id"),
        ("order", f"{USER}&client_order_id=a%20b", 400, "INVALID_FIELD", "client_order_id"),
        ("order", f"{USER}&client_order_id={'a' * 37}", 400, "INVALID_FIELD", "client_order_id"),
        ("orders", f"{USER}&status=done", 400, "INVALID_FIELD", "status"),
        ("orders", f"{USER}&side=both", 400, "INVALID_FIELD", "side"),
        ("orders", f"{USER}&before=x", 400, "INVALID_FIELD", "before"),
        ("orders", f"{USER}&before=0", 400, "INVALID_FIELD", "before"),
        ("trades", f"{MARKET}&before=1.5", 400, "INVALID_FIELD", "before"),
        ("trades", f"{MARKET}&before={HUGE}", 400, "INVALID_FIELD", "before"),
        ("klines", MARKET, 400, "MISSING_FIELD", "interval"),
    ]
    for interval in ("", "1", "h", "2m", "1H", "60", "1y", "-1h", "1h%20"):
        rows.append(("klines", f"{MARKET}&interval={interval}", 400, "INVALID_FIELD", "interval"))
    return rows


def _addresses() -> list[MalformedRequest]:
    """Wrong addresses, and wrong methods at right ones."""
    requests = [
        MalformedRequest(f"GET {target}", "GET", target, 404, "NOT_FOUND")
        for target in (
            "/api",
            "/api/v1",
            "/api/v2/order",
            "/api/v1/order//",
            "/api/v1//order",
            "/api/v1/order/closed",
            "/api/v1/orders/1",
            "/api/v1/Depth",
            "/api/v1/depth/TATA_INR",
            "/api/v1/..%2F..%2Fetc%2Fpasswd",
            "/api/v1/%00",
            "/favicon.ico",
            "/openapi.yaml",
            "/docs/x",
            "/" + "a" * 2_000,
        )
    ]
    reads = (
        *("order/open", "orders", "depth", "trades", "klines", "tickers", "balances"),
        *("markets", "time"),
    )
    taken = {f"/api/v1/{name}": ("GET",) for name in reads}
    taken |= {target: ("GET",) for target in ("/health", "/docs", "/openapi.json")}
    taken["/api/v1/order"] = ("GET", "POST", "DELETE")
    for target, methods in taken.items():
        for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE"):
            if method not in methods:
                requests.append(
                    MalformedRequest(
                        f"{method} {target}", method, target, 405, "METHOD_NOT_ALLOWED"
                    )
                )
    return requests
