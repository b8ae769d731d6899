"""Gives the users of a soak what they need, so that no order fails for want of balance.

A user who has less than the floor of an asset gets a deposit up to twice the floor. Deposits are
commands like any other: the audits count them.
"""

from collections.abc import Sequence
from typing import Final

from proto.commands import Deposit
from proto.queries import BalancesQuery
from proto.replies import BalancesReply, TransferReply
from scripts.load.evidence import EvidenceError
from scripts.load.flow import QUANTITY_STEPS, MarketWalk
from scripts.load.mesh import Exchange

# In full-sized orders: more than a user can have resting, and than a long run can drift.
FLOOR_ORDERS: Final = 20_000
# The price may walk far from where it started.
PRICE_GROWTH: Final = 2


def floors(walks: Sequence[MarketWalk]) -> dict[int, int]:
    """Return how much of each asset a user needs, in smallest units."""
    needed: dict[int, int] = {}
    for walk in walks:
        market = walk.market
        lots = walk.step_lots * QUANTITY_STEPS * FLOOR_ORDERS
        base = lots * walk.lot_amount
        quote = lots * walk.mid_ticks * PRICE_GROWTH * walk.tick_lot_amount
        needed[market.base_asset_id] = max(needed.get(market.base_asset_id, 0), base)
        needed[market.quote_asset_id] = max(needed.get(market.quote_asset_id, 0), quote)
    return needed


async def fund(
    exchange: Exchange, user_ids: Sequence[int], needed: dict[int, int], run: str
) -> int:
    """Deposit what users lack.

    Returns:
        How many deposits it took.

    Raises:
        EvidenceError: If one is refused.
    """
    deposits = 0
    for user_id in user_ids:
        reply = await exchange.send(BalancesQuery(exchange.next_request_id(), user_id))
        assert isinstance(reply, BalancesReply), reply
        totals: dict[int, int] = {
            balance.asset_id: balance.total_amount for balance in reply.balances
        }
        for asset_id, floor in needed.items():
            if totals.get(asset_id, 0) >= floor:
                continue
            answer = await exchange.send(
                Deposit(
                    exchange.next_request_id(),
                    user_id,
                    asset_id,
                    2 * floor - totals.get(asset_id, 0),
                    f"soak-{run}-{user_id}-{asset_id}",
                )
            )
            if not isinstance(answer, TransferReply):
                raise EvidenceError(f"user {user_id} cannot be funded: {answer}")
            deposits += 1
    return deposits
