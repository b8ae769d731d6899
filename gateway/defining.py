"""Creating assets and markets, whose identifiers are counted up by whoever creates them.

The matcher refuses an identifier that is taken, so of two gateways that count at the same time one
looks again and takes the next. Looking also comes last: what was created is known to this gateway
before the client hears of it, and to another one when the client first names it there.
"""

from collections.abc import Callable
from typing import Final

from proto.api.exchange import Exchange, send
from proto.api.markets import MarketCatalog
from proto.api.problems import RETRY_AFTER_S, Problem, refusal
from proto.api.unknown_outcomes import outcome_unknown
from proto.codes import INVALID_DEFINITION
from proto.commands import DefineAsset, DefineMarket
from proto.mesh.errors import NotTakenError
from proto.replies import MarketsReply, Rejected

DEFINE_ATTEMPTS: Final = 5


async def define(
    exchange: Exchange,
    markets: MarketCatalog,
    next_step: Callable[[MarketsReply], DefineAsset | DefineMarket | None],
) -> MarketsReply:
    """Send what creates something until it is there.

    Args:
        exchange: The exchange.
        markets: The catalog, which learns what is created.
        next_step: Says what to send, given what there is; None where nothing is to be done.

    Returns:
        What there is at last.

    Raises:
        Problem: If the matcher refuses for another reason than a taken identifier, there is no
            reply, or others were quicker each time.
        NotTakenError: If nothing was sent.
    """
    sent = refused = None
    for _ in range(DEFINE_ATTEMPTS):
        try:
            present = await markets.read()
        except NotTakenError as error:
            if sent is None:
                raise
            raise outcome_unknown(error, sent) from None
        command = next_step(present)
        if command is None:
            return present
        if command == refused:
            # Nobody has taken the identifier: the definition is wrong in itself.
            raise refusal(INVALID_DEFINITION)
        reply, sent = await send(exchange, command), command
        if isinstance(reply, Rejected):
            if reply.reason != INVALID_DEFINITION:
                raise refusal(reply.reason)
            refused = command
    raise Problem(
        "OVERLOADED",
        "others create assets or markets at the same time; sending it again is safe",
        retry_after_s=RETRY_AFTER_S,
    )


def already_defined(field: str, name: str) -> Problem:
    """Say that a name belongs to something else."""
    return Problem(
        "ALREADY_DEFINED",
        f"{name} exists with another definition; definitions never change, so use another name",
        field=field,
    )
