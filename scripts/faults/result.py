"""The result of a chaos run: one value that the table and the JSON are made from."""

from collections import Counter

from msgspec import Struct

from scripts.faults.endings import audit_endings
from scripts.faults.options import Options
from scripts.faults.silence import Struck, longest_silences
from scripts.load.audits import Audit, conclude
from scripts.load.drive import Driven
from scripts.watching.accounts import Seen
from scripts.watching.crowd_audits import audit_crowd
from scripts.watching.figures import StreamFigures, make_figures


class FaultFigures(Struct, frozen=True):
    """One kind of fault in a run.

    Attributes:
        times: How often it was carried out.
        longest_silence_s: Longest time without an acknowledgement after one, in seconds.
    """

    times: int
    longest_silence_s: float


class Result(Struct, frozen=True):
    """What a run found; the attributes are the keys of `--json`.

    Attributes:
        ok: Whether every audit held.
        command: The command that does the same again.
        seconds: Length of the load.
        faults: Each kind of fault.
        orders: Orders acknowledged.
        cancels: Cancels acknowledged.
        fills: Fills that takers were told of.
        retries: Operations sent again.
        unsettled: Orders whose outcome was never told.
        troubles: Failed requests by kind.
        recovered_s: From the end of the load until everything had caught up.
        streams: What subscribers went through.
        commands_audited: Commands in the journal that were replayed.
        audits: The audits.
    """

    ok: bool
    command: str
    seconds: float
    faults: dict[str, FaultFigures]
    orders: int
    cancels: int
    fills: int
    retries: int
    unsettled: int
    troubles: dict[str, int]
    recovered_s: float
    streams: StreamFigures
    commands_audited: int
    audits: list[Audit]


class Aftermath(Struct):
    """What was found when the faults were over.

    Attributes:
        recovered_s: From the end of the load until everything had caught up.
        commands: Commands replayed.
        audits: The audits of what was kept.
        seen: What the subscribers saw.
        said: Lines that the exchange's launcher has shown.
    """

    recovered_s: float
    commands: int
    audits: list[Audit]
    seen: Seen
    said: list[str]


def make_result(
    options: Options, driven: Driven, struck: list[Struck], planned: int, aftermath: Aftermath
) -> Result:
    """Sum up a run."""
    record = driven.record
    audits = [
        audit_faults(planned, struck),
        audit_endings(aftermath.said, struck),
        *aftermath.audits,
        *audit_crowd(aftermath.seen, is_quiet=False),
    ]
    silences = longest_silences(struck, (driven.places, driven.cancels), driven.elapsed_s)
    times = Counter(fault.fault.name for fault in struck)
    return Result(
        ok=all(audit.ok for audit in audits),
        command=options.command(),
        seconds=driven.elapsed_s,
        faults={
            fault.name: FaultFigures(times[fault.name], silences.get(fault.name, 0.0))
            for fault in options.faults
        },
        orders=len(record.orders),
        cancels=record.cancels,
        fills=len(record.fills),
        retries=record.retries,
        unsettled=len(record.unsettled),
        troubles=dict(sorted(record.troubles.items())),
        recovered_s=aftermath.recovered_s,
        streams=make_figures(aftermath.seen),
        commands_audited=aftermath.commands,
        audits=audits,
    )


def audit_faults(planned: int, struck: list[Struck]) -> Audit:
    """Every fault that was planned was carried out: a fault that strikes nobody proves nothing."""
    detail = f"{len(struck)} of {planned} planned"
    return conclude("faults carried out", detail, [detail] if len(struck) != planned else [])
