"""Whoever makes trouble, now and then, of the kinds that the seed allows."""

from collections import Counter
from functools import partial
from typing import Final, final

from tests.simulation import profile
from tests.simulation.matcher import Matcher
from tests.simulation.persist import Persist
from tests.simulation.schedule import SECOND_NS, Action
from tests.simulation.world import World

_AWAY_NS: Final = 2 * SECOND_NS
# A clock may be found a day late, or a day fast; or a little of either.
_CLOCK_SET_NS: Final = (3 * SECOND_NS, 86_400 * SECOND_NS)
# Disk operations from now in which something happens: a record is two of them.
_OPERATIONS: Final = 8


@final
class Nemesis:
    """Makes faults.

    Attributes:
        made: How many of each kind.
    """

    def __init__(self, world: World, matcher: Matcher, persist: Persist) -> None:
        self.made: Final[Counter[str]] = Counter()
        self._world: Final = world
        self._matcher: Final = matcher
        self._persist: Final = persist
        self._is_over = False
        self._actions: Final[dict[str, Action]] = {
            profile.KILL: partial(self._kill, with_power=False),
            profile.POWER: partial(self._kill, with_power=True),
            profile.DISK: self._fail_disk,
            profile.CLOCK: self._set_clock,
            profile.PAUSE: self._pause,
            profile.REDIS_AWAY: self._redis_away,
            profile.REDIS_WIPED: self._redis_wiped,
            profile.REDIS_REWOUND: self._redis_rewound,
            profile.PERSIST: persist.kill,
            profile.DATABASE: self._database_away,
        }

    def start(self) -> None:
        """Begin to make trouble, if the seed has any."""
        self._plan()

    def stop(self) -> None:
        """Make no more, and have everything work again."""
        world = self._world
        self._is_over = True
        world.network.calm = True
        world.stream.is_up = world.database.is_up = True
        self._matcher.spare()

    def _plan(self) -> None:
        world = self._world
        if sum(self.made.values()) < world.profile.faults_max:
            delay_ns = int(world.dice.expovariate(1 / world.profile.fault_spacing_ns))
            world.schedule.after(delay_ns, self._strike)

    def _strike(self) -> None:
        kinds = [fault for fault in self._world.profile.faults if fault in self._actions]
        if self._is_over or not kinds:
            return
        kind = self._world.dice.choice(kinds)
        self.made[kind] += 1
        self._world.trace("nemesis", kind)
        self._actions[kind]()
        self._plan()

    def _kill(self, *, with_power: bool) -> None:
        way = self._world.dice.random()
        if way < 0.3:
            self._matcher.kill(with_power=with_power)
        elif way < 0.6:
            self._matcher.kill_in_a_long_write(with_power=with_power)
        else:
            operations = self._world.dice.randint(1, _OPERATIONS)
            self._matcher.kill_in(operations, with_power=with_power)

    def _fail_disk(self) -> None:
        dice = self._world.dice
        self._matcher.fail_disk_in(dice.randint(1, _OPERATIONS), dice.choice((1, 1, 3, 20)))

    def _set_clock(self) -> None:
        change_ns = self._world.soon_ns(self._world.dice.choice(_CLOCK_SET_NS))
        self._world.clock.set_by(self._world.dice.choice((1, -1)) * change_ns)

    def _pause(self) -> None:
        self._matcher.pause(self._world.soon_ns(_AWAY_NS))

    def _redis_away(self) -> None:
        self._world.stream.is_up = False
        self._world.schedule.after(self._world.soon_ns(_AWAY_NS), self._redis_back)

    def _redis_back(self) -> None:
        self._world.stream.is_up = True

    def _redis_wiped(self) -> None:
        self._world.stream.wipe()

    def _redis_rewound(self) -> None:
        self._world.stream.rewind()

    def _database_away(self) -> None:
        self._world.database.is_up = False
        self._world.schedule.after(self._world.soon_ns(_AWAY_NS), self._database_back)

    def _database_back(self) -> None:
        self._world.database.is_up = True
