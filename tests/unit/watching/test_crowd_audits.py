"""What a crowd found wrong, and what it went through, summed up."""

import msgspec
import pytest

from scripts.load.samples import Latency
from scripts.watching.accounts import Counts, Seen, SubscriberState
from scripts.watching.crowd_audits import audit_crowd
from scripts.watching.figures import make_figures
from scripts.watching.mistakes import (
    DIFFERENT,
    EXTRA,
    GAP,
    MISSED,
    OUT_OF_PLACE,
    REPEATED,
    WRONG_CHECKSUM,
    WRONG_TOP,
)

LATENCY = Latency(3, 1.0, 2.0, 3.0, 4.0, 5.0)


def seen(
    *mistakes: dict[str, int], behind: int = 0, reconnects: int = 0, shown: list[str] | None = None
) -> Seen:
    """Two subscribers; the first ones with mistakes."""
    states = []
    for number, found in enumerate((*mistakes, {}, {})[:2], 1):
        counts = Counts(
            100, 40, 6, 50, 90, 56, 7, reconnects, 2, 1, {"1001": 1}, {"NOT_READY": number}
        )
        states.append(
            SubscriberState(
                f"subscriber {number}", True, {}, {"trades@M": behind}, 0, [], counts,
                found, shown or [],
            )
        )  # fmt: skip
    tapes = {"trades@M": 20, "trades@N": 4, "orders of user 1": 9, "orders of user 2": 1}
    return Seen(states, tapes, LATENCY, 1.5)


def test_a_crowd_that_found_nothing() -> None:
    audits = audit_crowd(seen(), is_quiet=True)
    assert all(audit.ok for audit in audits)
    assert [audit.detail for audit in audits] == [
        "100 deltas, 12 snapshots, 2 subscribers",
        "112 verified",
        "14 compared with books",
        "80 messages of 4 complete streams",
        "0 reconnects",
    ]


@pytest.mark.parametrize(
    ("kind", "failing"),
    [
        (GAP, 0), (WRONG_CHECKSUM, 1), (WRONG_TOP, 2), (MISSED, 3), (REPEATED, 3),
        (DIFFERENT, 3), (EXTRA, 3), (OUT_OF_PLACE, 4),
    ],
)  # fmt: skip
def test_each_mistake_fails_its_audit(kind: str, failing: int) -> None:
    shown = [f"{kind}: here", "something else: there"]
    audits = audit_crowd(seen({kind: 3}, shown=shown), is_quiet=False)
    assert [index for index, audit in enumerate(audits) if not audit.ok] == [failing]
    assert f"3 {kind}" in audits[failing].detail
    assert f"subscriber 1: {kind}: here" in audits[failing].findings
    # Mistakes are counted also where nothing is shown of them.
    assert not audit_crowd(seen({}, {kind: 1}), is_quiet=False)[failing].ok


def test_in_the_end_nobody_may_lack_what_others_were_told() -> None:
    audits = audit_crowd(seen(behind=2), is_quiet=False)
    assert [audit.ok for audit in audits] == [True, True, True, False, True]
    assert audits[3].findings[0] == "subscriber 1 lacks 2 messages of trades@M"


def test_where_nothing_disturbs_nobody_may_lose_a_connection() -> None:
    assert all(audit.ok for audit in audit_crowd(seen(reconnects=1), is_quiet=False))
    audits = audit_crowd(seen(reconnects=1), is_quiet=True)
    assert [audit.ok for audit in audits] == [True, True, True, True, False]


def test_figures() -> None:
    figures = make_figures(seen(reconnects=3))
    assert figures.messages == 200
    assert figures.told == {"trades": 24, "orders": 10}
    assert figures.refusals == {"NOT_READY": 3}
    assert msgspec.json.decode(msgspec.json.encode(figures), type=type(figures)) == figures
    facts = dict(figures.facts())
    assert facts["books"] == "12 snapshots, 100 deltas of 180 changes, 112 checksums"
    assert facts["complete streams"] == "80 messages of trades 24, orders 10"
    assert facts["subscribers"] == (
        "6 reconnects, 4 cuts, 2 stalls; closed with 1001 (2); refused with NOT_READY (3)"
    )
    assert facts["changes came after"] == "p50 1.0 ms, p90 2.0 ms, p99 3.0 ms"
