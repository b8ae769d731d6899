"""One round of the engine bench: fresh engine, commands that prepare it, commands that are timed.

Also run by its path with another checkout on the module path (`round_process`): it then times that
checkout's engine on the same bytes. So it imports only what every checkout has, and takes commands
as encoded frames: a checkout that knows fewer fields ignores what it does not know.

    engine_round.py <file of flows>    then, on stdin, the name of a flow for each round

Time is that of this thread's work, not of the wall: what else the machine does counts little.
"""

import gc
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from matcher.core.engine import Engine
from proto.codec import decode_command_frame, encode
from proto.commands import Command
from proto.frames import CommandFrame

try:
    from matcher.core.events import Events as new_batch  # noqa: N813
    from matcher.core.events import Rows
except ImportError:
    # A checkout from before the engine packed its events.
    from matcher.sequencer import new_batch  # type: ignore[attr-defined,no-redef]

# What the matcher's batches hold when it is busy, about.
BATCH_COMMANDS: Final = 64
# The matcher's (`proto/garbage.py`), written down: an older checkout has none.
_GC_THRESHOLDS: Final = (50_000, 20, 100)

Batches = list[list[Command]]


class Flow(Struct, frozen=True):
    """Commands of one round.

    Attributes:
        prepare: What is applied first; frames.
        measure: What is timed; frames.
    """

    prepare: list[bytes]
    measure: list[bytes]


class Timed(NamedTuple):
    """What a round found.

    Attributes:
        command_us: Microseconds of work for each measured command.
        outcome: What must be the same for whoever did the same: trades of the measured commands.
    """

    command_us: float
    outcome: int


def frames_of(commands: Sequence[Command]) -> list[bytes]:
    """Encode commands as frames of a batch each."""
    starts = range(0, len(commands), BATCH_COMMANDS)
    return [encode(CommandFrame([*commands[start : start + BATCH_COMMANDS]])) for start in starts]


def batches_of(frames: Iterable[bytes]) -> Batches:
    """Decode frames."""
    return [decode_command_frame(frame).commands for frame in frames]


def run_engine(prepare: Batches, measure: Batches) -> Timed:
    """Apply batches to a fresh engine.

    Args:
        prepare: Not timed.
        measure: Timed.
    """
    engine = Engine(0)
    apply_batches(engine, prepare)
    gc.collect()
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
    start_ns = time.thread_time_ns()
    trades = apply_batches(engine, measure)
    elapsed_ns = time.thread_time_ns() - start_ns
    gc.set_threshold(*thresholds)
    gc.unfreeze()
    return Timed(elapsed_ns / 1_000 / sum(map(len, measure)), trades)


def apply_batches(engine: Engine, batches: Batches) -> int:
    """Apply batches as the sequencer does; return the number of trades."""
    trades = 0
    for commands in batches:
        events = new_batch(0, 1, engine.sequence + 1)
        if hasattr(engine, "apply_all"):
            engine.apply_all(commands, 1, events)
        else:
            # A checkout from before a frame was applied in one call.
            for command in commands:
                engine.apply(command, engine.sequence + 1, 1, events)
        trades += _count(events.trades)
    return trades


def _count(trades: "Rows | list[object]") -> int:
    return len(trades) if isinstance(trades, list) else trades.count


def _serve(path: Path) -> None:
    """Run the round of each flow named on stdin, and write what it found to stdout."""
    flows = msgspec.msgpack.decode(path.read_bytes(), type=dict[str, Flow])
    decoded = {
        name: (batches_of(flow.prepare), batches_of(flow.measure)) for name, flow in flows.items()
    }
    for line in sys.stdin:
        found = run_engine(*decoded[line.strip()])
        print(*found, flush=True)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
