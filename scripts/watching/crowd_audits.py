"""What a crowd found wrong by itself, as audits. Pure."""

from collections import Counter
from typing import Final

from scripts.load.audits import Audit, conclude
from scripts.watching.accounts import Seen, SubscriberState
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

_OF_TAPES: Final = (MISSED, REPEATED, DIFFERENT, EXTRA)


def audit_crowd(seen: Seen, *, is_quiet: bool) -> list[Audit]:
    """Judge what subscribers found, once they have come to the end of everything.

    Args:
        seen: What they found.
        is_quiet: Whether nothing has disturbed them: then none may have lost its connection.
    """
    counts = [state.counts for state in seen.subscribers]
    deltas, snapshots = sum(c.deltas for c in counts), sum(c.snapshots for c in counts)
    joined = f"{deltas:,} deltas, {snapshots:,} snapshots, {len(counts)} subscribers"
    checksums = f"{sum(c.checksums for c in counts):,} verified"
    tops = f"{sum(c.tops for c in counts):,} compared with books"
    events = f"{sum(c.events for c in counts):,} messages of {len(seen.tapes)} complete streams"
    reconnects = f"{sum(c.reconnects for c in counts):,} reconnects"
    lost = [
        f"{state.name} lost its connection {state.counts.reconnects} times"
        for state in seen.subscribers
        if is_quiet and state.counts.reconnects
    ]
    return [
        _audit("streams: deltas join", joined, seen, (GAP,)),
        _audit("streams: checksums", checksums, seen, (WRONG_CHECKSUM,)),
        _audit("streams: best levels", tops, seen, (WRONG_TOP,)),
        _audit("streams: all are told the same, once", events, seen, _OF_TAPES, _behind(seen)),
        _audit("streams: nothing out of place", reconnects, seen, (OUT_OF_PLACE,), lost),
    ]


def _audit(
    name: str, detail: str, seen: Seen, kinds: tuple[str, ...], more: list[str] | None = None
) -> Audit:
    mistakes: Counter[str] = Counter()
    findings = []
    for state in seen.subscribers:
        mistakes.update({kind: state.mistakes[kind] for kind in kinds if kind in state.mistakes})
        findings += _shown(state, kinds)
    findings += more or []
    words = [detail, *(f"{count:,} {kind}" for kind, count in mistakes.items())]
    audit = conclude(name, ", ".join(word for word in words if word), findings)
    # What a subscriber shows of its mistakes is less than it counts.
    return Audit(name, not mistakes and audit.ok, audit.detail, audit.findings)


def _shown(state: SubscriberState, kinds: tuple[str, ...]) -> list[str]:
    return [f"{state.name}: {shown}" for shown in state.shown if shown.startswith(kinds)]


def _behind(seen: Seen) -> list[str]:
    return [
        f"{state.name} lacks {behind:,} messages of {tape}"
        for state in seen.subscribers
        for tape, behind in state.behind.items()
        if behind
    ]
