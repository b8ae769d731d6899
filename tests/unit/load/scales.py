"""Two markets for the tests of the load generator."""

from proto.definitions import AssetDefinition, MarketDefinition
from proto.scales import MarketScale

INR = AssetDefinition(1, "INR", 2)
TATA = AssetDefinition(2, "TATA", 0)
USDT = AssetDefinition(3, "USDT", 8)
BTC = AssetDefinition(4, "BTC", 8)
TATA_INR = MarketScale(
    MarketDefinition(1, "TATA_INR", 2, 1, 2, 5, 0, 1, 20_000_000, 1, 1_000_000, 100, 500, 1_000),
    TATA,
    INR,
)
BTC_USDT = MarketScale(
    MarketDefinition(
        2, "BTC_USDT", 4, 3, 2, 1, 5, 1, 100_000_000, 1, 900_000_000, 500_000_000, 1_000, 1_000
    ),
    BTC,
    USDT,
)
SCALES = {1: TATA_INR, 2: BTC_USDT}
