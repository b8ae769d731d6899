"""What persist is measured on: commands, and the stream entries that a matcher makes of them."""

import random
from collections.abc import Sequence
from typing import Final, NamedTuple

from matcher.core.engine import Engine
from matcher.core.events import Events
from matcher.history_entry import history_entry
from proto.codes import BUY, GTC, LIMIT, SELL
from proto.commands import Command, PlaceOrder
from proto.markets import read_markets
from proto.replies import MarketsReply
from scripts.benches.workload import ROOT, SEED, USER_IDS, founding_commands, mixed_commands
from scripts.load.evidence import scales_of
from scripts.load.flow import MarketWalk

# What one flight of a busy matcher's publisher carries, about.
ENTRY_COMMANDS: Final = 256
# Commands that a busy matcher stamps with one time: a batch.
_BATCH_COMMANDS: Final = 64
_BATCH_NS: Final = 1_000_000
_START_NS: Final = 1_764_590_400_000_000_000  # 2025-12-01 12:00:00 UTC.
# Orders rest this far from each other, so that books have levels.
_LEVELS: Final = 20


class Entry(NamedTuple):
    """An entry of the stream.

    Attributes:
        last_sequence: Sequence of its last command.
        data: The encoded events.
    """

    last_sequence: int
    data: bytes


def mixed_flow(orders: int) -> list[Command]:
    """Return the mixed flow of the soak, behind what founds its exchange."""
    return [*founding_commands(), *mixed_commands(orders)]


def trading_flow(orders: int) -> list[Command]:
    """Return a flow in which nearly each order trades: of three, one rests and two fill it."""
    assets, markets = read_markets(ROOT / "markets.toml")
    scales = scales_of(MarketsReply(0, assets, markets))
    walks = [MarketWalk(scale, 0) for scale in scales.values()]
    dice = random.Random(SEED)
    commands: list[Command] = founding_commands()
    for number in range(0, orders, 3):
        walk = walks[number // 3 % len(walks)]
        side, other = (BUY, SELL) if number % 2 else (SELL, BUY)
        price_ticks = walk.mid_ticks + dice.randrange(_LEVELS)
        lots = walk.step_lots
        for nth, (on, quantity_lots) in enumerate(((side, 2 * lots), (other, lots), (other, lots))):
            user_id = USER_IDS[(number + nth) % len(USER_IDS)]
            commands.append(
                PlaceOrder(
                    0,
                    0,
                    walk.market.market_id,
                    user_id,
                    on,
                    LIMIT,
                    GTC,
                    False,
                    price_ticks,
                    quantity_lots,
                    f"trading-{number + nth}",
                )
            )
    return commands


def entries_of(commands: Sequence[Command], entry_commands: int = ENTRY_COMMANDS) -> list[Entry]:
    """Run commands through an engine, and encode what it tells as a matcher does.

    Args:
        commands: From the first of an exchange on.
        entry_commands: Commands that share an entry.
    """
    engine = Engine(0)
    entries: list[Entry] = []
    timestamp_ns = _START_NS
    for start in range(0, len(commands), entry_commands):
        events = Events(0, 1, start + 1)
        for sequence, command in enumerate(commands[start : start + entry_commands], start + 1):
            if sequence % _BATCH_COMMANDS == 0:
                timestamp_ns += _BATCH_NS
            engine.apply(command, sequence, timestamp_ns, events)
            events.last_sequence = sequence
        events.timestamp_ns = timestamp_ns
        entries.append(Entry(events.last_sequence, history_entry([events])))
    return entries
