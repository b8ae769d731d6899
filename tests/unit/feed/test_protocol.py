"""Every way to ask, and every way to ask wrongly."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feed.position import position, position_after
from feed.protocol import parse_request
from feed.requests import (
    OrderRequest,
    RequestError,
    SignInRequest,
    StreamRequest,
    Subscription,
    encode_error,
    encode_result,
)
from feed.source import NOTHING
from feed.streams import Stream


def request(**fields: object) -> str:
    return json.dumps(fields)


GOOD = {"method": "SUBSCRIBE", "params": ["depth@TATA_INR"], "id": 1}
TRADES = {"method": "SUBSCRIBE", "params": ["trades@A"], "id": 1}
ORDERS = {"method": "SUBSCRIBE", "params": ["orders"], "id": 1}


def streams(message: str) -> StreamRequest:
    parsed = parse_request(message)
    assert isinstance(parsed, StreamRequest)
    return parsed


def test_a_subscription_is_read() -> None:
    names = ["depth@TATA_INR", "kline_1M@BTC_USDT", "depth@TATA_INR", "orders"]
    assert parse_request(request(method="SUBSCRIBE", params=names, id=1)) == StreamRequest(
        "SUBSCRIBE",
        [
            Subscription(Stream("depth@TATA_INR", "depth", "TATA_INR")),
            Subscription(Stream("kline_1M@BTC_USDT", "kline", "BTC_USDT", "1M")),
            Subscription(Stream("orders", "orders")),
        ],
        1,
    )


def test_places_go_to_their_streams() -> None:
    places = {"trades@A": "12", "orders": "4711.2", "balances": "4711", "fills": "0"}
    names = ["depth@A", "balances", "fills", "orders", "trades@A", "trades@B"]
    parsed = streams(request(method="SUBSCRIBE", params=names, after=places))
    assert {item.stream.name: item.after for item in parsed.subscriptions} == {
        "depth@A": NOTHING,
        "balances": position_after(4_711),
        "fills": position_after(0),
        "orders": position(4_711, 2),
        "trades@A": 12,
        "trades@B": NOTHING,
    }


@pytest.mark.parametrize("user_id", ["7", 7])
def test_a_sign_in_is_read(user_id: object) -> None:
    message = request(method="SIGN_IN", params={"user_id": user_id}, id="a")
    assert parse_request(message) == SignInRequest(7, "a")  # type: ignore[arg-type]


def test_what_is_about_orders_is_passed_on_as_it_is() -> None:
    message = '{"id":4,"method":"PLACE_ORDER","params": {"price": 1.0, "price":2 } }'
    assert parse_request(message) == OrderRequest("PLACE_ORDER", b'{"price": 1.0, "price":2 }', 4)
    assert parse_request('{"method":"GET_BALANCES"}') == OrderRequest("GET_BALANCES", b"", None)


@pytest.mark.parametrize("request_id", [0, -5, (1 << 53) - 1, "", "ä" * 64, None])
def test_ids_come_back_as_they_were(request_id: int | str | None) -> None:
    parsed = parse_request(request(**{**GOOD, "id": request_id}))
    assert json.loads(encode_result(parsed.message_id, None)) == {"id": request_id, "result": None}


def test_list_needs_no_params_and_an_id_may_be_absent() -> None:
    assert streams('{"method":"LIST_SUBSCRIPTIONS"}').message_id is None
    assert streams('{"method":"LIST_SUBSCRIPTIONS","params":[]}').subscriptions == []


REFUSED = [
    ("", "INVALID_JSON", None),
    ("hello", "INVALID_JSON", None),
    ("{", "INVALID_JSON", None),
    ("NaN", "INVALID_JSON", None),
    ('{"id":1,}', "INVALID_JSON", None),
    ('"\\ud800"', "INVALID_JSON", None),
    ("[" * 8000, "INVALID_REQUEST", None),
    ('{"a":' * 1500, "INVALID_JSON", None),
    ('{"id":' + "9" * 8000 + "}", "INVALID_JSON", None),
    ('{"id":' + "9" * 400 + "}", "INVALID_REQUEST", None),
    ('{"id":1e999}', "INVALID_JSON", None),
    (b"\x00\xff", "INVALID_REQUEST", None),
    (json.dumps(GOOD).encode(), "INVALID_REQUEST", None),
    ("null", "INVALID_REQUEST", None),
    ("[]", "INVALID_REQUEST", None),
    ("7", "INVALID_REQUEST", None),
    ("{}", "INVALID_REQUEST", None),
    (request(**{**GOOD, "id": 1.5}), "INVALID_REQUEST", None),
    (request(**{**GOOD, "id": True}), "INVALID_REQUEST", None),
    (request(**{**GOOD, "id": 1 << 53}), "INVALID_REQUEST", None),
    (request(**{**GOOD, "id": "x" * 65}), "INVALID_REQUEST", None),
    (request(**{**GOOD, "id": [1]}), "INVALID_REQUEST", None),
    (request(**GOOD, extra=1), "INVALID_REQUEST", 1),
    (request(params=["depth@TATA_INR"], id=2), "INVALID_REQUEST", 2),
    (request(**{**GOOD, "method": 5}), "INVALID_REQUEST", 1),
    (request(**{**GOOD, "method": "subscribe"}), "UNKNOWN_METHOD", 1),
    (request(**{**GOOD, "method": "LOGIN", "id": "a"}), "UNKNOWN_METHOD", "a"),
    (request(method="SUBSCRIBE", id=1), "INVALID_REQUEST", 1),
    (request(**{**GOOD, "params": "depth@TATA_INR"}), "INVALID_REQUEST", 1),
    (request(**{**GOOD, "params": []}), "INVALID_REQUEST", 1),
    (request(**{**GOOD, "params": [1]}), "INVALID_REQUEST", 1),
    (request(**{**GOOD, "params": [["depth@TATA_INR"]]}), "INVALID_REQUEST", 1),
    (request(**{**GOOD, "params": {"depth@TATA_INR": 1}}), "INVALID_REQUEST", 1),
    (request(**{**GOOD, "params": ["depth@A"] * 201}), "INVALID_REQUEST", 1),
    (request(method="LIST_SUBSCRIPTIONS", params=["depth@A"], id=1), "INVALID_REQUEST", 1),
    (request(**{**GOOD, "params": [""]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["depth"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["depth@"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["@TATA_INR"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["Depth@TATA_INR"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["kline@TATA_INR"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["kline_@TATA_INR"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["kline_7m@TATA_INR"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["kline_1d@" + "A" * 33]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["depth@A", "user@A"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["orders@7"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["tickers@A"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["depth@A@"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["depth@A@5ms"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["depth@A@1s@1s"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["trades@A@1s"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["bookTicker@A@1s"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["depth7@A"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["top@A"]}), "INVALID_STREAM", 1),
    (request(**GOOD, after=[]), "INVALID_REQUEST", 1),
    (request(**GOOD, after="1"), "INVALID_REQUEST", 1),
    (request(**GOOD, after={"depth@TATA_INR": "1"}), "INVALID_POSITION", 1),
    (request(**GOOD, after={"trades@TATA_INR": "1"}), "INVALID_POSITION", 1),
    (request(method="UNSUBSCRIBE", params=["orders"], after={}, id=1), "INVALID_REQUEST", 1),
    (request(**TRADES, after={"trades@A": 1}), "INVALID_POSITION", 1),
    (request(**TRADES, after={"trades@A": "-1"}), "INVALID_POSITION", 1),
    (request(**TRADES, after={"trades@A": "9" * 5_000}), "INVALID_POSITION", 1),
    (request(**TRADES, after={"trades@A": "1.2"}), "INVALID_POSITION", 1),
    (request(**TRADES, after={"trades@A": None}), "INVALID_POSITION", 1),
    (request(**ORDERS, after={"orders": 4711}), "INVALID_POSITION", 1),
    (request(**ORDERS, after={"orders": "4711.x"}), "INVALID_POSITION", 1),
    (request(**ORDERS, after={"orders": "4711.2.1"}), "INVALID_POSITION", 1),
    (request(method="SIGN_IN", id=1), "INVALID_REQUEST", 1),
    (request(method="SIGN_IN", params={}, id=1), "INVALID_REQUEST", 1),
    (request(method="SIGN_IN", params=["7"], id=1), "INVALID_REQUEST", 1),
    (request(method="SIGN_IN", params={"user_id": "7", "key": "x"}, id=1), "INVALID_REQUEST", 1),
    (request(method="SIGN_IN", params={"user_id": "0"}, id=1), "INVALID_REQUEST", 1),
    (request(method="SIGN_IN", params={"user_id": -7}, id=1), "INVALID_REQUEST", 1),
    (request(method="SIGN_IN", params={"user_id": True}, id=1), "INVALID_REQUEST", 1),
    (request(method="SIGN_IN", params={"user_id": 7.0}, id=1), "INVALID_REQUEST", 1),
    (request(method="SIGN_IN", params={"user_id": "७"}, id=1), "INVALID_REQUEST", 1),
    (request(method="SIGN_IN", params={"user_id": str(1 << 62)}, id=1), "INVALID_REQUEST", 1),
    (request(method="SIGN_IN", params={"user_id": 10**400}, id=1), "INVALID_REQUEST", 1),
]  # fmt: skip


@pytest.mark.parametrize(("message", "code", "request_id"), REFUSED)
def test_a_refusal_has_a_code_a_sentence_and_the_id(
    message: str | bytes, code: str, request_id: int | str | None
) -> None:
    with pytest.raises(RequestError) as caught:
        parse_request(message)
    answer = json.loads(encode_error(caught.value))
    assert answer["id"] == request_id
    assert answer["error"]["code"] == code
    assert 5 < len(answer["error"]["message"]) < 300


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.binary(max_size=200)))
def test_garbage_is_only_ever_refused(message: str | bytes) -> None:
    with pytest.raises(RequestError) as caught:
        parse_request(message)
    json.loads(encode_error(caught.value))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["method", "params", "id", "after", "other"]),
        json_values
        | st.sampled_from(["SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SIGN_IN"]),
    )
)
def test_wrong_types_are_only_ever_refused(content: dict[str, object]) -> None:
    try:
        parsed = parse_request(json.dumps(content))
    except RequestError as error:
        json.loads(encode_error(error))
    else:
        assert isinstance(parsed, SignInRequest) or parsed.method == content["method"]
