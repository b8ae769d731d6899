"""Runs one seed, many, or a sabotage."""

import os
import sys
from contextlib import nullcontext

import msgspec
from rich.console import Console

from scripts.seeds.campaign import run_campaign, silenced
from scripts.seeds.catching import catches, describe
from scripts.seeds.display import Display
from scripts.seeds.options import Options, parse_options
from scripts.seeds.report import write_report
from scripts.seeds.tally import Tally
from tests.simulation.sabotage import sabotaged
from tests.simulation.seed import run_seed

PASSED = 0
FAILED = 1


def main(arguments: list[str]) -> int:
    """Run what was asked for, and return the exit status."""
    options = parse_options(arguments)
    try:
        if options.seed is not None:
            return _show(options, options.seed)
        if options.sabotage:
            return _catch(options)
        return _run(options)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # Whoever read has seen enough; the interpreter need not try again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _show(options: Options, seed: int) -> int:
    """Run one seed, line by line."""
    tally = Tally()
    with silenced(), sabotaged(options.sabotage) if options.sabotage else nullcontext():
        outcome = run_seed(seed, None if options.json else print)
    tally.add(outcome)
    if options.json:
        _write_json(tally)
    else:
        print(outcome.failure or "passed")
        print(f"seed {seed}, checksum {outcome.checksum:08x}")
    return FAILED if outcome.check else PASSED


def _catch(options: Options) -> int:
    """Break something, and see whether it is noticed."""
    found = []
    for catch in catches(options):
        found.append(catch)
        if not options.json:
            print(describe(catch), flush=True)
    if options.json:
        _write_json(found)
    return PASSED if all(catch.check for catch in found) else FAILED


def _run(options: Options) -> int:
    """Run many seeds."""
    with Display(options) as display:
        tally = run_campaign(options, display.on_progress)
    if options.json:
        _write_json(tally)
    else:
        write_report(tally, Console())
    return PASSED if tally.ok else FAILED


def _write_json(result: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(result)).decode() + "\n")
