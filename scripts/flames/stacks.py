"""Turns samples into stacks that say where processor time went.

The sampler looks at all threads at each moment, at those that wait too. So within a thread only
samples that do not wait count, and how much each thread counts is what the kernel says it used: a
thread that the sampler cannot see, such as ZeroMQ's own, is there as well, as one box. Frames that
are the same below every order (starting Python, turning the event loop) are left out, and so is
what only passes a call on.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from scripts.flames.frames import Frame, read_frame
from scripts.flames.groups import GROUPS, JOURNAL, OTHER, ZEROMQ, group_of

# Whoever is in one of these waits: for a lock, for the interpreter, for a socket, for the disk.
_WAITS: Final = (
    "PyThread_acquire_lock_timed",
    "pthread_cond_",
    "take_gil",
    "drop_gil",
    "sem_",
    "futex",
    "epoll_",
    "poll",
    "fdatasync",
    "fsync",
)
# How far from its end a stack is searched for them.
_WAIT_DEPTH: Final = 3
_PASSING: Final = (
    "Py_XDECREF",
    "Py_DECREF",
    "Py_INCREF",
    "_PyObject_",
    "PyObject_Call",
    "PyObject_Vectorcall",
    "_PyFunction_",
    "__Pyx_",
    "cfunction_",
    "method_vectorcall",
    "vectorcall",
)
_THREAD: Final = re.compile(r"thread \((\d+)\): (.*)")
# Whose work a thread does, by what its name begins with.
_THREADS: Final = {"ZMQ": ZEROMQ, "journal": JOURNAL}
# Threads are only worth a box if they did something.
_SHARE_MIN: Final = 0.002


class Thread(NamedTuple):
    """What a thread used.

    Attributes:
        name: Of the thread, as the kernel knows it.
        used_ns: Processor time.
    """

    name: str
    used_ns: int


class Samples(NamedTuple):
    """What was seen of a thread.

    Attributes:
        name: Of the thread, as Python knows it.
        stacks: How often each was seen, from its root.
    """

    name: str
    stacks: Counter[tuple[str, ...]]


class Call(NamedTuple):
    """A function on a stack that is drawn.

    Attributes:
        name: As it is shown.
        where: Module or library; "" if nothing is known.
        group: Part of the exchange.
    """

    name: str
    where: str
    group: str


Stacks = dict[tuple[Call, ...], float]


def read_samples(folded: str) -> dict[int, Samples]:
    """Read what the sampler writes: a line for each stack, from its root, with a number.

    Returns:
        By the kernel's number of the thread.
    """
    threads: dict[int, Samples] = {}
    for line in folded.splitlines():
        stack, _, count = line.rpartition(" ")
        root, *frames = stack.split(";")
        thread = _THREAD.fullmatch(root)
        if thread is not None and count.isdigit():
            samples = threads.setdefault(int(thread[1]), Samples(thread[2], Counter()))
            samples.stacks[tuple(frames)] += int(count)
    return threads


def weighed(
    samples: Mapping[int, Samples],
    used: Mapping[int, Thread],
    compiled: Collection[str],
) -> Stacks:
    """Return stacks with their share of all processor time; the shares add up to 1.

    Args:
        samples: Of each thread.
        used: What each thread used; those without samples are a box each.
        compiled: The modules that are compiled.
    """
    total_ns = sum(thread.used_ns for thread in used.values())
    stacks: Stacks = {}
    for number, thread in used.items():
        share = thread.used_ns / total_ns if total_ns else 0.0
        if share < _SHARE_MIN:
            continue
        seen = samples.get(number, Samples(thread.name, Counter()))
        working = {stack: count for stack, count in seen.stacks.items() if not waits(stack)}
        whole = sum(working.values())
        if not whole:
            box = (_thread_box(seen.name),)
            stacks[box] = stacks.get(box, 0.0) + share
        for stack, count in working.items():
            calls = calls_of(stack, compiled)
            stacks[calls] = stacks.get(calls, 0.0) + share * count / whole
    drawn = sum(stacks.values())
    return {calls: share / drawn for calls, share in stacks.items()}


def calls_of(stack: tuple[str, ...], compiled: Collection[str]) -> tuple[Call, ...]:
    """Return the part of a stack that is drawn, from its root."""
    calls: list[Call] = []
    group = OTHER
    for text in stack:
        frame = read_frame(text, compiled)
        group = group_of(frame.name, frame.module, group)
        call = Call(frame.name, frame.module, group)
        # A call within one function of a library shows as the function twice.
        if group != OTHER and not _passes(frame) and calls[-1:] != [call]:
            calls.append(call)
    return tuple(calls) or (Call(OTHER, "", OTHER),)


def waits(stack: tuple[str, ...]) -> bool:
    """Say whether a thread with this stack waits."""
    return any(frame.startswith(_WAITS) for frame in stack[-_WAIT_DEPTH:])


def shares_of_groups(stacks: Mapping[tuple[Call, ...], float]) -> dict[str, float]:
    """Return the share of each group, by who was at work at the top of each stack."""
    shares = dict.fromkeys(GROUPS, 0.0)
    for calls, share in stacks.items():
        shares[calls[-1].group] += share
    return {group: share for group, share in shares.items() if share}


def _passes(frame: Frame) -> bool:
    return frame.is_wrapper or frame.name.startswith(_PASSING)


def _thread_box(thread: str) -> Call:
    """Return the box of a thread of which nothing is known but its name."""
    groups = [group for beginning, group in _THREADS.items() if thread.startswith(beginning)]
    return Call(f"thread {thread}", "", groups[0] if groups else OTHER)
