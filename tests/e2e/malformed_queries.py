"""Query strings and addresses that no client should send."""

from tests.e2e.malformed_request import HUGE, JSON, MalformedRequest

Row = tuple[str, str, int, str, str | None]

MARKET, USER = "market=TATA_INR", "user_id=1"
# Calls that name a market, with what else they need.
OF_A_MARKET = (("depth", ""), ("auction", ""), ("trades", ""), ("klines", "interval=1h&"))


def queries() -> list[MalformedRequest]:
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
        ("statement", USER, 1_000),
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
        ("account", USER),
        ("statement", USER),
        ("auction", MARKET),
        ("transfers/a", ""),
        ("markets", ""),
        ("time", ""),
    ):
        rows += [
            (path, f"{rest}&x=1", 400, "UNKNOWN_FIELD", "x"),
            (path, f"{rest}&x=1&x=2", 400, "DUPLICATE_FIELD", "x"),
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
        ("account", ""),
        ("statement", ""),
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
            rows.append(("statement", f"{USER}&{field}={moment}", 400, "INVALID_FIELD", field))
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
        ("statement", f"{USER}&reason=gift", 400, "INVALID_FIELD", "reason"),
        ("statement", f"{USER}&asset=NOPE", 404, "UNKNOWN_ASSET", "asset"),
        *(
            ("statement", f"{USER}&before={before}", 400, "INVALID_FIELD", "before")
            for before in (
                "x",
                "1",
                "1-2",
                "1-2-3-4",
                "-1-2-3",
                "1-2-%D9%A1",
                f"1-2-{HUGE}",
                "1-2-0-7-INR-1",
            )
        ),
        ("transfers/nobody-s", "", 404, "UNKNOWN_TRANSFER", "reference"),
        ("transfers/a%20b", "", 400, "INVALID_FIELD", "reference"),
        ("transfers/..", "", 400, "INVALID_FIELD", "reference"),
    ]
    for interval in ("", "1", "h", "2m", "1H", "60", "1y", "-1h", "1h%20"):
        rows.append(("klines", f"{MARKET}&interval={interval}", 400, "INVALID_FIELD", "interval"))
    return rows


def addresses() -> list[MalformedRequest]:
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
        *("order/open", "depth", "auction", "trades", "klines", "tickers", "balances", "account"),
        *("statement", "markets", "time", "transfers/a"),
    )
    taken: dict[str, tuple[str, ...]] = {f"/api/v1/{name}": ("GET",) for name in reads}
    taken |= {
        target: ("GET",) for target in ("/health", "/docs", "/openapi.json", "/asyncapi.json")
    }
    writes = (
        *("order/replace", "order/oco", "order/oto", "orders/cancel-all-after", "transfers"),
        *("transfers/deposits", "transfers/withdrawals", "transfers/a/confirm"),
        *("transfers/a/reject", "admin/assets", "admin/markets", "admin/fees/collect"),
    )
    taken |= {f"/api/v1/{name}": ("POST",) for name in writes}
    changes = ("state", "rules", "reference-price", "fees")
    taken |= {f"/api/v1/admin/markets/TATA_INR/{name}": ("PATCH",) for name in changes}
    taken |= {f"/api/v1/admin/{name}": ("PATCH",) for name in ("assets/INR", "accounts/1")}
    taken["/api/v1/order"] = ("GET", "POST", "PATCH", "DELETE")
    taken["/api/v1/orders"] = ("GET", "DELETE")
    taken["/api/v1/orders/batch"] = ("POST", "DELETE")
    taken["/api/v1/admin/orders"] = ("DELETE",)
    for target, methods in taken.items():
        for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE"):
            if method not in methods:
                requests.append(
                    MalformedRequest(
                        f"{method} {target}", method, target, 405, "METHOD_NOT_ALLOWED"
                    )
                )
    return [
        *requests,
        *_unknown_to_writers(writes, changes),
        MalformedRequest(
            "DELETE of a market's orders without a market",
            *("DELETE", "/api/v1/admin/orders", 400, "MISSING_FIELD", "market"),
        ),
        MalformedRequest(
            "DELETE of no market's orders",
            *("DELETE", "/api/v1/admin/orders?market=NOPE", 404, "UNKNOWN_MARKET", "market"),
        ),
    ]


def _unknown_to_writers(
    writes: tuple[str, ...], changes: tuple[str, ...]
) -> list[MalformedRequest]:
    """Calls that write refuse what they would not look at: here it comes before all else."""
    calls = [
        ("POST", "order"),
        ("PATCH", "order"),
        ("POST", "orders/batch"),
        ("DELETE", "orders/batch"),
        *(("POST", name) for name in writes),
        *(("PATCH", f"admin/markets/TATA_INR/{change}") for change in changes),
        ("PATCH", "admin/assets/INR"),
        ("PATCH", "admin/accounts/1"),
        *(("DELETE", name) for name in ("order", "orders", "admin/orders")),
    ]
    market = "/api/v1/admin/orders?market=TATA_INR"
    return [
        *(
            MalformedRequest(
                f"{method} {name} with x in the query string",
                *(method, f"/api/v1/{name}?x=1", 400, "UNKNOWN_FIELD", "x"),
            )
            for method, name in calls
        ),
        *(
            MalformedRequest(f"DELETE of a market's orders with a body: {body!r}",
                             *("DELETE", market, 400, "UNKNOWN_FIELD", None, body, JSON))
            for body in (b"{}", b'{"side":"buy"}', b"x")
        ),
    ]  # fmt: skip
