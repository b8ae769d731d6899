"""What is sent is what the exchange's own forms take."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gateway.client.calls import Call
from gateway.client.requests import OrderFields, Requests
from gateway.client.wire import PARAMETERS_BYTES_MAX
from proto.api.forms import orders as forms

REQUESTS = Requests("abc")
ORDER: dict[str, Any] = {
    "market": "TATA_INR",
    "side": "buy",
    "quantity": 10,
    "price": Decimal("1.50"),
}


def fields(call: Call[Any], form: type[msgspec.Struct]) -> dict[str, Any]:
    """The parameters, which the form must know every one of."""
    msgspec.json.decode(call.parameters, type=form)
    decoded: dict[str, Any] = msgspec.json.decode(call.parameters)
    return decoded


def test_an_order_gets_a_name_of_its_own() -> None:
    requests = Requests("abc")
    first, second = requests.place_order(**ORDER), requests.place_order(**ORDER)
    assert fields(first, forms.PlaceOrderForm) == {
        "market": "TATA_INR", "side": "buy", "quantity": "10", "price": "1.50",
        "client_order_id": "abc-1",
    }  # fmt: skip
    assert first.client_order_id == "abc-1"
    assert second.client_order_id == "abc-2"
    assert first.is_repeatable


def test_the_name_that_is_given_is_kept() -> None:
    call = REQUESTS.place_order(**ORDER, client_order_id="mine")
    assert call.client_order_id == "mine"
    assert fields(call, forms.PlaceOrderForm)["client_order_id"] == "mine"


def test_every_field_of_an_order_is_one_of_the_form() -> None:
    order: dict[str, Any] = {
        "market": "TATA_INR", "side": "buy", "quantity": 1, "price": 2, "type": "limit",
        "time_in_force": "GTD", "post_only": True, "client_order_id": "mine", "slide": True,
        "expires_at": "2024-01-01T00:00:00Z", "display_quantity": 1, "quote_amount": 3,
        "trigger_price": 4, "trail_amount": 5, "trail_bps": 6, "self_trade_prevention": "allow",
    }  # fmt: skip
    assert set(order) == OrderFields.__required_keys__ | OrderFields.__optional_keys__
    # Who acts is the one who has signed in.
    assert set(order) == set(forms.PlaceOrderForm.__struct_fields__) - {"user_id"}
    sent = fields(REQUESTS.place_order(**order), forms.PlaceOrderForm)
    assert set(sent) == set(order)
    assert sent["trail_bps"] == 6
    assert sent["post_only"] is True
    assert sent["trail_amount"] == "5"


def test_what_is_none_is_left_out() -> None:
    assert "type" not in fields(REQUESTS.place_order(**ORDER, type=None), forms.PlaceOrderForm)


def test_fields_that_are_unknown_or_missing_are_errors_at_once() -> None:
    with pytest.raises(TypeError, match="an order has no field 'qty'"):
        REQUESTS.place_order(**ORDER, qty=1)
    with pytest.raises(TypeError, match="an order needs its market"):
        REQUESTS.place_order(side="buy", quantity=1)  # type: ignore[call-arg]


@pytest.mark.parametrize("field", ["price", "quantity", "display_quantity", "quote_amount",
                                   "trigger_price", "trail_amount"])  # fmt: skip
def test_no_number_may_be_a_float(field: str) -> None:
    with pytest.raises(TypeError, match=f"{field} must not be a float"):
        REQUESTS.place_order(**(ORDER | {field: 1.5}))
    if field in ("price", "quantity", "trigger_price"):
        with pytest.raises(TypeError, match=f"{field} must not be a float"):
            REQUESTS.amend_order(market="TATA_INR", order_id=1, **{field: 1.5})  # type: ignore[arg-type]


def test_a_request_that_is_too_long_is_never_sent() -> None:
    with pytest.raises(ValueError, match="a request may have"):
        REQUESTS.place_order(**ORDER, client_order_id="x" * PARAMETERS_BYTES_MAX)


def test_amending() -> None:
    call = REQUESTS.amend_order(market="TATA_INR", order_id=9, quantity=Decimal(6), price="1.55")
    assert fields(call, forms.AmendOrderForm) == {
        "market": "TATA_INR", "order_id": 9, "quantity": "6", "price": "1.55",
    }  # fmt: skip
    assert not call.is_repeatable


def test_replacing() -> None:
    call = Requests("abc").replace_order(old_client_order_id="old", **ORDER)
    sent = fields(call, forms.ReplaceOrderForm)
    assert sent["client_order_id"] == "old"
    assert sent["order"]["client_order_id"] == "abc-1"
    assert call.client_order_id == "abc-1"
    assert call.is_repeatable


def test_cancelling() -> None:
    one = REQUESTS.cancel_order(market="TATA_INR", client_order_id="mine")
    assert fields(one, forms.CancelOrderForm) == {"market": "TATA_INR", "client_order_id": "mine"}
    assert one.is_repeatable
    every = REQUESTS.cancel_all(market="TATA_INR", side="buy")
    assert fields(every, forms.CancelAllForm) == {"market": "TATA_INR", "side": "buy"}
    assert not every.is_repeatable
    assert fields(REQUESTS.cancel_all(), forms.CancelAllForm) == {}
    later = REQUESTS.cancel_all_after(timeout_ms=500)
    assert fields(later, forms.CancelAllAfterForm) == {"timeout_ms": 500}
    assert later.is_repeatable


def test_questions() -> None:
    assert fields(REQUESTS.order(order_id="9"), forms.OrderParameters) == {"order_id": "9"}
    listed = REQUESTS.open_orders(market="TATA_INR")
    assert fields(listed, forms.OpenOrdersParameters) == {"market": "TATA_INR"}
    assert REQUESTS.balances().parameters == b"{}"


@pytest.mark.parametrize("ids", [{}, {"order_id": 1, "client_order_id": "mine"}])
def test_an_order_is_named_by_one_id(ids: dict[str, Any]) -> None:
    for ask in (REQUESTS.order, lambda **ids: REQUESTS.cancel_order(market="TATA_INR", **ids)):
        with pytest.raises(TypeError, match="one of them"):
            ask(**ids)
