"""Makes the exchange's own bounds so small that random commands meet them."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

import matcher.core.engine  # noqa: F401 (loads every module that takes a bound)
from tests.reference.state import Bounds

SMALL = Bounds(recent_orders=100, fired_per_command=3, cancelled_per_command=4)


@contextmanager
def bounded(bounds: Bounds) -> Iterator[None]:
    """Put bounds in the place of those of `proto.limits`, wherever the core has taken them."""
    values = {
        "RECENT_ORDERS": bounds.recent_orders,
        "FIRED_PER_COMMAND_MAX": bounds.fired_per_command,
        "CANCELLED_PER_COMMAND_MAX": bounds.cancelled_per_command,
    }
    core = [module for name, module in sys.modules.items() if name.startswith("matcher.core.")]
    with ExitStack() as stack:
        for name, value in values.items():
            takers = [module for module in core if hasattr(module, name)]
            assert takers, f"nobody in the core takes {name}"
            for module in takers:
                stack.enter_context(mock.patch.object(module, name, value))
        yield
