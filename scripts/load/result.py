"""The result of a soak: one value that the table, the JSON and the picture are made from."""

from typing import Final

import numpy as np
from msgspec import Struct

from scripts.load.audits import Audit
from scripts.load.drive import Driven
from scripts.load.judge import Verdict
from scripts.load.options import Options
from scripts.load.samples import Latency


class Result(Struct, frozen=True):
    """What a soak found; the attributes are the keys of `--json`.

    Attributes:
        ok: Whether every audit held.
        load: How the load was made, in words.
        seconds: Length of the load.
        orders: Orders acknowledged.
        orders_per_s: Orders acknowledged a second.
        commands_per_s: Orders and cancels answered a second.
        fills: Fills that takers were told of.
        cancels: Cancels acknowledged.
        late_cancels: Cancels that came after the order had left the book.
        latency: Percentiles by kind: "place", "cancel".
        not_begun: Operations that were due and found no free connection before the end.
        troubles: Failed requests by kind.
        retries: Operations sent again.
        unsettled: Orders whose outcome was never told.
        killed_s: When the matcher was killed, from the start of the load.
        outage_s: Longest time without an acknowledgement after that.
        persist_lag_s: How long the database took to catch up after the load.
        driver_core_share: Part of one core that the load generator used.
        driver_us_per_command: Processor time that it used for a command, in microseconds.
        subscriber_messages: WebSocket messages that all subscribers received.
        subscriber_core_share: Part of one core that they used.
        audits: The audits.
    """

    ok: bool
    load: str
    seconds: float
    orders: int
    orders_per_s: float
    commands_per_s: float
    fills: int
    cancels: int
    late_cancels: int
    latency: dict[str, Latency]
    not_begun: int
    troubles: dict[str, int]
    retries: int
    unsettled: int
    killed_s: float | None
    outage_s: float | None
    persist_lag_s: float
    driver_core_share: float
    driver_us_per_command: float
    subscriber_messages: int
    subscriber_core_share: float
    audits: list[Audit]


def describe_load(options: Options) -> str:
    """Say in words how the load is made."""
    shape = (
        f"closed loop, {options.connections} connections, each one operation in flight"
        if options.rate is None
        else f"open loop, {options.rate:,} operations/s offered over {options.connections} "
        "connections, latency from when each was due"
    )
    return f"{options.through}, {shape}"


def make_result(options: Options, driven: Driven, verdict: Verdict) -> Result:
    """Sum up a run."""
    record, elapsed_s = driven.record, driven.elapsed_s
    orders = len(driven.places.latencies_us)
    commands = orders + len(driven.cancels.latencies_us)
    seen = verdict.seen
    return Result(
        ok=all(audit.ok for audit in verdict.audits),
        load=describe_load(options),
        seconds=elapsed_s,
        orders=orders,
        orders_per_s=orders / elapsed_s,
        commands_per_s=commands / elapsed_s,
        fills=len(record.fills),
        cancels=record.cancels,
        late_cancels=record.late_cancels,
        latency={"place": driven.places.latency(), "cancel": driven.cancels.latency()},
        not_begun=driven.not_begun,
        troubles=dict(sorted(record.troubles.items())),
        retries=record.retries,
        unsettled=len(record.unsettled),
        killed_s=driven.killed_s,
        outage_s=outage_s(driven),
        persist_lag_s=verdict.persist_lag_s,
        driver_core_share=driven.cpu_s / elapsed_s,
        driver_us_per_command=driven.cpu_s * 1e6 / max(commands, 1),
        subscriber_messages=sum(s.counts.messages for s in seen.subscribers) if seen else 0,
        subscriber_core_share=seen.cpu_s / elapsed_s if seen else 0.0,
        audits=verdict.audits,
    )


def outage_s(driven: Driven) -> float | None:
    """Return the longest time without an acknowledgement after the kill."""
    if driven.killed_s is None:
        return None
    finished_s: Final = (
        np.sort(np.concatenate([driven.places.finished_us, driven.cancels.finished_us])) / 1e6
    )
    after = finished_s[finished_s >= driven.killed_s]
    moments = np.concatenate([[driven.killed_s], after])
    return float(np.diff(moments).max()) if after.size else None
