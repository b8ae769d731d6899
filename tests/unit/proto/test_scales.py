import pytest

from proto.decimals import DecimalTextError
from proto.definitions import AssetDefinition, MarketDefinition
from proto.scales import MarketScale, NotOnStepError

SCALE = MarketScale(
    MarketDefinition(1, "TATA_INR", 2, 1, 2, 5, 1, 2, 10**6, 1, 10**6, 0, 500, 1000),
    base=AssetDefinition(2, "TATA", 1),
    quote=AssetDefinition(1, "INR", 2),
)


def test_ticks_and_lots_are_multiples_of_the_market_s_steps() -> None:
    # Tick size 0.05, lot size 0.2.
    assert SCALE.parse_price("100.05") == 2001
    assert SCALE.price(2001) == "100.05"
    assert SCALE.parse_quantity("1.4") == 7
    assert SCALE.quantity(7) == "1.4"
    assert SCALE.quote_amount(14_007) == "140.07"


@pytest.mark.parametrize("text", ["100.01", "100.055", "0.001"])
def test_a_price_off_the_tick_names_the_rule(text: str) -> None:
    with pytest.raises(NotOnStepError, match=r"must be a multiple of the tick size 0\.05"):
        SCALE.parse_price(text)


def test_a_quantity_off_the_lot_names_the_rule() -> None:
    with pytest.raises(NotOnStepError, match=r"must be a multiple of the lot size 0\.2"):
        SCALE.parse_quantity("0.3")


def test_nonsense_is_not_called_off_step() -> None:
    with pytest.raises(DecimalTextError, match="plain decimal number") as caught:
        SCALE.parse_price("cheap")
    assert not isinstance(caught.value, NotOnStepError)
