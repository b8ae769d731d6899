"""Runs one seed, many, or a sabotage."""

from contextlib import nullcontext
from operator import attrgetter

from rich.console import Console

from scripts.campaigns.outcome import FAILED, PASSED, guarded, tell_catches, write_json
from scripts.seeds.campaign import run_campaign, silenced
from scripts.seeds.catching import catches, describe
from scripts.seeds.display import Display
from scripts.seeds.options import Options, parse_options
from scripts.seeds.report import write_report
from scripts.seeds.tally import Tally
from tests.simulation.sabotage import sabotaged
from tests.simulation.seed import run_seed


def main(arguments: list[str]) -> int:
    """Run what was asked for, and return the exit status."""
    options = parse_options(arguments)
    return guarded(lambda: _run(options))


def _run(options: Options) -> int:
    if options.seed is not None:
        return _show(options, options.seed)
    if options.sabotage:
        is_noticed = attrgetter("check")
        return tell_catches(catches(options), describe, is_noticed, as_json=options.json)
    return _run_many(options)


def _show(options: Options, seed: int) -> int:
    """Run one seed, line by line."""
    tally = Tally()
    with silenced(), sabotaged(options.sabotage) if options.sabotage else nullcontext():
        outcome = run_seed(seed, None if options.json else print)
    tally.add(outcome)
    if options.json:
        write_json(tally)
    else:
        print(outcome.failure or "passed")
        print(f"seed {seed}, checksum {outcome.checksum:08x}")
    return FAILED if outcome.check else PASSED


def _run_many(options: Options) -> int:
    """Run many seeds."""
    with Display(options) as display:
        tally = run_campaign(options, display.on_progress)
    if options.json:
        write_json(tally)
    else:
        write_report(tally, Console())
    return PASSED if tally.ok else FAILED
