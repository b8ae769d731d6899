"""Subscribers over real sockets, in their own process, and a feed that sabotages what it tells."""

import pytest

from scripts.watching.accounts import Goal, Seen
from scripts.watching.audience import Audience, AudienceError, subscribed
from scripts.watching.crowd_audits import audit_crowd
from scripts.watching.mistakes import GAP, MISSED, REPEATED, WRONG_CHECKSUM
from scripts.watching.pages import unpacked
from scripts.watching.plan import Begin, Crowd, SubscriberPlan
from tests.integration.watching.feed import MARKET, Client, Script, scripted_feed
from tests.waiting import until

pytestmark = pytest.mark.integration

STREAMS = (f"depth@{MARKET}", f"trades@{MARKET}")
TAPE = STREAMS[1]
DEADLINE_S = 20.0


def crowd(url: str, *, deflated: bool = False, count: int = 1) -> Crowd:
    plans = [
        SubscriberPlan(f"subscriber {number}", STREAMS, is_deflated=deflated)
        for number in range(1, count + 1)
    ]
    return Crowd(url, tuple(plans), Begin(6, 0), seed=1)


async def honest(client: Client, number: int) -> None:
    """Ten changes and ten trades; whoever comes again gets what it missed."""
    await client.answer()
    await client.tell_book("snapshot", 1, 1)
    for sequence in range(2, 11):
        await client.tell_book("delta", sequence, sequence)
    after = client.requests[0]["after"]
    assert isinstance(after, dict)
    await client.tell_trades(*range(int(after[TAPE]) + 1, 17))


async def watched(script: Script, trade_id: int = 16, *, deflated: bool = False) -> Seen:
    """Let subscribers see a script to its end."""
    async with (
        scripted_feed(script) as (url, _),
        subscribed(crowd(url, deflated=deflated)) as audience,
    ):
        return await audience.ask(Goal({MARKET: 10}, {TAPE: trade_id}, DEADLINE_S))


@pytest.mark.parametrize("deflated", [False, True])
async def test_an_honest_feed_is_believed(deflated: bool) -> None:
    seen_by_feed: list[Client] = []

    async def script(client: Client, number: int) -> None:
        seen_by_feed.append(client)
        await honest(client, number)

    seen = await watched(script, deflated=deflated)
    assert all(audit.ok for audit in audit_crowd(seen, is_quiet=True))
    (state,) = seen.subscribers
    assert (state.counts.deltas, state.counts.checksums, state.counts.events) == (9, 10, 10)
    assert state.books[MARKET].bids == [("9.95", "10")]
    assert seen_by_feed[0].is_deflated == deflated


async def drops_a_delta(client: Client, number: int) -> None:
    await client.answer()
    await client.tell_book("snapshot", 1, 1)
    await client.tell_book("delta", 3, 3)
    await client.answer()
    await client.answer()
    await client.tell_book("snapshot", 10, 10)
    await client.tell_trades(*range(7, 17))


async def writes_a_wrong_checksum(client: Client, number: int) -> None:
    await client.answer()
    await client.tell_book("snapshot", 1, 1)
    await client.tell_book("delta", 2, 2, checksum=1)
    await client.answer()
    await client.answer()
    await client.tell_book("snapshot", 10, 10)
    await client.tell_trades(*range(7, 17))


async def doubles_a_trade(client: Client, number: int) -> None:
    await client.answer()
    await client.tell_book("snapshot", 10, 10)
    await client.tell_trades(7, 8, 8, *range(9, 17))


async def forgets_what_was_told(client: Client, number: int) -> None:
    await client.answer()
    await client.tell_book("snapshot", 10, 10)
    await client.tell_trades(*range(7, 12))
    if number == 0:
        await client.connection.close(1001)
        return
    await client.tell_trades(*range(12, 17))


@pytest.mark.parametrize(
    ("sabotage", "mistake"),
    [
        (drops_a_delta, GAP),
        (writes_a_wrong_checksum, WRONG_CHECKSUM),
        (doubles_a_trade, REPEATED),
        (forgets_what_was_told, REPEATED),
    ],
)
async def test_sabotage_is_noticed(sabotage: Script, mistake: str) -> None:
    seen = await watched(sabotage)
    (state,) = seen.subscribers
    assert list(state.mistakes) == [mistake]
    assert [audit.ok for audit in audit_crowd(seen, is_quiet=False)].count(False) == 1


async def test_a_trade_that_one_of_two_is_not_told_is_noticed() -> None:
    async def script(client: Client, number: int) -> None:
        await client.answer()
        await client.tell_book("snapshot", 10, 10)
        await client.tell_trades(*(n for n in range(7, 17) if number == 0 or n != 9))

    async with (
        scripted_feed(script) as (url, _),
        subscribed(crowd(url, count=2)) as audience,
    ):
        seen = await audience.ask(Goal({MARKET: 10}, {TAPE: 16}, DEADLINE_S))
    mistakes = [state.mistakes for state in seen.subscribers if state.mistakes]
    assert len(mistakes) == 1
    assert set(mistakes[0]) <= {MISSED, "told to one only"}


async def test_a_trade_that_never_comes_leaves_the_goal_unreached() -> None:
    async def script(client: Client, number: int) -> None:
        await client.answer()
        await client.tell_book("snapshot", 10, 10)
        await client.tell_trades(7)

    async with scripted_feed(script) as (url, _), subscribed(crowd(url)) as audience:
        seen = await audience.ask(Goal({}, {TAPE: 8}, 0.2))
        assert seen.tapes == {TAPE: 1}


async def test_who_loses_the_connection_resumes_and_what_was_told_is_recalled() -> None:
    async def script(client: Client, number: int) -> None:
        await client.answer()
        await client.tell_book("snapshot", 1, 1)
        if number == 0:
            await client.tell_trades(7, 8, 9)
            await client.connection.close(1001, "the feed is stopping")
            return
        assert client.requests[0]["after"] == {TAPE: "9"}
        await client.tell_trades(*range(10, 17))

    async with scripted_feed(script) as (url, clients), subscribed(crowd(url)) as audience:
        seen = await audience.ask(Goal({}, {TAPE: 16}, DEADLINE_S))
        told = await audience.recall()
    (state,) = seen.subscribers
    assert not state.mistakes
    assert state.counts.closings == {"1001 the feed is stopping": 1}
    assert state.counts.reconnects == 1 == len(clients) - 1
    texts = list(unpacked(told.tapes[TAPE]))
    assert texts == [f'{{"trade_id":"{number}"}}'.encode() for number in range(7, 17)]


async def test_unrest_cuts_connections_and_stops_readers_until_it_is_over() -> None:
    async with scripted_feed(honest) as (url, clients), subscribed(crowd(url, count=3)) as audience:
        await audience.misbehave(50.0)
        await until(lambda: len(clients) > 8, DEADLINE_S)
        await audience.misbehave(0)
        seen = await audience.ask(Goal({MARKET: 10}, {TAPE: 16}, DEADLINE_S))
    assert all(audit.ok for audit in audit_crowd(seen, is_quiet=False))
    counts = [state.counts for state in seen.subscribers]
    assert sum(count.cuts for count in counts) >= 4
    assert sum(count.stalls for count in counts) > 0
    assert sum(count.reconnects for count in counts) >= 5


async def test_who_gets_nothing_has_nothing() -> None:
    async def silent(client: Client, number: int) -> None:
        await client.answer()

    async def script(client: Client, number: int) -> None:
        await (silent if number == 1 else honest)(client, number)

    async with scripted_feed(script) as (url, _):
        audience = await Audience.start(crowd(url, count=2))
        try:
            seen = await audience.ask(Goal({}, {}, 1.0))
            got = sorted(state.books[MARKET].sequence for state in seen.subscribers)
            assert got == [-1, 10]
        finally:
            await audience.close()


async def test_a_process_that_has_ended_says_so() -> None:
    audience = await Audience.start(crowd("ws://127.0.0.1:1"))
    await audience.close()
    with pytest.raises(AudienceError):
        await audience.ask(Goal({}, {}, 1.0))
