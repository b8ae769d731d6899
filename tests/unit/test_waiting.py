"""What waits for everything else must itself not wait for ever."""

import asyncio
import itertools

import pytest

from tests.waiting import block_until, until


async def test_it_returns_what_has_come_true() -> None:
    looks = itertools.count()
    assert await until(lambda: next(looks) // 3) == 1

    async def awaited() -> int:
        return next(looks) // 6

    assert await until(awaited) == 1
    assert block_until(lambda: next(looks) // 9) == 1


async def test_past_the_deadline_it_fails_and_says_what_was_seen() -> None:
    with pytest.raises(AssertionError, match=r"within 0.01 s: nothing"):
        await until(lambda: False, deadline_s=0.01, explain=lambda: "nothing")
    with pytest.raises(AssertionError, match=r"within 0.01 s: nothing"):
        block_until(lambda: False, deadline_s=0.01, explain=lambda: "nothing")


async def test_a_condition_that_never_answers_is_given_up() -> None:
    forever = asyncio.Event()
    with pytest.raises(AssertionError, match=r"within 0.01 s$"):
        await until(forever.wait, deadline_s=0.01)


async def test_a_time_limit_of_the_condition_s_own_is_its_own_failure() -> None:
    async def impatient() -> bool:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        await until(impatient)
