"""The codec beside the msgpack package, on the same frame of orders.

The yardstick turns the same bytes into lists of integers and text, and back. It checks nothing:
no types, no bounds, no shape. Ours makes message objects and has checked all of that.
"""

import time
from collections.abc import Callable
from typing import Final

import msgpack  # type: ignore[import-untyped]
import msgspec

from proto.codec import decode_request, encode
from proto.frames import CommandFrame
from scripts.benches.pairs import Comparison, compare
from scripts.benches.workload import mixed_commands

FRAME_COMMANDS: Final = 64
FRAMES_PER_ROUND: Final = 2_000


def bench_codec(pairs: int) -> list[Comparison]:
    """Measure encoding and decoding of a frame."""
    # Not the first ones, which are all placements.
    frame = CommandFrame([*mixed_commands(2_000)[-FRAME_COMMANDS:]])
    data = encode(frame)
    lists = msgspec.to_builtins(frame)
    assert msgpack.packb(lists) == data
    assert msgpack.unpackb(data) == lists
    packer = msgpack.Packer()
    beside = "the msgpack package (C), to and from plain lists, nothing checked"
    unit = "us a command"
    return [
        compare(
            f"encode a frame of {FRAME_COMMANDS} commands",
            lambda: _round(lambda: encode(frame)),
            lambda: _round(lambda: packer.pack(lists)),
            unit,
            beside,
            pairs,
        ),
        compare(
            f"decode a frame of {FRAME_COMMANDS} commands",
            lambda: _round(lambda: decode_request(data)),
            lambda: _round(lambda: msgpack.unpackb(data)),
            unit,
            beside,
            pairs,
        ),
    ]


def _round(work: Callable[[], object]) -> float:
    start_ns = time.perf_counter_ns()
    for _ in range(FRAMES_PER_ROUND):
        work()
    return (time.perf_counter_ns() - start_ns) / 1_000 / FRAMES_PER_ROUND / FRAME_COMMANDS
