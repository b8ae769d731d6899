"""Something that tasks wait for, again and again, and that wakes all of them."""

import asyncio
from typing import final


@final
class Signal:
    """Wakes whoever waits when it fires; whoever comes later waits for the next time."""

    __slots__ = ("_next",)

    def __init__(self) -> None:
        self._next: asyncio.Future[None] | None = None

    async def wait(self) -> None:
        """Wait until it fires."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        # Shielded, since others may wait for the same.
        await asyncio.shield(self._next)

    def fire(self) -> None:
        """Wake all who wait."""
        if self._next is not None:
            self._next.set_result(None)
            self._next = None
