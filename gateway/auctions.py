"""What auctions would do: one answer of the matcher for all who ask at about the same time.

The matcher looks at every level that crosses, which in a full book takes it a while; how many ask
must not matter to those who trade. So a market has one question on its way at most, and its answer
serves whoever asks within `SHARED_NS` of when it left. A failure is told to those who wait for it,
and to nobody later.
"""

import asyncio
from collections.abc import Callable
from typing import Final, final

from proto.api.exchange import Exchange, ask
from proto.ids import RequestId
from proto.queries import AuctionQuery
from proto.replies import AuctionReply

SHARED_NS: Final = 100_000_000


@final
class _Question:
    """A question that has left, with its answer sooner or later."""

    __slots__ = ("answer", "asked_ns")

    def __init__(self, asked_ns: int, answer: asyncio.Task[AuctionReply]) -> None:
        self.asked_ns: Final = asked_ns
        self.answer: Final = answer

    def serves(self, now_ns: int) -> bool:
        """Tell whether somebody who asks now may have its answer."""
        if not self.answer.done():
            return True
        # A clock that was set back must not make it last.
        is_recent = 0 <= now_ns - self.asked_ns < SHARED_NS
        return is_recent and not self.answer.cancelled() and self.answer.exception() is None


@final
class Auctions:
    """Asks the matcher what auctions would do."""

    def __init__(self, exchange: Exchange, clock_ns: Callable[[], int]) -> None:
        self._exchange: Final = exchange
        self._clock_ns: Final = clock_ns
        # By market, so there are no more than markets.
        self._questions: Final[dict[int, _Question]] = {}

    async def show(self, market_id: int, request_id: RequestId) -> AuctionReply:
        """Return what an auction of a market would do, now or a moment ago.

        Args:
            market_id: Market.
            request_id: What a question has for its correlation id, if one is to be asked.

        Raises:
            Problem: If the matcher refuses, or no reply came in time.
            NotTakenError: If the question was not sent.
        """
        now_ns = self._clock_ns()
        question = self._questions.get(market_id)
        if question is None or not question.serves(now_ns):
            query = AuctionQuery(request_id, market_id)
            answer = asyncio.create_task(ask(self._exchange, query, AuctionReply), name="auction")
            answer.add_done_callback(_note_failure)
            question = self._questions[market_id] = _Question(now_ns, answer)
        # One who stops waiting must not take the answer from the others.
        return await asyncio.shield(question.answer)


def _note_failure(answer: asyncio.Task[AuctionReply]) -> None:
    """Mark a failure as seen, should everybody who waited for it be gone."""
    if not answer.cancelled():
        answer.exception()
