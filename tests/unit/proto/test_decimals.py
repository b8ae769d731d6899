from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proto.decimals import DecimalTextError, TooManyDecimalsError, format_units, parse_units


@pytest.mark.parametrize(
    ("text", "decimals", "units"),
    [
        ("100", 2, 10_000),
        ("100.25", 2, 10_025),
        ("100.2500000", 2, 10_025),
        (".5", 1, 5),
        ("3.", 1, 30),
        ("0", 0, 0),
        ("000.000", 2, 0),
        ("0.00000001", 8, 1),
        ("12", 0, 12),
        ("12.000", 0, 12),
    ],
)
def test_reads_plain_decimals(text: str, decimals: int, units: int) -> None:
    assert parse_units(text, decimals) == units


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "..", "1.2.3", "-1", "+1", "1e5", "1E5", "NaN", "Infinity", "inf", "0x10", " 1",
        "1 ", "1\n", "1_000", "1,000", "١٢", "１２", "½", "1" * 41, "\x00", "one", "--", "1.-1",
    ],
)  # fmt: skip
def test_refuses_everything_else(text: str) -> None:
    with pytest.raises(DecimalTextError):
        parse_units(text, 2)


def test_tells_too_many_decimals_from_nonsense() -> None:
    with pytest.raises(TooManyDecimalsError, match="at most 2 decimals"):
        parse_units("1.005", 2)


@given(st.text())
@example("10000000000000000000000000001")
def test_any_text_is_a_number_or_an_error(text: str) -> None:
    try:
        units = parse_units(text, 4)
    except DecimalTextError:
        return
    # Not a Decimal: those round a product to 28 digits.
    assert units == Fraction(text) * 10_000


@given(st.integers(0, 2**62 - 1), st.integers(0, 18))
def test_what_is_written_is_read_back(units: int, decimals: int) -> None:
    text = format_units(units, decimals)
    assert parse_units(text, decimals) == units
    assert Decimal(text) == Decimal(units).scaleb(-decimals)
    assert len(text.partition(".")[2]) == decimals


def test_writes_a_sign() -> None:
    assert format_units(-5, 2) == "-0.05"
