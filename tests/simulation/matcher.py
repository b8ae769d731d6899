"""A matcher's process and its supervisor: how it starts, and how it ends.

A life begins with a mount of the disk, finds out what the journal holds, and ends when the process
is killed, when the machine loses its power, or when the matcher stops itself because the disk
refused. The supervisor starts it again after a while. All that was planned for a life ends with it.
"""

from functools import partial
from typing import Final, final

from matcher.journal.format import JournalError
from tests.simulation.disk import CrashError, SimulatedDisk
from tests.simulation.folders import JOURNAL, SNAPSHOTS
from tests.simulation.network import Delivery
from tests.simulation.opening import open_matcher, read_records
from tests.simulation.profile import DISK, FLIP, KILL, POWER
from tests.simulation.schedule import MILLISECOND_NS, Action, Life
from tests.simulation.shell import Shell
from tests.simulation.truth import ViolationError
from tests.simulation.world import World

_RESTART_NS: Final = 300 * MILLISECOND_NS
_EXIT_NS: Final = 20 * MILLISECOND_NS
# A start reads, writes the last record again, makes a segment and cuts others: some 20 operations.
_START_OPERATIONS: Final = 25


@final
class Matcher:
    """One matcher and its supervisor.

    Attributes:
        lives: How often it was started.
        refusals: How often the disk refused, and it stopped itself.
    """

    def __init__(self, world: World) -> None:
        self.lives = 0
        self.refusals = 0
        self._world: Final = world
        self._dealers: Final[dict[bytes, Delivery]] = {}
        self._life = Life()
        self._life.over = True
        self._mount = world.disk.mount()
        self._shell: Shell | None = None
        self._power_goes_too = False
        self._is_spared = False
        self._resumes_at_ns = 0

    def connect(self, identity: bytes, deliver: Delivery) -> None:
        """Note where the replies to a dealer go."""
        self._dealers[identity] = deliver

    def take(self, identity: bytes, frame: bytes) -> None:
        """Have a frame arrive; one that finds nobody is lost."""
        if self._shell is not None:
            self._shell.take(identity, frame)

    def start(self) -> None:
        """Begin a life."""
        self.lives += 1
        self._life, self._mount = Life(), self._world.disk.mount()
        self._power_goes_too = False
        if not self._is_spared and self._world.dice.random() < self._world.profile.start_trouble:
            self._trouble_start()
        self._after(0, self._open)

    def kill(self, *, with_power: bool) -> None:
        """End the process, or the machine, between two of its actions."""
        if not self._life.over:
            self._power_goes_too = with_power
            self._end()

    def kill_in(self, operations: int, *, with_power: bool) -> None:
        """End the process, or the machine, in the n-th disk operation from now."""
        self._power_goes_too = with_power
        self._mount.crash_in(operations)

    def kill_in_a_long_write(self, *, with_power: bool) -> None:
        """End the process, or the machine, in the next write of several sectors, or in its sync."""
        self._power_goes_too = with_power
        self._mount.crash_in_a_long_write()

    def fail_disk_in(self, operations: int, failures: int) -> None:
        """Have disk operations fail."""
        self._mount.fail_in(operations, failures)

    def pause(self, duration_ns: int) -> None:
        """Let the process do nothing for a while."""
        self._resumes_at_ns = self._world.schedule.now_ns + duration_ns

    def spare(self) -> None:
        """Let nothing of the above happen any more."""
        self._is_spared = True
        self._mount.spare()
        self._resumes_at_ns = 0

    @property
    def is_ready(self) -> bool:
        """Whether it takes requests."""
        return self._shell is not None

    def now_ns(self) -> int:
        """Return engine time; only where it is ready."""
        assert self._shell is not None
        return self._shell.now_ns()

    def _trouble_start(self) -> None:
        """Have something go wrong while the journal is read and a segment is made."""
        world = self._world
        operations = world.dice.randint(1, _START_OPERATIONS)
        kinds = [kind for kind in (KILL, POWER, DISK) if world.profile.has(kind)]
        if not kinds:
            return
        kind = world.dice.choice(kinds)
        if kind == DISK:
            self.fail_disk_in(operations, world.dice.choice((1, 1, 3)))
        else:
            self.kill_in(operations, with_power=kind == POWER)

    def _open(self) -> None:
        world = self._world
        copy = world.disk.copy() if world.profile.has(FLIP) else None
        was_true = world.judge.truth.sequence
        try:
            opened = open_matcher(self._mount, world.profile, world.clock.now_ns())
        except OSError as error:
            world.counts["starts failed"] += 1
            self._refused(error)
            return
        except JournalError as error:
            raise ViolationError("start refused", str(error)) from error
        world.counts["starts from a snapshot"] += opened.snapshot_sequence > 0
        world.counts["torn records"] += opened.has_tear
        kept = opened.engine.sequence - was_true
        world.counts["commands kept unacknowledged"] += kept if self.lives > 1 else 0
        position = world.judge.truth.position_at(opened.snapshot_sequence)
        records = read_records(world.disk, position)
        world.judge.on_recovered(opened.engine, records, opened.batches)
        if copy is not None:
            self._try_with_a_flipped_bit(copy, was_true)
        self._shell = Shell(world, opened, self._mount, self._dealers, self._after, self._refused)
        world.trace("matcher", f"ready: epoch {opened.epoch}, sequence {opened.engine.sequence}")

    def _try_with_a_flipped_bit(self, disk: SimulatedDisk, was_true: int) -> None:
        """Start from a damaged copy: it is refused, or makes no difference to what was true."""
        world = self._world
        folder = JOURNAL if world.dice.random() < 0.7 else SNAPSHOTS
        if not disk.flip_any(folder):
            return
        try:
            opened = open_matcher(disk.mount(), world.profile, world.clock.now_ns())
        except JournalError as error:
            world.counts["flipped bits refused"] += 1
            world.trace("matcher", f"refuses a flipped bit: {error}")
            return
        world.counts["flipped bits harmless"] += 1
        position = world.judge.truth.position_at(opened.snapshot_sequence)
        records = read_records(disk, position)
        world.judge.on_trial(opened.engine, records, opened.batches, was_true)

    def _refused(self, error: OSError) -> None:
        """The disk has refused, so the process ends, as soon as it can."""
        self.refusals += 1
        self._world.trace("matcher", f"stops itself: {error}")
        self._after(self._world.soon_ns(_EXIT_NS), self._end)

    def _end(self) -> None:
        world = self._world
        if self._shell is None:
            world.counts["died while starting"] += 1
        self._life.over = True
        self._shell = None
        self._mount.crash()
        if self._power_goes_too:
            world.disk.lose_power()
        world.trace("matcher", "gone, and the power" if self._power_goes_too else "gone")
        world.schedule.after(world.soon_ns(_RESTART_NS), self.start)

    def _after(self, delay_ns: int, action: Action) -> None:
        """Plan what the process does, unless it is dead by then or does nothing for a while."""
        self._world.schedule.after(delay_ns, partial(self._act, action, self._life), self._life)

    def _act(self, action: Action, life: Life) -> None:
        schedule = self._world.schedule
        wait_ns = self._resumes_at_ns - schedule.now_ns
        if wait_ns > 0:
            schedule.after(wait_ns, partial(self._act, action, life), life)
            return
        try:
            action()
        except CrashError:
            self._end()
