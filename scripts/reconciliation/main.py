"""Puts the audit together: finds the exchange, compares, reports."""

import argparse
import os
import sys
import time
from typing import Final

import msgspec
import uvloop
from msgspec import Struct
from rich.console import Console

from matcher.journal.format import JournalError
from matcher.tools.data_folder import DataFolder
from proto.mesh.errors import MeshError
from proto.settings import SettingError
from scripts.load.audits import Audit
from scripts.load.audits_report import audit_lines, audits_table, outcome_line
from scripts.load.evidence import SHARD, DatabaseEvidence, EvidenceError, MatcherEvidence
from scripts.load.mesh import connected
from scripts.load.progress import Display
from scripts.load.surroundings import Surroundings, find_exchange
from scripts.reconciliation.reconciler import Reconciler, Sides
from scripts.watching.audience import AudienceError, subscribed
from scripts.watching.plan import Begin, Crowd, plain_subscribers

FAILED: Final = 1
REFUSED: Final = 2
_PENDING_MAX: Final = 512
_SUBSCRIBERS: Final = 1


class Result(Struct, frozen=True):
    """What an audit found; the attributes are the keys of `--json`.

    Attributes:
        ok: Whether everything agrees.
        first_sequence: First command that was compared.
        last_sequence: Last one.
        elapsed_s: How long it took.
        audits: The audits.
    """

    ok: bool
    first_sequence: int
    last_sequence: int
    elapsed_s: float
    audits: list[Audit]


def main(arguments: list[str]) -> int:
    """Run an audit and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="scripts/audit.py",
        description="Compare the journal of a running exchange (scripts/up), row by row, with its "
        "matcher, its database and its streams. Trading may go on meanwhile.",
    )
    parser.add_argument("--json", action="store_true",
                        help="write the result to standard output as JSON")  # fmt: skip
    as_json: bool = parser.parse_args(arguments).json
    try:
        with Display(1) as display:
            result = uvloop.run(audit(find_exchange(os.environ), display))
    except SettingError as error:
        print(error, file=sys.stderr)
        return REFUSED
    except (EvidenceError, AudienceError, MeshError, JournalError) as error:
        print(f"the audit could not be finished: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return FAILED
    _report(result, Console(stderr=as_json))
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(result)).decode() + "\n")
    return 0 if result.ok else FAILED


async def audit(surroundings: Surroundings, display: Display) -> Result:
    """Compare everything."""
    started_s = time.monotonic()
    replay = DataFolder(surroundings.data_dir, SHARD).earliest_replay()
    async with connected(surroundings.matcher_endpoint, _PENDING_MAX) as exchange:
        names = [market.name for market in (await MatcherEvidence(exchange).markets()).markets]
        watchers = plain_subscribers(_SUBSCRIBERS, names, with_trades=False)
        crowd = Crowd(surroundings.ws_url, watchers, Begin(0, 0), seed=0)
        async with subscribed(crowd) as audience:
            sides = Sides(
                exchange=exchange,
                database=DatabaseEvidence(surroundings.database_url),
                database_url=surroundings.database_url,
                http_url=surroundings.http_url,
                audience=audience,
            )
            reconciler = Reconciler(sides, replay, (), display.on_replay, display.on_lag)
            found = await reconciler.run()
    return Result(
        ok=all(audit.ok for audit in found.audits),
        first_sequence=found.first_sequence,
        last_sequence=found.last_sequence,
        elapsed_s=time.monotonic() - started_s,
        audits=found.audits,
    )


def _report(result: Result, console: Console) -> None:
    title = (
        f"audit of sequences {result.first_sequence:,} to {result.last_sequence:,}, "
        f"{result.elapsed_s:.1f} s"
    )
    console.print(title, markup=False, highlight=False, soft_wrap=True)
    if console.is_terminal:
        console.print(audits_table(result.audits))
        console.print(outcome_line(result.audits), style="bold green" if result.ok else "bold red")
        return
    for line in (*audit_lines(result.audits), outcome_line(result.audits)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
