"""Puts the parts together: an exchange, a load, faults, recovery, audits, the report."""

import asyncio
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import uvloop
from rich.console import Console

from matcher.journal.format import JournalError
from matcher.tools.data_folder import DataFolder
from proto.mesh.client import MeshClient
from proto.mesh.errors import MeshError
from proto.settings import SettingError
from scripts.faults.exchange import ExchangeError, OwnExchange, own_exchange
from scripts.faults.injector import Injector
from scripts.faults.options import Options, parse_options
from scripts.faults.report import write_report
from scripts.faults.result import Aftermath, Result, make_result
from scripts.faults.schedule import Planned, plan
from scripts.faults.struggle import Struggle
from scripts.faults.witness import Witness
from scripts.load.drive import Drive, Load
from scripts.load.evidence import SHARD, DatabaseEvidence, EvidenceError, MatcherEvidence
from scripts.load.flow import Flow
from scripts.load.judge import Scene
from scripts.load.mesh import connected
from scripts.load.preparation import prepare
from scripts.load.progress import Display
from scripts.load.rest import RestLane, RestRequests
from scripts.reconciliation.reconciler import Reconciler, Sides, Watcher
from scripts.watching.accounts import Goal
from scripts.watching.audience import Audience, AudienceError, subscribed
from scripts.watching.plan import Crowd, mixed_subscribers, private_readers
from scripts.watching.witness import StreamWitness

FAILED: Final = 1
REFUSED: Final = 2
_USERS: Final = range(1, 11)
_PENDING_MAX: Final = 512
# An order is sent again for as long as a whole run of bad luck may last.
_SETTLE_DEADLINE_NS: Final = 120_000_000_000
_END_DEADLINE_S: Final = 30.0
# Who was slow has a lot to read.
_STREAM_DEADLINE_S: Final = 120.0


def main(arguments: list[str]) -> int:
    """Run chaos and return its exit status."""
    options = parse_options(arguments)
    data_dir = options.data_dir or Path(tempfile.mkdtemp(prefix="tickmesh-chaos-"))
    status = FAILED
    try:
        status = _run(options, data_dir)
    except SettingError as error:
        print(error, file=sys.stderr)
        status = REFUSED
    except (ExchangeError, EvidenceError, AudienceError, MeshError, JournalError) as error:
        print(f"chaos could not be finished: {error}", file=sys.stderr)
        print(f"  again: {options.command()}", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    finally:
        if options.data_dir is None and status == 0:
            shutil.rmtree(data_dir)
        else:
            print(f"  the exchange's folder, with exchange.log: {data_dir}", file=sys.stderr)
    return status


def _run(options: Options, data_dir: Path) -> int:
    with Display(options.seconds) as display:
        display.on_state("starting an exchange of its own")
        result = _struck(options, data_dir, display)
    write_report(result, Console(stderr=options.json))
    if options.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(result)).decode() + "\n")
    return 0 if result.ok else FAILED


def _struck(options: Options, data_dir: Path, display: Display) -> Result:
    with own_exchange(data_dir, os.environ) as exchange:
        return uvloop.run(chaos(options, exchange, display))


async def chaos(options: Options, exchange: OwnExchange, display: Display) -> Result:
    """Load, strike, wait, judge."""
    run = secrets.token_hex(4)
    surroundings = exchange.surroundings
    planned = plan(options.faults, options.seconds, options.every_s, options.seed)
    async with connected(surroundings.matcher_endpoint, _PENDING_MAX) as mesh:
        scene, walks = await prepare(mesh, surroundings.http_url, (), _USERS, run)
        names = [scale.market.name for scale in scene.traded]
        watchers = mixed_subscribers(options.subscribers, names) + private_readers(_USERS)
        crowd = Crowd(surroundings.ws_url, watchers, scene.begin(), options.seed)
        async with subscribed(crowd) as audience:
            display.say(f"chaos {run}: {len(planned)} faults to come, seed {options.seed}")
            flow = Flow(options.seed, run, walks, scene.user_ids, options.connections)
            await audience.misbehave(options.unrest_per_s)
            struggle = await _struggle(options, exchange, scene, flow, planned, display)
            await audience.misbehave(0)
            aftermath = await _aftermath(exchange, mesh, audience, crowd, struggle, scene, display)
    return make_result(options, struggle.driven, struggle.struck, len(planned), aftermath)


async def _struggle(
    options: Options,
    exchange: OwnExchange,
    scene: Scene,
    flow: Flow,
    planned: Sequence[Planned],
    display: Display,
) -> Struggle:
    """Load and strike at the same time, until both are over."""
    requests = RestRequests(scene.url.partition("://")[2], scene.scales)
    load = Load(
        seconds=options.seconds,
        rate=options.rate,
        connections=options.connections,
        seed=options.seed,
        settle_deadline_ns=_SETTLE_DEADLINE_NS,
    )
    drive = Drive(
        load,
        flow,
        lambda worker: RestLane(scene.url, requests, time.perf_counter_ns, worker),
        exchange.surroundings.data_dir,
        lambda progress: display.on_progress(progress, injector.state()),
    )
    started_us = time.time_ns() // 1_000 - int(drive.elapsed_s() * 1e6)
    injector = Injector(exchange, drive.elapsed_s)
    loading = asyncio.create_task(drive.run())
    striking = asyncio.create_task(injector.run(planned))
    try:
        # Either may fail, and then the other need not go on.
        await asyncio.wait({loading, striking}, return_when=asyncio.FIRST_EXCEPTION)
        if striking.done():
            striking.result()
        return Struggle(loading.result(), injector.struck, started_us)
    finally:
        for task in (loading, striking):
            task.cancel()
        await asyncio.wait({loading, striking}, timeout=_END_DEADLINE_S)
        await injector.close()


async def _aftermath(
    exchange: OwnExchange,
    mesh: MeshClient,
    audience: Audience,
    crowd: Crowd,
    struggle: Struggle,
    scene: Scene,
    display: Display,
) -> Aftermath:
    """Wait until the exchange has recovered, and audit it."""
    started_s = time.monotonic()
    display.on_state("waiting until every gateway takes orders")
    await exchange.wait_healthy()
    surroundings = exchange.surroundings
    database = DatabaseEvidence(surroundings.database_url)
    ledger = await MatcherEvidence(mesh).ledger()
    await database.wait_for(ledger.sequence, display.on_lag)
    recovered_s = time.monotonic() - started_s
    display.on_state("waiting until every subscriber has everything")
    ends = await database.stream_ends(crowd.begin.sequence)
    seen = await audience.ask(Goal({}, ends, _STREAM_DEADLINE_S))
    told = await audience.recall()
    sides = Sides(
        exchange=mesh,
        database=database,
        database_url=surroundings.database_url,
        http_url=surroundings.http_url,
        audience=audience,
    )
    replay = DataFolder(surroundings.data_dir, SHARD).earliest_replay()
    watchers: list[Watcher] = [
        Witness(struggle.driven.record, scene.scales, scene.run),
        StreamWitness(crowd.begin, seen, told, struggle.troubles(), replay.catalog),
    ]
    reconciler = Reconciler(sides, replay, watchers, display.on_replay, display.on_lag)
    found = await reconciler.run()
    commands = found.last_sequence - found.first_sequence + 1
    said = exchange.log.read_text(errors="replace").splitlines()
    return Aftermath(recovered_s, commands, found.audits, found.seen, said)
