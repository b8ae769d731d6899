"""Compares, or breaks something and sees whether it is noticed."""

import os
import sys

import msgspec
from msgspec.structs import replace
from rich.console import Console

from scripts.comparison.campaign import run_campaign
from scripts.comparison.catching import catches, describe
from scripts.comparison.display import Display
from scripts.comparison.options import Options, parse_options
from scripts.comparison.report import write_report
from scripts.comparison.tally import Failure
from tests.property.block import BlockError, run_block
from tests.property.shrinking import listing, shrunk

PASSED = 0
FAILED = 1
COMMANDS_SHOWN = 60


def main(arguments: list[str]) -> int:
    """Run what was asked for, and return the exit status."""
    options = parse_options(arguments)
    try:
        return _catch(options) if options.sabotage else _run(options)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # Whoever read has seen enough; the interpreter need not try again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _catch(options: Options) -> int:
    """Break something, and see whether it is noticed."""
    found = []
    for catch in catches(options):
        found.append(catch)
        if not options.json:
            print(describe(catch), flush=True)
    if options.json:
        _write_json(found)
    return PASSED if all(catch.failure for catch in found) else FAILED


def _run(options: Options) -> int:
    """Give both as many commands as were asked for."""
    with Display(options) as display:
        tally = run_campaign(options, display.on_progress)
        if tally.failure is not None:
            tally.failure = _shortened(tally.failure, display)
    if options.json:
        _write_json(tally)
    else:
        write_report(tally, Console())
    return PASSED if tally.ok else FAILED


def _shortened(failure: Failure, display: Display) -> Failure:
    """Look for as few commands as show a difference."""
    try:
        run_block(failure.seed, failure.number)
    except BlockError as error:
        journal = shrunk(error.journal, display.on_shrink)
        return replace(failure, commands=listing(journal)[-COMMANDS_SHOWN:])
    return failure


def _write_json(result: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(result)).decode() + "\n")
