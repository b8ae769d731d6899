"""An exchange in which everything happens: random commands of every kind, cut into batches."""

import random

from matcher.core.engine import Engine
from matcher.core.events import Events
from proto.codes import (
    ALLOW,
    BUY,
    CONTINUOUS,
    DECREMENT,
    GTC,
    LIMIT,
    MARKET_STATE_NAMES,
    SELL,
)
from proto.commands import (
    Command,
    OrderTerms,
    PlaceOrder,
    SetAccount,
    SetAsset,
    SetFees,
    SetMarketState,
)
from proto.definitions import AssetDefinition, FeeTier
from proto.events import EventBatch
from proto.queries import BalancesQuery
from proto.replies import BalancesReply
from tests.applying import answer_of, apply_behind, batch_of
from tests.property.flow import Flow
from tests.property.venue import ASSETS, MARKET_IDS, START_NS, USERS, definitions, deposits
from tests.reference.exchange import ReferenceExchange


class Venue:
    """An engine that a random flow of commands is applied to.

    Attributes:
        batches: Every batch of events so far.
        assets: Assets by id.
    """

    def __init__(self, seed: int = 1) -> None:
        self.engine = Engine(0)
        self.batches: list[EventBatch] = []
        self.assets: dict[int, AssetDefinition] = {asset.asset_id: asset for asset in ASSETS}
        # The flow looks at the reference to know what there is.
        self._reference = ReferenceExchange()
        self._flow = Flow(random.Random(seed), self._reference.state)
        self._timestamp_ns = START_NS
        self._apply([(0, command) for command in (*definitions(), *deposits(), *_rarities())])

    def run(self, batches: int, commands: int = 40) -> None:
        """Apply commands, as many a batch."""
        for _ in range(batches):
            self._apply_next(commands)

    def totals(self) -> dict[tuple[int, str], int]:
        """Return the totals that the engine has, by user and name of asset."""
        totals = {}
        for user_id in USERS:
            reply = answer_of(self.engine, BalancesQuery(0, user_id), self._timestamp_ns)
            assert isinstance(reply, BalancesReply)
            for balance in reply.balances:
                name = self.assets[balance.asset_id].name
                totals[user_id, name] = balance.total_amount
        return totals

    def _apply_next(self, commands: int) -> None:
        events = self._begin()
        for _ in range(commands):
            # What comes next depends on what has happened.
            self._apply_one(events, *self._flow.next())
        self._end(events)

    def _apply(self, stamped: list[tuple[int, Command]]) -> None:
        events = self._begin()
        for elapsed_ns, command in stamped:
            self._apply_one(events, elapsed_ns, command)
        self._end(events)

    def _begin(self) -> Events:
        return Events(0, 1, self.engine.sequence + 1)

    def _apply_one(self, events: Events, elapsed_ns: int, command: Command) -> None:
        self._timestamp_ns += elapsed_ns
        apply_behind(self.engine, self._timestamp_ns, command, events)
        self._reference.apply(command, self._timestamp_ns)

    def _end(self, events: Events) -> None:
        batch = batch_of(events)
        batch.level_changes = []
        self.assets.update((asset.asset_id, asset) for asset in batch.assets)
        self.batches.append(batch)


def _rarities() -> list[Command]:
    """Return what the flow does too seldom.

    That is each state of a market, an asset that was frozen, rebates, and an order that is reduced
    twice by one command.
    """
    decrement = OrderTerms(self_trade=DECREMENT)
    return [
        PlaceOrder(0, 0, 1, 1, BUY, LIMIT, GTC, False, 500, 2, ""),
        PlaceOrder(0, 0, 1, 1, BUY, LIMIT, GTC, False, 500, 2, ""),
        PlaceOrder(0, 0, 1, 1, SELL, LIMIT, GTC, False, 500, 9, "", decrement),
        *(SetMarketState(0, 2, state, 0) for state in (*MARKET_STATE_NAMES, CONTINUOUS)),
        SetAsset(0, 3, True),
        SetAsset(0, 3, False),
        *(SetFees(0, market_id, FeeTier(1, -5_000, 300_000)) for market_id in MARKET_IDS),
        *(SetAccount(0, user_id, 1, 0, ALLOW, False) for user_id in USERS[:2]),
    ]


def by_command(batch: EventBatch) -> list[EventBatch]:
    """Cut a batch into its commands; what it defines goes with the first."""
    cut = []
    for sequence in range(batch.first_sequence, batch.last_sequence + 1):
        first = sequence == batch.first_sequence
        one = EventBatch(
            batch.shard,
            batch.epoch,
            sequence,
            sequence,
            batch.timestamp_ns,
            batch.assets if first else [],
            batch.markets if first else [],
            [event for event in batch.reports if event.sequence == sequence],
            [event for event in batch.trades if event.sequence == sequence],
            [event for event in batch.balance_changes if event.sequence == sequence],
            [],
            [event for event in batch.transfers if event.sequence == sequence],
            [event for event in batch.market_changes if event.sequence == sequence],
            [event for event in batch.account_changes if event.sequence == sequence],
            [event for event in batch.asset_changes if event.sequence == sequence],
        )
        cut.append(one)
    return cut
