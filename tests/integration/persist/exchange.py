"""A real engine whose events the tests carry, entry by entry, as the matcher would."""

import random
from pathlib import Path
from typing import Final

from matcher.core.engine import Engine
from matcher.core.events import Events
from proto.codec import encode
from proto.codes import BUY, FOK, GTC, IOC, LIMIT, MARKET, SELL
from proto.commands import CancelOrder, Command, DefineAsset, DefineMarket, Deposit, PlaceOrder
from proto.events import EventBatch
from proto.ids import order_id_of
from proto.markets import read_markets
from proto.scales import MarketScale
from tests.applying import apply_behind, batch_of

MARKETS_FILE: Final = Path(__file__).resolve().parents[3] / "markets.toml"
START_NS: Final = 1_764_590_399_000_000_000  # 2025-12-01 11:59:59 UTC.
STEP_NS: Final = 250_000_001
USERS: Final = (1, 2, 3, 4, 5)
_MIDDLE_TICKS: Final = {1: 2_000, 2: 6_000_000, 3: 300_000}


class Exchange:
    """Applies commands to an engine and cuts the events into batches.

    Attributes:
        batches: Every batch so far.
        assets: Each asset.
        scales: Scale of each market.
    """

    def __init__(self, seed: int = 7, epoch: int = 1, start_ns: int = START_NS) -> None:
        self.engine = Engine(0)
        self.random = random.Random(seed)
        self.epoch = epoch
        self.timestamp_ns = start_ns
        self.batches: list[EventBatch] = []
        assets, markets = read_markets(MARKETS_FILE)
        self.assets = {asset.asset_id: asset for asset in assets}
        self.scales = {
            market.market_id: MarketScale(
                market, self.assets[market.base_asset_id], self.assets[market.quote_asset_id]
            )
            for market in markets
        }
        self.apply(
            *(DefineAsset(0, asset) for asset in assets),
            *(DefineMarket(0, market) for market in markets),
            *(
                Deposit(0, user, asset.asset_id, 10**15, f"seed\t{user}\\{asset.name}")
                for user in USERS
                for asset in assets
            ),
        )

    def apply(self, *commands: Command) -> EventBatch:
        """Apply commands as one batch, a little later than the last."""
        self.timestamp_ns += STEP_NS
        events = Events(0, self.epoch, self.engine.sequence + 1)
        for command in commands:
            apply_behind(self.engine, self.timestamp_ns, command, events)
        batch = batch_of(events)
        batch.level_changes = []
        self.batches.append(batch)
        return batch

    def trade(self, batches: int, commands: int = 20) -> None:
        """Apply batches of random orders of every kind, and cancellations."""
        for _ in range(batches):
            self.apply(*(self._command(number) for number in range(commands)))

    def _command(self, number: int) -> Command:
        rnd = self.random
        user, market_id = rnd.choice(USERS), rnd.choice((1, 2, 3))
        if rnd.random() < 0.1:
            order_id = order_id_of(0, rnd.randint(20, self.engine.sequence))
            return CancelOrder(0, 0, market_id, user, order_id, "")
        order_type = MARKET if rnd.random() < 0.1 else LIMIT
        time_in_force = rnd.choice((GTC, GTC, GTC, IOC, FOK)) if order_type == LIMIT else IOC
        side = rnd.choice((BUY, SELL))
        distance = rnd.randint(-6, 3) * (1 if side == BUY else -1)
        price = 0 if order_type == MARKET else _MIDDLE_TICKS[market_id] + distance
        name = f"\\N\t{self.engine.sequence}-{number}\n🙂\0" if rnd.random() < 0.5 else ""
        return PlaceOrder(
            0,
            0,
            market_id,
            user,
            side,
            order_type,
            time_in_force,
            time_in_force == GTC and rnd.random() < 0.05,
            price,
            rnd.randint(1, 900),
            name,
        )


def entry_id(batch: EventBatch) -> str:
    """Return the id that the matcher gives a batch's entry."""
    return f"{batch.last_sequence}-0"


def entry(batch: EventBatch) -> dict[str, bytes]:
    """Return the fields of a batch's entry."""
    return {"b": encode(batch)}
