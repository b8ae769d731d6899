from decimal import Decimal

import pytest

from gateway.client.decimals import decimal_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("100.50"), "100.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.00000001"), "0.00000001"),
        (10**20, "100000000000000000000"),
        ("100.05", "100.05"),
        # Text is the exchange's to judge: it says the rule and the field.
        ("much", "much"),
    ],
)
def test_numbers_are_written_exactly(value: object, text: str) -> None:
    assert decimal_text(value, "price") == text


@pytest.mark.parametrize("value", [0.1, True, None, b"1", [1]])
def test_other_types_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="price must"):
        decimal_text(value, "price")


def test_a_float_is_refused_with_what_to_do() -> None:
    with pytest.raises(TypeError, match=r'quantity must not be a float.*give "0.1" as text'):
        decimal_text(0.1, "quantity")


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("-Infinity"), Decimal("sNaN")])
def test_what_is_no_number_is_refused(value: Decimal) -> None:
    with pytest.raises(ValueError, match="price must be a finite number"):
        decimal_text(value, "price")
