"""The first commands of a new exchange: its assets and markets, from `markets.toml`.

They are journaled like any other command, so that a replay needs no file, and what the file says
later changes nothing.
"""

from matcher.core.engine import Engine
from matcher.core.events import Events
from matcher.journal.format import Entry
from matcher.journal.writer import JournalWriter
from proto.codec import decode_reply, encode
from proto.codes import REASON_NAMES
from proto.commands import Command, DefineAsset, DefineMarket
from proto.definitions import AssetDefinition, MarketDefinition
from proto.frames import CommandFrame
from proto.limits import FRAME_MESSAGES_MAX
from proto.replies import Rejected


class GenesisError(Exception):
    """Definitions that the engine refuses."""


def found_exchange(
    engine: Engine,
    journal: JournalWriter,
    epoch: int,
    timestamp_ns: int,
    assets: list[AssetDefinition],
    markets: list[MarketDefinition],
) -> Events:
    """Create assets and markets in an engine without state; on disk when this returns.

    Raises:
        GenesisError: If a definition is refused; the journal is still empty then.
        OSError: If the journal cannot be written.
    """
    batch = Events(engine.shard, epoch, 1)
    batch.timestamp_ns = timestamp_ns
    commands: list[Command] = [DefineAsset(0, asset) for asset in assets]
    commands.extend(DefineMarket(0, market) for market in markets)
    for command in commands:
        batch.last_sequence += 1
        reply = decode_reply(engine.apply(command, batch.last_sequence, timestamp_ns, batch))
        if isinstance(reply, Rejected):
            raise GenesisError(f"{_name(command)} is refused: {REASON_NAMES[reply.reason]}")
    entries = [
        Entry(
            timestamp_ns,
            encode(CommandFrame(commands[start : start + FRAME_MESSAGES_MAX])),
        )
        for start in range(0, len(commands), FRAME_MESSAGES_MAX)
    ]
    journal.write(journal.encode(1, len(commands), entries))
    return batch


def _name(command: Command) -> str:
    if isinstance(command, DefineAsset):
        return f"asset {command.asset.name}"
    assert isinstance(command, DefineMarket)
    return f"market {command.market.name}"
