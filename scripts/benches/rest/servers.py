"""The servers that are compared, each in processes of its own, all of them up at the same time.

Those that are not measured at a moment have nothing to do but to beat now and then.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from scripts.benches.own_matcher import own_process
from scripts.benches.rest.fixed_server import PLAIN
from scripts.launcher.embedded import choose_port
from scripts.launcher.service import READY_LINE
from scripts.launcher.valkey import EmbeddedValkey

_UVICORN_READY: Final = re.compile("Uvicorn running")


@contextmanager
def fixed_server(folder: Path) -> Iterator[int]:
    """Run the gateway's server with a fixed reply; yields its port."""
    port = choose_port()
    with _module("fixed_server", (str(port),), folder):
        yield port


@contextmanager
def plain_server(folder: Path) -> Iterator[int]:
    """Run Falcon and uvicorn as they come with a fixed reply; yields their port."""
    port = choose_port()
    with _module("fixed_server", (str(port), PLAIN), folder, ready=_UVICORN_READY):
        yield port


@contextmanager
def list_exchange(folder: Path) -> Iterator[int]:
    """Run the exchange that is built on Redis lists, with a Redis of its own; yields its port."""
    port = choose_port()
    with ExitStack() as stack:
        # What is in it is on no disk: so are such exchanges run.
        redis = EmbeddedValkey(folder / "list-redis", durable=False)
        redis.start()
        stack.callback(redis.stop)
        stack.enter_context(_module("list_engine", (), folder, redis.url))
        stack.enter_context(_module("list_gateway", (str(port),), folder, redis.url))
        yield port


@contextmanager
def _module(
    name: str,
    arguments: tuple[str, ...],
    folder: Path,
    redis_url: str = "",
    ready: re.Pattern[str] = READY_LINE,
) -> Iterator[None]:
    command = (sys.executable, "-m", f"scripts.benches.rest.{name}", *arguments)
    log = folder / f"{'-'.join((name, *arguments))}.log"
    with own_process(command, {**os.environ, "REDIS_URL": redis_url}, log, ready):
        yield
