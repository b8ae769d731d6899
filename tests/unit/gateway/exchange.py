"""An exchange in the test's own process: the real engine, without mesh and journal."""

from pathlib import Path

from matcher.core.engine import Engine
from proto.commands import Command, DefineAsset, DefineMarket, Deposit
from proto.ids import RequestId
from proto.markets import read_markets
from proto.mesh.errors import MeshError
from proto.queries import Query
from proto.replies import Rejected, Reply
from tests.applying import answer_of, apply_to

MARKETS_FILE = Path(__file__).parents[3] / "markets.toml"
START_NS = 1_704_110_400_000_001_000
TIMEOUT_NS = 5_000_000_000


class EngineExchange:
    """Applies what it is sent at once; `failure` makes it fail as the mesh would."""

    def __init__(self, users: int = 3) -> None:
        self.engine = Engine(0)
        self.failure: MeshError | None = None
        self.connected = True
        self.epoch: int | None = 1
        self.now_ns = START_NS
        self.messages: list[Command | Query] = []
        self._request_id = 0
        self.assets, markets = read_markets(MARKETS_FILE)
        for asset in self.assets:
            self.apply(DefineAsset(0, asset))
        for market in markets:
            self.apply(DefineMarket(0, market))
        for user_id in range(1, users + 1):
            for asset in self.assets:
                amount = 1_000_000 * 10**asset.decimals
                reference = f"demo-{user_id}-{asset.name}"
                self.apply(Deposit(0, user_id, asset.asset_id, amount, reference))

    def clock_ns(self) -> int:
        return self.now_ns

    def next_request_id(self) -> RequestId:
        self._request_id += 1
        return RequestId(self._request_id)

    def deadline_ns(self) -> int:
        return self.now_ns + TIMEOUT_NS

    async def send(self, message: Command | Query) -> Reply:
        self.messages.append(message)
        if self.failure is not None:
            raise self.failure
        if isinstance(message, Command):
            return self.apply(message)
        return answer_of(self.engine, message, self.now_ns)

    def apply(self, command: Command) -> Reply:
        self.now_ns += 1_000
        reply, _ = apply_to(self.engine, self.now_ns, command)
        assert isinstance(reply, Rejected) or reply.request_id == command.request_id
        return reply
