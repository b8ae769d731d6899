"""What kind of world a seed makes: how large, how bad, and in which ways.

Not every seed has every kind of trouble: where everything fails at once, much never happens,
because something else happens first. So each seed draws a subset, and how much of each.
"""

import random
from typing import Final, final

from tests.simulation.schedule import MILLISECOND_NS, SECOND_NS

# What can go wrong, beside the network. The word is what a report counts it under.
KILL: Final = "matcher killed"
POWER: Final = "power lost"
DISK: Final = "disk refuses"
FLIP: Final = "bit flipped"
CLOCK: Final = "clock set"
PAUSE: Final = "matcher paused"
REDIS_AWAY: Final = "Redis away"
REDIS_WIPED: Final = "Redis wiped"
REDIS_REWOUND: Final = "Redis rewound"
PERSIST: Final = "persist killed"
DATABASE: Final = "database away"
FAULTS: Final = (
    KILL,
    POWER,
    DISK,
    FLIP,
    CLOCK,
    PAUSE,
    REDIS_AWAY,
    REDIS_WIPED,
    REDIS_REWOUND,
    PERSIST,
    DATABASE,
)


@final
class Profile:
    """The dimensions of one seed.

    Attributes:
        clients: Clients, each the gateway of one user.
        operations: What each of them does.
        window: Operations of one client that are under way at one time.
        bursts: Whether a client fills its window only when it is empty.
        users: Users; several clients may be of one.
        faults: Kinds of faults.
        faults_max: Faults in all.
        fault_spacing_ns: Mean time between two of them.
        loss: Probability that a frame is lost.
        duplication: Probability that a frame which may be repeated arrives twice.
        slow: Probability that a frame takes seconds rather than milliseconds.
        sync_ns: Longest time for a record to be written.
        segment_bytes: Size of the journal's segments.
        stream_messages: Messages that the publisher keeps for a Redis that is away.
        snapshot_commands: Commands between two snapshots; 0 for none.
        long_names: Whether client order ids and references are as long as they may be.
        start_trouble: Probability that a start meets one of the faults that the seed has.
        recent_orders: Orders that the engine remembers.
        batch_commands: Commands that the sequencer takes before it waits for the disk.
    """

    def __init__(self, dice: random.Random) -> None:
        small = dice.random() < 0.6
        large = not small and dice.random() < 0.1
        self.clients: Final = dice.randint(1, 3) if small else dice.randint(2, 8 if large else 6)
        self.operations: Final = dice.randint(3, 12 if small else 60 if large else 30)
        self.window: Final = dice.choice((1, 2, 8, 16))
        self.bursts: Final = dice.random() < 0.7
        self.users: Final = dice.randint(1, 3)
        self.faults: Final = tuple(fault for fault in FAULTS if dice.random() < 0.4)
        self.faults_max: Final = dice.randint(0, 4 if small else 10) if self.faults else 0
        self.fault_spacing_ns: Final = dice.choice((5, 50, 500)) * MILLISECOND_NS
        lossy = dice.random() < 0.6
        self.loss: Final = dice.choice((0.01, 0.1, 0.3)) if lossy else 0.0
        self.duplication: Final = dice.choice((0.0, 0.1, 0.3)) if lossy else 0.0
        self.slow: Final = dice.choice((0.0, 0.02, 0.2)) if lossy else 0.0
        self.sync_ns: Final = dice.choice((1, 10, 200)) * MILLISECOND_NS
        self.segment_bytes: Final = dice.choice((1_024, 2_048, 4_096, 65_536))
        self.stream_messages: Final = dice.choice((2, 20, 1_000))
        self.snapshot_commands: Final = dice.choice((0, 5, 20, 50))
        self.long_names: Final = dice.random() < 0.5
        self.start_trouble: Final = dice.choice((0.0, 0.3, 0.7))
        self.recent_orders: Final = dice.choice((3, 12)) if dice.random() < 0.1 else 1 << 18
        self.batch_commands: Final = dice.choice((2, 8, 8_192))

    def has(self, fault: str) -> bool:
        """Tell whether a kind of fault can occur."""
        return fault in self.faults

    def forgets(self) -> bool:
        """Tell whether the engine may forget an order that a client still asks for."""
        return self.recent_orders < self.clients * self.operations


TIMEOUT_NS: Final = 2 * SECOND_NS
