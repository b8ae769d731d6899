"""Every way to ask, and every way to ask wrongly."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feed.protocol import Request, RequestError, encode_error, encode_result, parse_request
from feed.streams import Stream


def request(**fields: object) -> str:
    return json.dumps(fields)


GOOD = {"method": "SUBSCRIBE", "params": ["depth@TATA_INR"], "id": 1}


def test_a_request_is_read() -> None:
    names = ["depth@TATA_INR", "kline_1M@BTC_USDT", "depth@TATA_INR"]
    assert parse_request(request(method="SUBSCRIBE", params=names, id=1)) == Request(
        "SUBSCRIBE",
        [
            Stream("depth@TATA_INR", "depth", "", "TATA_INR"),
            Stream("kline_1M@BTC_USDT", "kline", "1M", "BTC_USDT"),
        ],
        1,
    )


def test_the_stream_of_a_user_and_of_a_status() -> None:
    names = ["orders@7", f"orders@{(1 << 62) - 1}", "status@TATA_INR"]
    assert parse_request(request(**{**GOOD, "params": names})).streams == [
        Stream("orders@7", "orders", "", "", 7),
        Stream(f"orders@{(1 << 62) - 1}", "orders", "", "", (1 << 62) - 1),
        Stream("status@TATA_INR", "status", "", "TATA_INR"),
    ]


@pytest.mark.parametrize("request_id", [0, -5, (1 << 53) - 1, "", "ä" * 64, None])
def test_ids_come_back_as_they_were(request_id: int | str | None) -> None:
    parsed = parse_request(request(**{**GOOD, "id": request_id}))
    assert json.loads(encode_result(parsed.request_id, None)) == {"id": request_id, "result": None}


def test_list_needs_no_params_and_an_id_may_be_absent() -> None:
    assert parse_request('{"method":"LIST_SUBSCRIPTIONS"}').request_id is None
    assert parse_request('{"method":"LIST_SUBSCRIPTIONS","params":[]}').streams == []


REFUSED = [
    ("", "INVALID_JSON", None),
    ("hello", "INVALID_JSON", None),
    ("{", "INVALID_JSON", None),
    ("NaN", "INVALID_JSON", None),
    ('{"id":1,}', "INVALID_JSON", None),
    ('"\\ud800"', "INVALID_JSON", None),
    ("[" * 8000, "INVALID_JSON", None),
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
    (request(**{**GOOD, "params": ["orders@"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["orders@0"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["orders@07"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["orders@-7"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["orders@TATA_INR"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["orders@७"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": [f"orders@{1 << 62}"]}), "INVALID_STREAM", 1),
    (request(**{**GOOD, "params": ["orders@" + "9" * 33]}), "INVALID_STREAM", 1),
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
        st.sampled_from(["method", "params", "id", "other"]),
        json_values | st.sampled_from(["SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS"]),
    )
)
def test_wrong_types_are_only_ever_refused(content: dict[str, object]) -> None:
    try:
        parsed = parse_request(json.dumps(content))
    except RequestError as error:
        json.loads(encode_error(error))
    else:
        assert parsed.method == content["method"]
