"""The commands that the benches run on: the flow of the soak, answered by a real engine."""

from pathlib import Path
from typing import Final

from matcher.core.engine import Engine
from matcher.core.events import Events
from proto.codec import decode_reply
from proto.codes import NEW, PARTIALLY_FILLED
from proto.commands import CancelOrder, Command, DefineAsset, DefineMarket, Deposit, PlaceOrder
from proto.limits import AMOUNT_MAX
from proto.markets import read_markets
from proto.replies import MarketsReply, OrderReply, Rejected, Reply
from scripts.load.evidence import scales_of
from scripts.load.flow import Flow, MarketWalk
from scripts.load.mesh import command_of
from scripts.load.operations import Place

ROOT: Final = Path(__file__).resolve().parent.parent.parent
SEED: Final = 1
CONNECTIONS: Final = 64
USER_IDS: Final = tuple(range(1, 11))
# Each user gets enough of everything, and ten of them stay within the bound of a sum.
_DEPOSIT: Final = AMOUNT_MAX // 100


def founding_commands() -> list[Command]:
    """Return what makes the exchange of markets.toml, with ten rich users."""
    assets, markets = read_markets(ROOT / "markets.toml")
    return [
        *(DefineAsset(0, asset) for asset in assets),
        *(DefineMarket(0, market) for market in markets),
        *(
            Deposit(0, user_id, asset.asset_id, _DEPOSIT, f"bench-{user_id}-{asset.asset_id}")
            for user_id in USER_IDS
            for asset in assets
        ),
    ]


def new_events() -> Events:
    """Return a batch for events, empty."""
    return Events(0, 1, 1)


def applied(engine: Engine, command: Command, timestamp_ns: int) -> Reply:
    """Apply a command, and return what its sender is told."""
    return decode_reply(engine.apply(command, engine.sequence + 1, timestamp_ns, new_events()))


def founded_engine() -> Engine:
    """Return an engine with markets and users."""
    engine = Engine(0)
    for command in founding_commands():
        reply = applied(engine, command, 1)
        assert not isinstance(reply, Rejected), (command, reply)
    return engine


def make_flow(run: str) -> Flow:
    """Return the flow of the soak on the markets of markets.toml."""
    assets, markets = read_markets(ROOT / "markets.toml")
    scales = scales_of(MarketsReply(0, assets, markets))
    walks = [MarketWalk(scale, 0) for scale in scales.values()]
    return Flow(SEED, run, walks, USER_IDS, CONNECTIONS)


def mixed_commands(count: int) -> list[PlaceOrder | CancelOrder]:
    """Return orders and cancels as 64 connections would send them, given the engine's answers."""
    engine = founded_engine()
    flow = make_flow("bench")
    commands: list[PlaceOrder | CancelOrder] = []
    for number in range(count):
        connection = number % CONNECTIONS
        operation = flow.next(connection)
        command = command_of(operation, number + 1, 0)
        assert isinstance(command, PlaceOrder | CancelOrder)
        commands.append(command)
        reply = applied(engine, command, 1)
        if (
            isinstance(operation, Place)
            and isinstance(reply, OrderReply)
            and reply.order.status in (NEW, PARTIALLY_FILLED)
        ):
            flow.rests(connection, operation, reply.order.order_id)
    return commands
