"""Whole HTTP requests, made beforehand: the mixed flow of the soak, connection by connection.

Which orders rest, and so can be cancelled, is decided by an engine that the flow is played to. In a
round the connections meet in another order, so now and then an order that is cancelled has been
filled already: that cancel is refused, as it happens to clients too.

Requests are made once and sent in many rounds. In each, the names of the orders begin with another
word of the same length, so that no order is taken for one of an earlier round.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from proto.codes import NEW, PARTIALLY_FILLED
from proto.markets import read_markets
from proto.replies import MarketsReply, OrderReply
from scripts.benches.workload import ROOT, SEED, USER_IDS, applied, founded_engine
from scripts.load.evidence import scales_of
from scripts.load.flow import Flow, MarketWalk
from scripts.load.mesh import command_of
from scripts.load.operations import Cancel, Operation, Place
from scripts.load.rest import RestRequests

HOST: Final = "127.0.0.1"
_WORD: Final = b"@@@@@@"
WORD_LENGTH: Final = len(_WORD)


def mixed_requests(count: int, connections: int) -> list[list[bytes]]:
    """Make requests.

    Args:
        count: Of all connections together.
        connections: How many take turns.

    Returns:
        What each connection sends, one request after the other; see `of_round`.
    """
    assets, markets = read_markets(ROOT / "markets.toml")
    scales = scales_of(MarketsReply(0, assets, markets))
    walks = [MarketWalk(scale, 0) for scale in scales.values()]
    flow = Flow(SEED, _WORD.decode(), walks, USER_IDS, connections)
    writer = RestRequests(HOST, scales)
    engine = founded_engine()
    requests: list[list[bytes]] = [[] for _ in range(connections)]
    for number in range(count):
        connection = number % connections
        operation = flow.next(connection)
        requests[connection].append(writer.encode(_by_name(operation)))
        command = command_of(operation, number + 1, 0)
        reply = applied(engine, command, 1)
        if (
            isinstance(operation, Place)
            and isinstance(reply, OrderReply)
            and reply.order.status in (NEW, PARTIALLY_FILLED)
        ):
            flow.rests(connection, operation, reply.order.order_id)
    return requests


def of_round(requests: Sequence[Sequence[bytes]], round_number: int) -> list[list[bytes]]:
    """Return the requests of one round; rounds of one exchange have different numbers."""
    word = b"r%05d" % round_number
    assert len(word) == WORD_LENGTH
    return [[request.replace(_WORD, word) for request in one] for one in requests]


def _by_name(operation: Operation) -> Operation:
    """Let a cancel name its order as the client did: its order_id is not known beforehand."""
    if isinstance(operation, Cancel):
        return msgspec.structs.replace(operation, order_id=0)
    return operation
