"""Services that do what a test needs, and a launcher of them that a test can kill."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from random import Random

from scripts.launcher.console import Console
from scripts.launcher.service import Service
from scripts.launcher.supervisor import Supervisor

_SOURCE = """
import os, pathlib, signal, sys, time
me, what = pathlib.Path(sys.argv[1]), sys.argv[2]
with me.open("a") as file: file.write(f"{os.getpid()}\\n")
if what == "refuse": print("CRITICAL misconfigured", flush=True); sys.exit(2)
if what == "die": print("CRITICAL dead on arrival", flush=True); sys.exit(1)
if what == "mute": time.sleep(600)
if what == "stubborn": signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("INFO ready dummy", flush=True)
if what == "weak" and len(me.read_text().splitlines()) < 15: sys.exit(1)
while True: time.sleep(600)
"""


def dummy(folder: Path, name: str, what: str = "serve") -> Service:
    """A service that writes its process ids to `folder/name`."""
    return Service(
        name=name,
        command=(sys.executable, "-c", _SOURCE, str(folder / name), what),
        directory=folder,
        environment={"PATH": os.defpath},
        ready_timeout_s=0.3 if what == "mute" else 20.0,
        stop_timeout_s=0.3 if what == "stubborn" else 20.0,
    )


def pids(folder: Path, name: str) -> list[int]:
    """The processes that the service has been, oldest first."""
    path = folder / name
    return [int(line) for line in path.read_text().splitlines()] if path.exists() else []


async def _serve(folder: Path) -> None:
    console = Console(sys.stdout.fileno(), coloured=False)
    supervisor = Supervisor(console, Random())
    await supervisor.start([dummy(folder, "one"), dummy(folder, "two")])
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    console.plain("all ready")
    await stop.wait()
    await supervisor.stop()
    console.close()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
