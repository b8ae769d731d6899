"""What the collector does when it is told, and what it leaves alone."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from proto.garbage import collect_young_garbage, paused_garbage_collector


class Ring:
    """Holds itself."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    was_enabled = gc.isenabled()
    yield
    if was_enabled:
        gc.enable()
    else:
        gc.disable()


def test_young_garbage_is_collected_and_nothing_by_itself_from_then_on() -> None:
    collect_young_garbage()
    assert not gc.isenabled()
    young = weakref.ref(Ring())
    assert young() is not None
    collect_young_garbage()
    assert young() is None


def test_what_was_looked_at_once_is_left_alone() -> None:
    ring = Ring()
    collect_young_garbage()
    old = weakref.ref(ring)
    del ring
    collect_young_garbage()
    assert old() is not None
    gc.collect()
    assert old() is None


@pytest.mark.parametrize("is_enabled", [True, False])
def test_a_pause_ends_as_it_began(is_enabled: bool) -> None:
    if is_enabled:
        gc.enable()
    else:
        gc.disable()
    with paused_garbage_collector():
        assert not gc.isenabled()
    assert gc.isenabled() == is_enabled
