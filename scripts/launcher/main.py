"""Wires the launcher together: reads the environment, starts the exchange, stops it.

Order of the start: the claim on the data folder and the check of the ports; the embedded servers;
then all of the exchange's own processes at once, since each waits by itself for what it needs;
then the demo users. The stop goes the other way.
"""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from random import Random
from typing import Final

from proto.build import build_kind, build_reason
from proto.settings import SettingError, Settings
from scripts.launcher.claim import check_ports, claim_data_folder
from scripts.launcher.config import LauncherConfig
from scripts.launcher.console import Console, wants_colour
from scripts.launcher.demo import USERS, DemoError, fund_demo_users
from scripts.launcher.embedded import EmbeddedServerError
from scripts.launcher.environment import addresses, exchange_services, write_environment
from scripts.launcher.keeper import ServiceFailedError
from scripts.launcher.postgres import EmbeddedPostgres
from scripts.launcher.service import Service
from scripts.launcher.supervisor import Supervisor
from scripts.launcher.valkey import EmbeddedValkey

# Exit statuses: told to stop; could not start; cannot start like this.
_STOPPED: Final = 0
_FAILED: Final = 1
_REFUSED: Final = 2
_CANCEL_TIMEOUT_S: Final = 5.0


def main() -> None:
    """Run `python -m scripts.launcher`."""
    try:
        config = LauncherConfig(Settings(os.environ))
        # Held until this process ends; children do not inherit it.
        claim_data_folder(config)
        check_ports(config)
    except (SettingError, EmbeddedServerError) as error:
        print(error, file=sys.stderr)
        sys.exit(_REFUSED)
    descriptor = sys.stdout.fileno()
    console = Console(descriptor, coloured=wants_colour(descriptor, os.environ))
    try:
        status = asyncio.run(_run(config, console))
    finally:
        console.close()
    sys.exit(status)


async def _run(config: LauncherConfig, console: Console) -> int:
    supervisor = Supervisor(console, Random())
    stop = asyncio.Event()

    def told_to_stop() -> None:
        if stop.is_set():
            console.notice("in a hurry: killing what still runs")
            supervisor.hurry()
        else:
            console.notice("stopping; Ctrl-C again does not wait")
            stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, told_to_stop)
    environment_file = config.run_dir / "environment"
    starting = asyncio.create_task(_start(config, console, supervisor))
    starting.add_done_callback(_look_at)
    stopping = asyncio.create_task(stop.wait())
    outcome, status = "stopped", _STOPPED
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            assets = starting.result()
            _show_addresses(config, console, assets)
            await stopping
    except (ServiceFailedError, EmbeddedServerError, DemoError) as error:
        # Said last: what still stops has things to say too.
        outcome, status = f"ERROR: the exchange did not start: {error}", _FAILED
    finally:
        stop.set()
        starting.cancel()
        # A library can swallow a cancellation; the stop does not hang on it.
        await asyncio.wait([starting], timeout=_CANCEL_TIMEOUT_S)
        await supervisor.stop()
        environment_file.unlink(missing_ok=True)
    console.notice(outcome)
    return status


def _look_at(starting: "asyncio.Task[list[str]]") -> None:
    """Mark a failure as seen: once we stop, it is no news."""
    if not starting.cancelled():
        starting.exception()


async def _start(config: LauncherConfig, console: Console, supervisor: Supervisor) -> list[str]:
    """Start everything, and return the names of the assets that the demo users have."""
    servers, variables = await asyncio.to_thread(_prepare_servers, config, console)
    write_environment(config.run_dir / "environment", variables)
    if servers:
        await supervisor.start(servers)
    await supervisor.start(*exchange_services(config, variables))
    return await fund_demo_users(config.matcher_endpoint, time.time_ns)


def _prepare_servers(
    config: LauncherConfig, console: Console
) -> tuple[list[Service], dict[str, str]]:
    """Set up the embedded servers that are wanted; return them and every address."""
    servers = []
    redis_url, database_url = config.redis_url, config.database_url
    if not redis_url:
        valkey = EmbeddedValkey(config.data_dir / "valkey")
        servers.append(valkey.prepare())
        redis_url = valkey.url
    if not database_url:
        postgres = EmbeddedPostgres(config.data_dir / "postgres")
        if not postgres.exists:
            console.notice(f"making a database cluster in {config.data_dir / 'postgres'}")
        servers.append(postgres.prepare())
        database_url = postgres.url
    return servers, addresses(config, redis_url, database_url)


def _process_age_s() -> float:
    """Return the time since `scripts/up` was typed: the shell became this process by exec."""
    # proc(5): field 22, the start in clock ticks since boot; the name in field 2 may hold spaces.
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    started_s = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started_s


def _show_addresses(config: LauncherConfig, console: Console, assets: list[str]) -> None:
    rows = (
        ("REST", f"{config.http_url}/api/v1"),
        ("API page", f"{config.http_url}/docs"),
        ("WebSocket", config.ws_url),
        ("Redis", "yours, REDIS_URL" if config.redis_url else "embedded Valkey"),
        ("Database", "yours, DATABASE_URL" if config.database_url else "embedded PostgreSQL"),
        ("Data", str(config.data_dir)),
        ("Addresses", f"{config.run_dir / 'environment'} (with passwords)"),
        ("Demo users", f"{USERS[0]} to {USERS[-1]}, with {', '.join(assets)}"),
        ("Build", f"{build_kind()}: {build_reason()}"),
    )
    console.plain("")
    for name, text in rows:
        console.plain(f"  {name:<11} {text}")
    console.plain("")
    console.plain(
        f"ready in {_process_age_s():.1f} s, {build_kind()}  REST {config.http_url}  "
        f"docs {config.http_url}/docs  WebSocket {config.ws_url}"
    )
