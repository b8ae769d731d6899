"""Prepares a load: learns the markets, and gives the users what they need."""

from collections.abc import Sequence

from proto.mesh.client import MeshClient
from proto.scales import MarketScale
from proto.settings import SettingError
from scripts.load.evidence import MatcherEvidence, scales_of
from scripts.load.flow import MarketWalk
from scripts.load.funding import floors, fund
from scripts.load.judge import Scene


async def prepare(
    exchange: MeshClient,
    http_url: str,
    market_names: Sequence[str],
    user_ids: Sequence[int],
    run: str,
) -> tuple[Scene, list[MarketWalk]]:
    """Prepare a load.

    Args:
        exchange: A mesh client that is connected.
        http_url: REST address.
        market_names: Where to trade; on all markets where it is empty.
        user_ids: Who trades.
        run: Prefix of the client_order_ids.

    Raises:
        SettingError: If there is no such market.
        EvidenceError: If a user cannot be funded.
    """
    matcher = MatcherEvidence(exchange)
    reply = await matcher.markets()
    scales = scales_of(reply)
    traded = _chosen(market_names, scales)
    walks = [
        MarketWalk(scale, await matcher.last_price_ticks(scale.market.market_id))
        for scale in traded
    ]
    await fund(exchange, user_ids, floors(walks), run)
    scene = Scene(
        run=run,
        url=http_url,
        scales=scales,
        traded=traded,
        asset_names={asset.asset_id: asset.name for asset in reply.assets},
        user_ids=user_ids,
        start=await matcher.ledger(),
    )
    return scene, walks


def _chosen(names: Sequence[str], scales: dict[int, MarketScale]) -> list[MarketScale]:
    by_name = {scale.market.name: scale for scale in scales.values()}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise SettingError(f"there is no market {unknown[0]}; there are {', '.join(by_name)}")
    return [by_name[name] for name in names or by_name]
