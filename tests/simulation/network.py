"""The way between clients and matcher: frames are lost, late, out of order, or come twice.

ZeroMQ over a socket does none of it to a frame while a connection lasts. But a connection ends with
a process, and a gateway sends again what it may, so all of it happens to requests and replies; the
exchange has to be right when it does. A frame comes twice only if the gateway might have sent it
twice.
"""

import random
from collections.abc import Callable
from typing import Final, final

from tests.simulation.profile import Profile
from tests.simulation.schedule import MICROSECOND_NS, MILLISECOND_NS, SECOND_NS, Schedule

Delivery = Callable[[bytes], None]


@final
class Network:
    """Carries frames.

    Attributes:
        calm: Whether everything arrives soon and once.
    """

    def __init__(self, schedule: Schedule, dice: random.Random, profile: Profile) -> None:
        self.calm = False
        self._schedule: Final = schedule
        self._dice: Final = dice
        self._profile: Final = profile

    def send(self, frame: bytes, deliver: Delivery, *, repeatable: bool) -> None:
        """Carry a frame, or lose it."""
        dice, profile = self._dice, self._profile
        if not self.calm and dice.random() < profile.loss:
            return
        self._carry(frame, deliver)
        if repeatable and not self.calm and dice.random() < profile.duplication:
            self._carry(frame, deliver)

    def _carry(self, frame: bytes, deliver: Delivery) -> None:
        dice = self._dice
        if not self.calm and dice.random() < self._profile.slow:
            delay_ns = dice.randrange(4 * SECOND_NS)
        else:
            delay_ns = dice.randrange(50 * MICROSECOND_NS, 2 * MILLISECOND_NS)
        self._schedule.after(delay_ns, lambda: deliver(frame))
