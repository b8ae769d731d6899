"""Runs groups of services: up in order, kept running, down in reverse order.

How it works: the services of a group stop together, a later group before an earlier one. A Keeper
looks after each service; the supervisor hears SIGCHLD and has every keeper look. Needs a running
event loop in the main thread.
"""

import asyncio
import signal
from collections.abc import Sequence
from random import Random
from typing import Final, final

from scripts.launcher.console import Console
from scripts.launcher.keeper import Keeper
from scripts.launcher.service import Service


@final
class Supervisor:
    """Runs groups of services.

    Args:
        console: Where their lines go.
        random: Source of the jitter between restarts.
    """

    def __init__(self, console: Console, random: Random) -> None:
        self._console: Final = console
        self._random: Final = random
        self._groups: Final[list[list[Keeper]]] = []
        self._hurry: Final = asyncio.Event()
        self._loop: Final = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGCHLD, self._poll)

    def pid(self, name: str) -> int | None:
        """Return the process of a service, where one runs now."""
        for group in self._groups:
            for keeper in group:
                if keeper.service.name == name:
                    return keeper.pid
        return None

    async def start(self, *groups: Sequence[Service]) -> None:
        """Start groups at once, and return when each service has been ready.

        Args:
            groups: They stop in the reverse of this order.

        Raises:
            ServiceFailedError: If one does not start. The others run on until `stop`.
        """
        keepers = []
        for services in groups:
            group = [Keeper(service, self._console, self._random) for service in services]
            self._groups.append(group)
            keepers.extend(group)
        await asyncio.gather(*(keeper.first_ready for keeper in keepers))

    async def stop(self) -> None:
        """Stop everything, the last group first. Each service has its deadline."""
        for group in reversed(self._groups):
            await asyncio.gather(*(keeper.stop(self._hurry) for keeper in group))
        self._groups.clear()
        self._loop.remove_signal_handler(signal.SIGCHLD)

    def hurry(self) -> None:
        """Have what is still running killed instead of waited for."""
        self._hurry.set()

    def _poll(self) -> None:
        for group in self._groups:
            for keeper in group:
                keeper.poll()
