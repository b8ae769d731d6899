"""The command line: samples a matcher under the load of the mesh bench, and draws what was seen."""

import argparse
import itertools
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from proto.settings import Settings
from scripts.benches.findings import BenchError
from scripts.benches.machine import this_machine
from scripts.benches.mesh_client import Round
from scripts.benches.mesh_clients import mesh_clients
from scripts.benches.own_matcher import own_matcher
from scripts.benches.published import Published
from scripts.benches.workload import ROOT
from scripts.flames.drawing import draw_flames
from scripts.flames.sampling import Sampled, SamplerError, find_sampler, sample
from scripts.flames.stacks import read_samples, shares_of_groups, weighed
from scripts.launcher.embedded import EmbeddedServerError
from scripts.native.modules import compiled_modules, module_name

SECONDS: Final = 30
SECONDS_MIN: Final = 5
# As in the mesh bench's headline.
_COMMANDS: Final = 60_000
_FRAME_COMMANDS: Final = 20
_WINDOW_COMMANDS: Final = 2_000
_TITLE: Final = "Where the matcher's processor time goes at the most orders a second"


def main(arguments: list[str]) -> int:
    """Draw a picture and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="scripts/flame.py",
        description="Draw where the matcher's processor time goes under load.",
    )
    parser.add_argument("output", type=Path, metavar="FILE", help="the picture, an SVG")
    parser.add_argument(
        "--seconds",
        type=int,
        default=SECONDS,
        help=f"how long to sample, at least {SECONDS_MIN} ({SECONDS})",
    )
    parser.add_argument("--sampler", type=Path, metavar="FILE", help="the program of py-spy")
    options = parser.parse_args(arguments)
    if options.seconds < SECONDS_MIN:
        parser.error(f"--seconds must be at least {SECONDS_MIN}")
    if not options.output.parent.is_dir():
        parser.error(f"no folder: {options.output.parent}")
    try:
        sampler = find_sampler(options.sampler)
        sampled = _sample_matcher(sampler, options.seconds)
    except (SamplerError, BenchError, EmbeddedServerError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: nothing was drawn", file=sys.stderr)
        return 130
    compiled = [module_name(path) for path in compiled_modules(ROOT)]
    stacks = weighed(read_samples(sampled.folded), sampled.used, compiled)
    machine = this_machine()
    subtitle = (
        f"two clients over the mesh, {_FRAME_COMMANDS} orders a frame, journal on disk, Redis; "
        f"{machine.build}, {machine.python}, {machine.processor}"
    )
    options.output.write_text(draw_flames(stacks, _TITLE, subtitle), encoding="utf-8")
    for group, share in shares_of_groups(stacks).items():
        print(f"{share:6.1%}  {group}")
    return 0


def _sample_matcher(sampler: Path, seconds: int) -> Sampled:
    data_dir = Settings(os.environ).data_dir()
    data_dir.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="flame-", dir=data_dir) as folder,
        mesh_clients(_COMMANDS) as clients,
        own_matcher(Path(folder)) as matcher,
    ):
        published = Published(matcher)
        numbers = itertools.count(1)

        def work() -> None:
            number = next(numbers)
            clients.run(Round(matcher.endpoint, False, number, _FRAME_COMMANDS, _WINDOW_COMMANDS))
            clients.clear()
            published.wait()
            published.forget()
            print(f"round {number}", file=sys.stderr, flush=True)

        # The first finds its pace.
        work()
        return sample(sampler, matcher.pid, seconds, work)
