"""Gives the demo users something to trade with, through the mesh like any other client.

How it works: each user gets one deposit in each asset that was never in the account. Its
reference names the user and the asset, so however often this runs, it is applied once.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from proto.commands import Command, Deposit
from proto.definitions import AssetDefinition, MarketDefinition
from proto.ids import UserId
from proto.limits import AMOUNT_MAX
from proto.mesh.client import MeshClient
from proto.mesh.errors import NotTakenError, OutcomeUnknownError
from proto.mesh.registry import StaticEndpoint
from proto.queries import BalancesQuery, MarketsQuery, Query
from proto.replies import BalancesReply, MarketsReply, Rejected, Reply

USERS: Final = range(1, 11)

# Whole units of an asset. What prices are in, and what is bought with it.
_QUOTE_UNITS: Final = 1_000_000_000
_BASE_UNITS: Final = 10_000_000
# An asset with many decimals holds less: all users together must stay far below AMOUNT_MAX.
_AMOUNT_MAX: Final = AMOUNT_MAX // 100
_TIMEOUT_S: Final = 30.0
_RETRY_S: Final = 0.02


class DemoError(Exception):
    """The demo users could not be given their balances."""


async def fund_demo_users(endpoint: str, clock_ns: Callable[[], int]) -> list[str]:
    """Give the demo users their balances, and return the names of the assets.

    Raises:
        DemoError: If the matcher does not answer, or refuses.
    """
    client = MeshClient(StaticEndpoint(endpoint), clock_ns)
    await client.start()
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            return await _fund(client)
    except TimeoutError as error:
        raise DemoError(f"the matcher did not answer for {_TIMEOUT_S:g} s") from error
    finally:
        await client.close()


async def _fund(client: MeshClient) -> list[str]:
    markets = await _send(client, MarketsQuery(client.next_request_id()))
    assert isinstance(markets, MarketsReply)
    amounts = opening_amounts(markets.assets, markets.markets)
    await asyncio.gather(*(_fund_user(client, UserId(user), amounts) for user in USERS))
    return [asset.name for asset in markets.assets]


async def _fund_user(
    client: MeshClient, user_id: UserId, amounts: list[tuple[AssetDefinition, int]]
) -> None:
    balances = await _send(client, BalancesQuery(client.next_request_id(), user_id))
    assert isinstance(balances, BalancesReply)
    touched = {balance.asset_id for balance in balances.balances}
    deposits = [
        Deposit(
            client.next_request_id(),
            user_id,
            asset.asset_id,
            amount,
            f"demo-{user_id}-{asset.name}",
        )
        for asset, amount in amounts
        if asset.asset_id not in touched
    ]
    await asyncio.gather(*(_send(client, deposit) for deposit in deposits))


def opening_amounts(
    assets: Iterable[AssetDefinition], markets: Iterable[MarketDefinition]
) -> list[tuple[AssetDefinition, int]]:
    """Return how much of each asset a demo user begins with, in the asset's smallest units."""
    quotes = {market.quote_asset_id for market in markets}
    return [
        (
            asset,
            min(
                (_QUOTE_UNITS if asset.asset_id in quotes else _BASE_UNITS) * 10**asset.decimals,
                _AMOUNT_MAX,
            ),
        )
        for asset in assets
    ]


async def _send(client: MeshClient, message: Command | Query) -> Reply:
    """Send until there is an answer: all that is sent here may be sent twice."""
    while True:
        try:
            reply = await client.send(message)
        except (NotTakenError, OutcomeUnknownError):
            # The caller's deadline bounds this; mostly the first connection is waited for.
            await asyncio.sleep(_RETRY_S)
            continue
        if isinstance(reply, Rejected):
            raise DemoError(f"the matcher refused {message!r} for reason {reply.reason}")
        return reply
