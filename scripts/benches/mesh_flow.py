"""The frames that one client of the mesh bench sends: the flow of the soak, made beforehand.

Each client trades in markets and for users of its own. So the outcome of each of its commands is
what it was here, on an engine of its own, however the two clients' frames come to lie; and what it
cancels are orders that rest.

Orders are cancelled by the client's own name for them, since only the matcher knows their numbers.
The names carry a mark that is replaced from round to round: the engine would answer a repeated
name with the first outcome, which is far less work.
"""

import time
from typing import Final, final

from matcher.core.engine import Engine
from proto.codec import encode
from proto.codes import NEW, PARTIALLY_FILLED
from proto.commands import (
    CancelAll,
    CancelOrder,
    Command,
    DefineAsset,
    DefineMarket,
    Deposit,
    PlaceOrder,
)
from proto.frames import CommandFrame
from proto.limits import AMOUNT_MAX
from proto.markets import read_markets
from proto.replies import MarketsReply, OrderReply, Rejected, Reply
from scripts.benches.workload import ROOT, applied
from scripts.load.evidence import scales_of
from scripts.load.flow import Flow, MarketWalk
from scripts.load.mesh import command_of
from scripts.load.operations import Place

CLIENTS: Final = 2
_USERS: Final = 10
_CONNECTIONS: Final = 64
_DEPOSIT: Final = AMOUNT_MAX // 100
# As a gateway numbers them, and as long as its numbers are.
_FIRST_REQUEST_ID: Final = 1 << 60
_HOUR_NS: Final = 3_600_000_000_000
_MARK: Final = "mesh-000"
_MARKS: Final = 1_000


@final
class MeshFlow:
    """The commands of one client, over and over.

    Attributes:
        commands: How many there are in a round.
    """

    def __init__(self, client: int, commands: int) -> None:
        """Make the commands of a round.

        Args:
            client: Which client, from 0 on; below CLIENTS.
            commands: How many.
        """
        self.commands: Final = commands
        self._user_ids: Final = tuple(range(client * _USERS + 1, (client + 1) * _USERS + 1))
        assets, markets = read_markets(ROOT / "markets.toml")
        self._assets: Final = assets
        self._markets: Final = markets[client::CLIENTS]
        self._deadline_ns: Final = time.time_ns() + _HOUR_NS
        engine = Engine(0)
        for definition in (
            *(DefineAsset(0, asset) for asset in assets),
            *(DefineMarket(0, market) for market in markets),
            *self.deposits(),
        ):
            _apply(engine, definition)
        self._commands: Final = self._make_commands(engine, client)

    def deposits(self) -> list[Command]:
        """Return what gives each user enough of everything."""
        return [
            Deposit(0, user_id, asset.asset_id, _DEPOSIT, f"mesh-{user_id}-{asset.asset_id}")
            for user_id in self._user_ids
            for asset in self._assets
        ]

    def frames(self, frame_commands: int, round_number: int) -> list[bytes]:
        """Return the frames of a round.

        Args:
            frame_commands: Commands in each.
            round_number: No two rounds of a matcher's life may share one.
        """
        mark = f"mesh-{round_number % _MARKS:03}".encode()
        return [
            encode(CommandFrame(self._commands[start : start + frame_commands])).replace(
                _MARK.encode(), mark
            )
            for start in range(0, self.commands, frame_commands)
        ]

    def clearing(self) -> list[Command]:
        """Return what empties the books again, so that each round begins with the same ones."""
        return [CancelAll(0, 0, user_id, 0, 0) for user_id in self._user_ids]

    def _make_commands(self, engine: Engine, client: int) -> list[Command]:
        scales = scales_of(MarketsReply(0, self._assets, self._markets))
        walks = [MarketWalk(scale, 0) for scale in scales.values()]
        flow = Flow(client, _MARK, walks, self._user_ids, _CONNECTIONS)
        commands: list[Command] = []
        for number in range(self.commands):
            connection = number % _CONNECTIONS
            operation = flow.next(connection)
            request_id = _FIRST_REQUEST_ID + number
            command: Command
            if isinstance(operation, Place):
                command = command_of(operation, request_id, self._deadline_ns)
            else:
                command = CancelOrder(
                    request_id,
                    self._deadline_ns,
                    operation.market_id,
                    operation.user_id,
                    0,
                    operation.client_order_id,
                )
            commands.append(command)
            reply = _apply(engine, command)
            if (
                isinstance(operation, Place)
                and isinstance(reply, OrderReply)
                and reply.order.status in (NEW, PARTIALLY_FILLED)
            ):
                flow.rests(connection, operation, reply.order.order_id)
        return commands


def _apply(engine: Engine, command: Command) -> Reply:
    reply = applied(engine, command, 1)
    assert not isinstance(reply, Rejected) or isinstance(command, PlaceOrder | CancelOrder), reply
    return reply
