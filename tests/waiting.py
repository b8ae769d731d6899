"""How tests wait: they look again until a condition holds, and fail past a deadline.

The first looks follow each other closely, since most conditions hold at once or soon; after that
there is a rest between them, which leaves the processor to those who are waited for.
"""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, TypeVar, overload

Result = TypeVar("Result")

DEADLINE_S: Final = 30.0
REST_S: Final = 0.02
_FIRST_REST_S: Final = 0.001


@overload
async def until(
    condition: Callable[[], Awaitable[Result]],
    deadline_s: float = ...,
    rest_s: float = ...,
    explain: Callable[[], object] | None = ...,
) -> Result: ...


@overload
async def until(
    condition: Callable[[], Result],
    deadline_s: float = ...,
    rest_s: float = ...,
    explain: Callable[[], object] | None = ...,
) -> Result: ...


async def until(
    condition: Callable[[], object],
    deadline_s: float = DEADLINE_S,
    rest_s: float = REST_S,
    explain: Callable[[], object] | None = None,
) -> object:
    """Wait while the event loop runs.

    Args:
        condition: What must become true; a coroutine function is awaited each time, and the
            deadline holds for it too.
        deadline_s: Seconds after which the test fails.
        rest_s: Longest rest between two looks in seconds, for conditions that cost something.
        explain: Says what was seen instead; called only on failure.

    Returns:
        What the condition has returned: the first value that is true.

    Raises:
        AssertionError: If it does not hold in time.
    """
    limit = asyncio.timeout(deadline_s)
    try:
        async with limit:
            for rest in _rests(rest_s):
                found = condition()
                if inspect.isawaitable(found):
                    found = await found
                if found:
                    return found
                await asyncio.sleep(rest)
    except TimeoutError:
        # The condition may run into a time limit of its own.
        if not limit.expired():
            raise
    raise AssertionError(_complaint(deadline_s, explain))


def block_until(
    condition: Callable[[], Result],
    deadline_s: float = DEADLINE_S,
    rest_s: float = REST_S,
    explain: Callable[[], object] | None = None,
) -> Result:
    """Wait where no event loop runs; otherwise like `until`."""
    rests = _rests(rest_s)
    ends_at_s = time.monotonic() + deadline_s
    while not (found := condition()):
        if time.monotonic() >= ends_at_s:
            raise AssertionError(_complaint(deadline_s, explain))
        time.sleep(next(rests))
    return found


def _rests(most_s: float) -> Iterator[float]:
    """Yield the rests between looks in seconds."""
    rest_s = _FIRST_REST_S
    while True:
        yield min(rest_s, most_s)
        rest_s *= 2


def _complaint(deadline_s: float, explain: Callable[[], object] | None) -> str:
    seen = "" if explain is None else f": {explain()}"
    return f"it did not come true within {deadline_s:g} s{seen}"
