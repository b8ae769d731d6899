"""Whatever JSON comes as params: an answer, and no command of another user."""

import asyncio
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from feed.desk.requests import METHODS
from proto.queries import MarketsQuery
from tests.unit.feed.desk.connections import BUY, Connection, make_desk, user_of
from tests.unit.gateway.exchange import EngineExchange

USER_ID = 2
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["1", "2", 1, 2, "TATA_INR", "buy", "sell", "100", "10", "GTC", "mine"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = (
    *("market", "side", "price", "quantity", "type", "time_in_force", "post_only", "user_id"),
    *("client_order_id", "order_id", "trigger_price", "order", "timeout_ms", "expires_at", "slide"),
    *("display_quantity", "quote_amount", "trail_amount", "trail_bps", "self_trade_prevention"),
)
OBJECTS = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6)
NEARLY_ORDERS = OBJECTS.map(lambda changes: {**BUY, **changes})
PARAMS = (
    VALUES
    | OBJECTS
    | NEARLY_ORDERS
    | st.builds(lambda order, rest: {"order": order, **rest}, NEARLY_ORDERS, OBJECTS)
)


async def answer_to(exchange: EngineExchange, method: str, params: bytes) -> dict[str, Any]:
    return await Connection(make_desk(exchange), USER_ID).ask(method, params)


def check(exchange: EngineExchange, method: str, params: bytes) -> None:
    exchange.messages.clear()
    answer = asyncio.run(answer_to(exchange, method, params))
    assert set(answer) in ({"id", "result"}, {"id", "error"})
    if "error" in answer:
        assert answer["error"]["code"] != "INTERNAL_ERROR"
        assert len(answer["error"]["message"]) < 600
    owners = {user_of(m) for m in exchange.messages if not isinstance(m, MarketsQuery)}
    assert owners <= {USER_ID}


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(METHODS), PARAMS)
def test_any_json(method: str, params: object) -> None:
    check(EXCHANGE, method, json.dumps(params).encode())


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(METHODS), st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes(method: str, params: bytes) -> None:
    check(EXCHANGE, method, params)
    check(EXCHANGE, method, b"{" + params)


# One for all examples: what is done in it is of no interest, only whose it is.
EXCHANGE = EngineExchange()
