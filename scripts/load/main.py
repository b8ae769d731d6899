"""Puts the parts together: finds the exchange, prepares, loads, judges, reports, tidies up."""

import os
import secrets
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Final

import msgspec
import uvloop
from rich.console import Console

from proto.mesh.client import MeshClient
from proto.mesh.errors import MeshError
from proto.settings import SettingError
from scripts.load.drive import Drive, Driven, MakeLane
from scripts.load.evidence import DatabaseEvidence, EvidenceError, MatcherEvidence
from scripts.load.flow import Flow
from scripts.load.judge import Judge, Scene
from scripts.load.mesh import MeshLane, connected
from scripts.load.options import Options, parse_options
from scripts.load.plot import draw
from scripts.load.preparation import prepare
from scripts.load.progress import Display
from scripts.load.report import write_report
from scripts.load.rest import RestLane, RestRequests
from scripts.load.result import Result, describe_load, make_result
from scripts.load.surroundings import Surroundings, find_exchange
from scripts.load.tidy import cancel_resting
from scripts.watching.audience import AudienceError, subscribed
from scripts.watching.plan import Crowd, plain_subscribers

# Requests in flight on top of one for each connection, for preparing and auditing.
SPARE_REQUESTS: Final = 64
FAILED: Final = 1
REFUSED: Final = 2


def main(arguments: list[str]) -> int:
    """Run a soak and return its exit status."""
    options = parse_options(arguments)
    try:
        surroundings = find_exchange(os.environ)
        result = uvloop.run(soak(options, surroundings))
    except SettingError as error:
        print(error, file=sys.stderr)
        return REFUSED
    except (EvidenceError, AudienceError, MeshError) as error:
        print(f"the soak could not be finished: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return FAILED
    if options.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(result)).decode() + "\n")
    return 0 if result.ok else FAILED


async def soak(options: Options, surroundings: Surroundings) -> Result:
    """Load, judge and report."""
    run = secrets.token_hex(4)
    with Display(options.seconds) as display:
        # The evidence needs the matcher even where the load goes through REST.
        endpoint = surroundings.matcher_endpoint
        async with connected(endpoint, options.connections + SPARE_REQUESTS) as exchange:
            matcher = MatcherEvidence(exchange)
            url = options.url or surroundings.http_url
            user_ids = range(1, options.users + 1)
            scene, walks = await prepare(exchange, url, options.markets, user_ids, run)
            names = [scale.market.name for scale in scene.traded]
            ws_url = options.ws_url or surroundings.ws_url
            count = options.subscribers
            watchers = plain_subscribers(count, names, with_trades=True)
            crowd = Crowd(ws_url, watchers, scene.begin(), options.seed)
            async with subscribed(crowd) if count else nullcontext() as audience:
                flow = Flow(options.seed, run, walks, scene.user_ids, options.connections)
                display.say(f"soak {run}: {describe_load(options)}; {', '.join(names)}")
                make_lane = _lane_maker(options, scene, exchange)
                drive = Drive(
                    options.load(), flow, make_lane, surroundings.data_dir, display.on_progress
                )
                driven = await drive.run()
                database = DatabaseEvidence(surroundings.database_url)
                judge = Judge(scene, driven, matcher, database, audience)
                verdict = await judge.judge(display.on_lag)
            await cancel_resting(exchange, scene.user_ids, run)
    result = make_result(options, driven, verdict)
    path = options.plot or surroundings.data_dir / "soak.png"
    _report(result, driven, path, options.json)
    return result


def _report(result: Result, driven: Driven, path: Path, to_stderr: bool) -> None:
    console = Console(stderr=to_stderr)
    write_report(result, console)
    draw(result, driven, path)
    console.print(f"  picture: {path}", markup=False, highlight=False, soft_wrap=True)


def _lane_maker(options: Options, scene: Scene, exchange: MeshClient) -> MakeLane:
    if options.through == "mesh":
        return lambda worker: MeshLane(exchange, scene.scales, worker)
    requests = RestRequests(scene.url.partition("://")[2], scene.scales)
    return lambda worker: RestLane(scene.url, requests, time.perf_counter_ns, worker)
