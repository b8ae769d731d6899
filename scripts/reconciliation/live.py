"""What the running matcher says of itself, with the sequence at which it was true.

Questions that travel in one frame are answered from one state (`Sequencer.on_queries`). So each
frame begins and ends with a question for the ledger, whose answer names the sequence; what lies
between is the state after exactly that command, whoever trades meanwhile.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from matcher.core.engine import Engine
from proto.codec import decode_reply
from proto.queries import (
    AccountQuery,
    AuctionQuery,
    BalancesQuery,
    LedgerQuery,
    MarketDataQuery,
    MarketsQuery,
    OpenOrdersQuery,
    StateQuery,
)
from proto.replies import (
    AccountReply,
    AssetSums,
    AuctionReply,
    BalancesReply,
    LedgerReply,
    MarketDataReply,
    MarketsReply,
    OpenOrdersReply,
    Reply,
)
from scripts.load.audits import Audit, conclude
from scripts.load.evidence import EvidenceError
from scripts.load.mesh import Exchange

# With the two for the ledger, what a client puts into one frame at most.
_FRAME_QUERIES: Final = 254


class Sighting(Struct):
    """What the matcher answered at one sequence.

    Attributes:
        sequence: Sequence of the last command that the answers know of.
        answers: Questions and their answers.
    """

    sequence: int
    answers: list[tuple[StateQuery, Reply]]

    def sums(self) -> list[AssetSums]:
        """Return the sums of the ledger, with which a frame begins."""
        ledger = self.answers[0][1]
        assert isinstance(ledger, LedgerReply)
        return ledger.sums


async def look_at_matcher(
    exchange: Exchange, user_ids: Sequence[int], market_ids: Sequence[int]
) -> list[Sighting]:
    """Ask for the sums, every market and book, and every account, balance and open order.

    Raises:
        EvidenceError: If the answers are not of one state.
    """
    queries: list[StateQuery] = [MarketsQuery(exchange.next_request_id())]
    for market_id in market_ids:
        queries.append(MarketDataQuery(exchange.next_request_id(), market_id))
        queries.append(AuctionQuery(exchange.next_request_id(), market_id))
    for user_id in user_ids:
        queries.append(AccountQuery(exchange.next_request_id(), user_id))
        queries.append(BalancesQuery(exchange.next_request_id(), user_id))
        queries.append(OpenOrdersQuery(exchange.next_request_id(), user_id, 0))
    return [
        await _look(exchange, queries[start : start + _FRAME_QUERIES])
        for start in range(0, len(queries), _FRAME_QUERIES)
    ]


async def _look(exchange: Exchange, queries: list[StateQuery]) -> Sighting:
    whole: list[StateQuery] = [
        LedgerQuery(exchange.next_request_id()),
        *queries,
        LedgerQuery(exchange.next_request_id()),
    ]
    replies = await asyncio.gather(*(exchange.send(query) for query in whole))
    first, last = replies[0], replies[-1]
    assert isinstance(first, LedgerReply)
    assert isinstance(last, LedgerReply)
    if first.sequence != last.sequence:
        raise EvidenceError("one frame of questions was answered from two states")
    return Sighting(first.sequence, list(zip(whole[:-1], replies[:-1], strict=True)))


class LiveComparison(Struct):
    """What the matcher showed against what the replay has, kind by kind.

    Attributes:
        accounts: Accounts that are equal.
        balances: Balances that are equal.
        orders: Open orders that are equal.
        books: Books that are equal.
        auctions: Prices that auctions would have which are equal.
        statuses: Statuses of markets that are equal.
        sums: Sums of an asset that are equal.
        findings: What differs.
    """

    accounts: int = 0
    balances: int = 0
    orders: int = 0
    books: int = 0
    auctions: int = 0
    statuses: int = 0
    sums: int = 0
    findings: list[str] = []

    def compare(self, sighting: Sighting, engine: Engine) -> None:
        """Compare a sighting with an engine that has come to its sequence."""
        assert engine.sequence == sighting.sequence
        for query, theirs in sighting.answers:
            ours = decode_reply(engine.answer(query, engine.timestamp_ns))
            if isinstance(ours, MarketDataReply) and isinstance(theirs, MarketDataReply):
                # Tickers and candles are of the moment of the question; these are not.
                same = _book(ours) == _book(theirs)
            else:
                same = ours == theirs
            if same:
                self._count(ours)
            else:
                self.findings.append(
                    f"at sequence {sighting.sequence:,}, {query}: matcher {theirs}, journal {ours}"
                )

    def audit(self, sequences: Sequence[int]) -> Audit:
        """Return the result."""
        detail = (
            f"{self.accounts:,} accounts, {self.balances:,} balances, {self.orders:,} open orders, "
            f"{self.statuses:,} statuses, {self.books:,} books, {self.auctions:,} auctions and "
            f"{self.sums:,} sums equal at sequence {max(sequences, default=0):,}"
        )
        return conclude("live matcher", detail, self.findings)

    def _count(self, reply: Reply) -> None:
        if isinstance(reply, BalancesReply):
            self.balances += len(reply.balances)
        elif isinstance(reply, OpenOrdersReply):
            self.orders += len(reply.orders)
        elif isinstance(reply, MarketDataReply):
            self.books += 1
        elif isinstance(reply, AccountReply):
            self.accounts += 1
        elif isinstance(reply, AuctionReply):
            self.auctions += 1
        elif isinstance(reply, MarketsReply):
            self.statuses += len(reply.statuses)
        elif isinstance(reply, LedgerReply):
            self.sums += len(reply.sums)


def _book(reply: MarketDataReply) -> tuple[object, ...]:
    return reply.book_sequence, reply.bids, reply.asks, reply.trade_number
