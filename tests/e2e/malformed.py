"""Requests that no client should send, over every call, each with the problem that it must get.

The table is data: `tests/unit/gateway` runs it against the application, `tests/e2e` over a real
socket. It assumes the markets of markets.toml and a matcher that is up; nothing in it depends on
history or on anybody's balance, and nothing in it may change anything.
"""

from tests.e2e.malformed_bodies import bodies
from tests.e2e.malformed_money import money_fields, operator_fields
from tests.e2e.malformed_orders import (
    CANCEL,
    DELETE_ORDER,
    PATCH_ORDER,
    POST_ORDER,
    cancel_fields,
    order_fields,
    order_rules,
)
from tests.e2e.malformed_queries import addresses, queries
from tests.e2e.malformed_request import MalformedRequest
from tests.e2e.malformed_special import (
    amend_fields,
    list_fields,
    several_fields,
    special_fields,
    special_rules,
)
from tests.unit.gateway.orders import BUY


def malformed_requests() -> list[MalformedRequest]:
    """Return the table."""
    return [
        *order_fields(),
        *order_rules(),
        *special_fields(),
        *special_rules(),
        *amend_fields(),
        *cancel_fields(),
        *list_fields(),
        *several_fields(),
        *money_fields(),
        *operator_fields(),
        *bodies(POST_ORDER, BUY),
        *bodies(DELETE_ORDER, CANCEL),
        *bodies(PATCH_ORDER, {**CANCEL, "quantity": "6"}),
        *queries(),
        *addresses(),
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
