"""Cancels what a soak leaves in the books, so that the next one starts from small books."""

import asyncio
from collections.abc import Sequence
from typing import Final

from proto.commands import CancelOrder
from proto.queries import OpenOrdersQuery
from proto.replies import OpenOrdersReply
from scripts.load.mesh import Exchange

# Cancels in flight at one time; below every bound of the mesh.
_CHUNK: Final = 32


async def cancel_resting(exchange: Exchange, user_ids: Sequence[int], run: str) -> None:
    """Cancel the open orders of one run; what was filled meanwhile is fine."""
    for user_id in user_ids:
        reply = await exchange.send(OpenOrdersQuery(exchange.next_request_id(), user_id, 0))
        assert isinstance(reply, OpenOrdersReply), reply
        cancels = [
            CancelOrder(
                exchange.next_request_id(),
                exchange.deadline_ns(),
                order.market_id,
                user_id,
                order.order_id,
                "",
            )
            for order in reply.orders
            if order.client_order_id.startswith(f"{run}-")
        ]
        for start in range(0, len(cancels), _CHUNK):
            chunk = cancels[start : start + _CHUNK]
            await asyncio.gather(*(exchange.send(cancel) for cancel in chunk))
