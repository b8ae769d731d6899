from pathlib import Path

import pytest

from proto.markets import MarketsFileError, read_markets

GOOD = """
[assets]
INR = { decimals = 2 }
TATA = { decimals = 0 }
[markets.TATA_INR]
base = "TATA"
quote = "INR"
tick_size = "0.05"
lot_size = "1"
max_price = "1000.00"
min_quantity = "1"
max_quantity = "5000"
min_notional = "10"
maker_fee = "0.0005"
taker_fee = "0.001"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "markets.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_reads_what_a_person_wrote(tmp_path: Path) -> None:
    assets, (market,) = read_markets(written(tmp_path, GOOD))
    assert [(asset.asset_id, asset.name, asset.decimals) for asset in assets] == [
        (1, "INR", 2),
        (2, "TATA", 0),
    ]
    assert market.tick_units == 5
    assert market.price_decimals == 2
    assert market.price_max_ticks == 20_000
    assert market.quantity_max_lots == 5000
    assert market.notional_min_amount == 1000
    assert (market.maker_fee_ppm, market.taker_fee_ppm) == (500, 1000)


def test_a_maker_may_get_a_rebate(tmp_path: Path) -> None:
    _, (market,) = read_markets(written(tmp_path, GOOD.replace('"0.0005"', '"-0.0005"')))
    assert (market.maker_fee_ppm, market.taker_fee_ppm) == (-500, 1000)


def test_the_project_s_own_file_is_good() -> None:
    _, markets = read_markets(Path("markets.toml"))
    assert {"TATA_INR", "BTC_USDT", "ETH_USDT"} <= {market.name for market in markets}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"0.05"', "0.05", "tick_size"),
        ('"0.05"', '"five"', r"markets\.TATA_INR\.tick_size: 'five'"),
        ('"0.05"', '"0.00"', "tick_size: must be above 0"),
        ('"0.05"', '"0.0000000000000000001"', "tick_size.*at most 18 decimals"),
        ('"1000.00"', '"0"', "max_price: must be above 0"),
        ('"10"', '"99999999999999999999"', "min_notional.*too large"),
        ('"0.001"', '"1.000001"', "taker_fee.*at most 1"),
        ('"0.001"', '"-0.001"', "taker_fee"),
        ('"0.0005"', '"--0.0005"', "maker_fee"),
        ('"1000.00"', '"1000.01"', "max_price.*multiple of its step"),
        ('"0.001"', '"0.0000001"', "taker_fee.*at most 6 decimals"),
        ('base = "TATA"', 'base = "GOLD"', r"base: there is no asset GOLD"),
        ('base = "TATA"', "", "base"),
        ("decimals = 2", "decimals = 19", "decimals"),
        ("decimals = 2", "decimal = 2", "decimal"),
        ("[assets]", "[assets", "markets.toml"),
        ("TATA_INR", "tata_inr", "regex|pattern"),
    ],
)
def test_a_mistake_is_answered_with_place_and_rule(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(MarketsFileError, match=said):
        read_markets(written(tmp_path, GOOD.replace(old, new)))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MarketsFileError, match="absent"):
        read_markets(tmp_path / "absent.toml")
