"""Everything that a process of the simulation finds around it."""

import random
from collections import Counter
from typing import Final, final

from tests.simulation.clock import Clock
from tests.simulation.database import Database
from tests.simulation.disk import SimulatedDisk
from tests.simulation.judge import Judge
from tests.simulation.network import Network
from tests.simulation.profile import Profile
from tests.simulation.schedule import Schedule
from tests.simulation.stream import Stream
from tests.simulation.trace import Show, Trace
from tests.simulation.truth import Truth


@final
class World:
    """One seed's world.

    Attributes:
        seed: The seed.
        dice: What decides everything.
        profile: How large and how bad it is.
        schedule: Time.
        clock: The machine's clock, gateways included.
        disk: The matcher's disk.
        network: The way between clients and matcher.
        stream: Redis.
        database: The history database.
        judge: Who objects.
        trace: Takes note of what happens.
        counts: How often what happened.
    """

    def __init__(self, seed: int, show: Show | None = None) -> None:
        self.seed: Final = seed
        self.dice: Final = random.Random(seed)
        self.profile: Final = Profile(self.dice)
        self.schedule: Final = Schedule()
        self.trace: Final = Trace(self.schedule, show)
        self.clock: Final = Clock(self.schedule)
        self.disk: Final = SimulatedDisk(self.dice)
        self.network: Final = Network(self.schedule, self.dice, self.profile)
        self.stream: Final = Stream(self.dice)
        self.database: Final = Database()
        self.judge: Final = Judge(self.disk, Truth(self.profile.recent_orders))

        self.counts: Final[Counter[str]] = Counter()

    def soon_ns(self, longest_ns: int) -> int:
        """Draw a delay: often short, sometimes as long as that."""
        longest_ns = longest_ns if self.dice.random() < 0.2 else longest_ns // 10
        return self.dice.randrange(longest_ns + 1)
