"""Statements and special orders, from a real PostgreSQL with the real migrations."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway import examples
from gateway.app import App
from tests.integration.gateway.test_history import NOW, every_page
from tests.unit.gateway.asgi import call
from tests.unit.gateway.test_openapi import check_answer

pytestmark = pytest.mark.integration

PATH = "/api/v1/statement"
# Sequence, number in it, asset, reason, change in units, trade, reference.
Change = tuple[int, int, str, str, int, int | None, str | None]

CHANGES: list[Change] = [
    (1, 1, "INR", "deposit", 1_000, None, "in-1"),
    (2, 1, "TATA", "deposit", 50, None, "in-2"),
    # One command, several changes of the user: an order that traded twice.
    (5, 1, "INR", "trade", -100, 7, None),
    (5, 2, "TATA", "trade", 1, 7, None),
    (5, 5, "INR", "trade", -200, 8, None),
    (5, 6, "TATA", "trade", 2, 8, None),
    (6, 1, "INR", "withdrawal_requested", 0, None, "out-1"),
    (7, 1, "INR", "withdrawal", -300, None, "out-1"),
    (9, 2, "INR", "transfer_in", 40, None, "gift"),
]


async def write(connection: Any, user_id: int = 1) -> None:
    totals: dict[str, int] = {}
    rows = []
    for sequence, ordinal, asset, reason, change, trade_id, reference in CHANGES:
        total = totals[asset] = totals.get(asset, 0) + change
        # Commands of one batch have one time.
        moment = NOW + timedelta(minutes=sequence // 3)
        rows.append(
            (user_id, asset, sequence, reason, str(change), str(total), trade_id, reference,
             moment, ordinal)
        )  # fmt: skip
    await connection.executemany(
        """insert into balance_changes
           (user_id, asset, sequence, reason, change, fee, total, held, trade_id, reference,
            timestamp, ordinal)
           values ($1, $2, $3, $4, $5::text::numeric, 0, $6::text::numeric, 0, $7, $8, $9, $10)""",
        rows,
    )


def place_of(change: dict[str, Any]) -> tuple[int, int]:
    _, sequence, ordinal = change["change_id"].split("-")
    return int(sequence), int(ordinal)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_newest_first_page_by_page(app: App, connection: Any, limit: int) -> None:
    await write(connection)
    await write(connection, user_id=2)
    changes = await every_page(app, PATH, f"user_id=1&limit={limit}")
    assert [place_of(change) for change in changes] == [change[:2] for change in CHANGES[::-1]]


async def test_the_changes_add_up_to_the_balance(app: App, connection: Any) -> None:
    await write(connection)
    for asset, total in (("INR", 440), ("TATA", 53)):
        changes = (await call(app, "GET", f"{PATH}?user_id=1&asset={asset}")).json
        assert sum(Decimal(change["change"]) for change in changes) == total
        assert changes[0]["total"] == str(total)


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ("asset=TATA", lambda c: c[2] == "TATA"),
        ("reason=trade", lambda c: c[3] == "trade"),
        ("asset=INR&reason=trade", lambda c: c[2:4] == ("INR", "trade")),
        ("start_time=2024-01-01T12:02:00Z", lambda c: c[0] >= 6),
        ("end_time=2024-01-01T12:02:00Z", lambda c: c[0] < 6),
        ("before=1704110460000000-5-5", lambda c: c[:2] < (5, 5)),
        # Whatever is no change of this user still bounds the page.
        ("before=1704110460000000-5-3", lambda c: c[:2] < (5, 3)),
    ],
)
async def test_changes_that_are_wanted(
    app: App, connection: Any, query: str, chosen: Callable[[Change], bool]
) -> None:
    await write(connection)
    answer = await call(app, "GET", f"{PATH}?user_id=1&{query}")
    check_answer("GET", PATH, answer)
    expected = [change[:2] for change in CHANGES[::-1] if chosen(change)]
    assert [place_of(change) for change in answer.json] == expected


async def test_a_change_is_shown_with_all_its_fields(app: App, connection: Any) -> None:
    await connection.execute(
        """insert into balance_changes
           (user_id, asset, sequence, reason, change, fee, total, held, trade_id, timestamp,
            ordinal)
           values (1, 'INR', 24, 'trade', -1000.50, 0.50, 998999.50, 0.00, 1, $1, 2)""",
        NOW + timedelta(microseconds=1),
    )
    assert (await call(app, "GET", f"{PATH}?user_id=1")).json == [examples.BALANCE_CHANGE]


async def test_special_orders_of_long_ago(app: App, connection: Any) -> None:
    await connection.execute(
        """insert into orders (order_id, user_id, market, side, type, time_in_force, post_only,
           quantity, executed_quantity, executed_quote_quantity, fee, status, created_at,
           updated_at, reason, trigger_price, expires_at, self_trade_prevention, list_type, list_id)
           values (27, 1, 'TATA_INR', 'sell', 'stop_loss', 'GTD', false, 10, 0, 0.00, 0.00,
           'cancelled', $1, $1, 'PARTNER_DONE', 95.00, $1, 'decrement', 'oco', 26)""",
        NOW,
    )
    await connection.execute(
        """insert into orders (order_id, user_id, market, side, type, time_in_force, post_only,
           price, quantity, executed_quantity, executed_quote_quantity, fee, status, created_at,
           updated_at, display_quantity, trail_amount, trail_bps, quote_amount)
           values (28, 1, 'TATA_INR', 'sell', 'trailing_stop', 'GTC', false, 101.00, 10, 0, 0.00,
           0.00, 'waiting', $1, $1, 2, 5.00, 50, 10.00)""",
        NOW,
    )
    answer = await call(app, "GET", "/api/v1/orders?user_id=1")
    check_answer("GET", "/api/v1/orders", answer)
    later, order = answer.json
    moment = "2024-01-01T12:00:00.000000Z"
    assert order == {
        **examples.ORDER,
        "order_id": "27",
        "side": "sell",
        "type": "stop_loss",
        "time_in_force": "GTD",
        "price": None,
        "status": "cancelled",
        "created_at": moment,
        "updated_at": moment,
        "expires_at": moment,
        "trigger_price": "95.00",
        "self_trade_prevention": "decrement",
        "list_type": "oco",
        "list_id": "26",
        "reason": "PARTNER_DONE",
    }
    special = {"display_quantity": "2", "trail_amount": "5.00", "trail_bps": 50,
               "quote_amount": "10.00"}  # fmt: skip
    assert {name: later[name] for name in special} == special
    one = await call(app, "GET", "/api/v1/order?user_id=1&order_id=27")
    assert one.json == order
