"""The flows that the engine is measured on: the soak's mixture, and each plain command alone."""

import random
from collections.abc import Sequence
from typing import Final, NamedTuple

from proto.codes import BUY, GTC, LIMIT, SELL
from proto.commands import CancelOrder, Command, PlaceOrder
from proto.ids import order_id_of
from proto.markets import read_markets
from proto.replies import MarketsReply
from scripts.benches.engine_round import Flow, frames_of
from scripts.benches.workload import ROOT, SEED, USER_IDS, founding_commands, mixed_commands
from scripts.load.evidence import scales_of
from scripts.load.flow import DEPTH_MEAN_TICKS, MarketWalk

MIXED: Final = "mixed commands"
REST: Final = "limit orders that rest"
TAKE: Final = "limit orders that take once"
CANCEL: Final = "cancels"

MIXED_COMMANDS: Final = 30_000
PLAIN_COMMANDS: Final = 10_000


class SourceFlow(NamedTuple):
    """Commands of one round.

    Attributes:
        prepare: What is applied first, the founding of the exchange included.
        measure: What is timed.
    """

    prepare: Sequence[Command]
    measure: Sequence[Command]


def engine_flows(mixed: int = MIXED_COMMANDS, plain: int = PLAIN_COMMANDS) -> dict[str, SourceFlow]:
    """Make the flows, the same each time.

    Args:
        mixed: Commands of the mixed flow.
        plain: Commands of each other flow.
    """
    founding = founding_commands()
    resting = _resting_orders(plain)
    cancels = _cancels(resting, len(founding))
    takers = _takers(resting)[:plain]
    return {
        MIXED: SourceFlow(founding, mixed_commands(mixed)),
        REST: SourceFlow(founding, resting),
        TAKE: SourceFlow([*founding, *resting], takers),
        CANCEL: SourceFlow([*founding, *resting], cancels),
    }


def encoded(flow: SourceFlow) -> Flow:
    """Write a flow as frames."""
    return Flow(frames_of(flow.prepare), frames_of(flow.measure))


def _resting_orders(count: int) -> list[Command]:
    """Make orders of one market that do not cross, at the distances of the mixed flow."""
    assets, markets = read_markets(ROOT / "markets.toml")
    (scale,) = scales_of(MarketsReply(0, assets, markets[:1])).values()
    walk = MarketWalk(scale, 0)
    dice = random.Random(SEED)
    orders: list[Command] = []
    for number in range(count):
        side = BUY if number % 2 else SELL
        distance = 1 + min(int(dice.expovariate(1 / DEPTH_MEAN_TICKS)), 150)
        price_ticks = walk.mid_ticks - distance if side == BUY else walk.mid_ticks + distance
        user_id = dice.choice(USER_IDS)
        orders.append(
            _limit(markets[0].market_id, user_id, side, price_ticks, 2 * walk.step_lots, number)
        )
    return orders


def _takers(resting: list[Command]) -> list[Command]:
    """Make two takers for each resting order, sides in turn: one leaves a part, one the rest.

    The orders are met in the order in which they trade, so each taker has one fill.
    """
    orders = [order for order in resting if isinstance(order, PlaceOrder)]
    # The sort is stable: at one price the first comes first.
    asks = sorted((o for o in orders if o.side == SELL), key=lambda order: order.price_ticks)
    bids = sorted((o for o in orders if o.side == BUY), key=lambda order: -order.price_ticks)
    takers: list[Command] = []
    for pair in zip(asks, bids, strict=True):
        for maker in (*pair, *pair):
            side = BUY if maker.side == SELL else SELL
            takers.append(
                _limit(
                    maker.market_id,
                    maker.user_id % len(USER_IDS) + 1,
                    side,
                    maker.price_ticks,
                    maker.quantity_lots // 2,
                    len(resting) + len(takers),
                )
            )
    return takers


def _cancels(resting: list[Command], commands_before: int) -> list[Command]:
    """Make the cancels of resting orders, in no order."""
    cancels: list[Command] = [
        CancelOrder(0, 0, order.market_id, order.user_id, order_id_of(0, commands_before + nth), "")
        for nth, order in enumerate(resting, 1)
        if isinstance(order, PlaceOrder)
    ]
    random.Random(SEED).shuffle(cancels)
    return cancels


def _limit(
    market_id: int, user_id: int, side: int, price_ticks: int, quantity_lots: int, number: int
) -> PlaceOrder:
    name = f"bench-{number}"
    return PlaceOrder(
        0, 0, market_id, user_id, side, LIMIT, GTC, False, price_ticks, quantity_lots, name
    )
