"""Compares, or breaks something and sees whether it is noticed."""

from operator import attrgetter

from msgspec.structs import replace
from rich.console import Console

from scripts.campaigns.outcome import FAILED, PASSED, guarded, tell_catches, write_json
from scripts.comparison.campaign import run_campaign
from scripts.comparison.catching import catches, describe
from scripts.comparison.display import Display
from scripts.comparison.options import Options, parse_options
from scripts.comparison.report import write_report
from scripts.comparison.tally import Failure
from tests.property.block import BlockError, run_block
from tests.property.shrinking import listing, shrunk

COMMANDS_SHOWN = 60


def main(arguments: list[str]) -> int:
    """Compare, or break something, and return the exit status."""
    options = parse_options(arguments)
    return guarded(lambda: _catch(options) if options.sabotage else _run(options))


def _catch(options: Options) -> int:
    """Break something, and see whether it is noticed."""
    is_noticed = attrgetter("failure")
    return tell_catches(catches(options), describe, is_noticed, as_json=options.json)


def _run(options: Options) -> int:
    """Give both as many commands as were asked for."""
    with Display(options) as display:
        tally = run_campaign(options, display.on_progress)
        if tally.failure is not None:
            tally.failure = _shortened(tally.failure, display)
    if options.json:
        write_json(tally)
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
