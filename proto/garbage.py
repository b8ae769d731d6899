"""Settles Python's garbage collector for a process that runs for long and is always busy.

What the start made stays: frozen, collections need not visit it. From there on objects die with
their last reference, and the collector only finds the few cycles that asyncio and the libraries
leave. So it may run rarely, instead of once for every 700 objects that are merely in flight: each
run over all that was made since the start, resting orders for instance, is a pause for everybody.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# Objects alive that were not at the last collection, for the youngest generation; then how many
# collections of a generation cause one of the next.
_YOUNG_OBJECTS: Final = 50_000
_MIDDLE: Final = 20
_OLD: Final = 100


def settle_garbage_collector() -> None:
    """Keep what the start made for ever, and collect seldom from now on.

    Nothing is collected before: a start leaves a handful of dead objects, and to find them among
    a million orders takes a second. Complexity: O(1).
    """
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, _MIDDLE, _OLD)


def collect_young_garbage() -> None:
    """Collect among what was made since the last call, and nothing by itself from now on.

    For a process that must not pause, called so often that each call has little to do. Left to
    itself the collector counts what was made less what was freed: where old objects are freed as
    fast as new ones are made, as with orders that are forgotten, it waits until hundreds of
    thousands are young, and then looks at all of them at once. What was looked at once is not
    looked at again, so a cycle that ends later is never freed; such are few.
    """
    gc.disable()
    gc.collect(0)


@contextmanager
def paused_garbage_collector() -> Iterator[None]:
    """Collect nothing meanwhile: for making much that stays, where each look would be in vain."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
