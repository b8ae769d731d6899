"""Processes that ended by themselves, by what the launcher said of them. Pure.

A fault of one process must end no other one. Only the matcher may stop by itself, where its disk
takes nothing more; what the embedded servers do when they are struck is not ours.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from scripts.faults.kinds import FILL, MATCHER
from scripts.faults.silence import Struck
from scripts.load.audits import Audit, conclude

_ENDING: Final = re.compile(r"up +(\S+) ((?:ended with status|was ended by) .+)")
# How faults and the stop of everything end a process.
_FOREIGN: Final = frozenset(("was ended by SIGKILL", "was ended by SIGTERM"))
_SERVERS: Final = ("postgres", "valkey")


def audit_endings(lines: Iterable[str], struck: Sequence[Struck]) -> Audit:
    """Check that no process has ended but by faults.

    Args:
        lines: What the launcher has shown.
        struck: The faults that were carried out.
    """
    disk_was_full = any(fault.fault.action == FILL for fault in struck)
    endings = [match.groups() for line in lines if (match := _ENDING.fullmatch(line.strip()))]
    findings = [
        f"{service} {how}"
        for service, how in endings
        if how not in _FOREIGN
        and not service.startswith(_SERVERS)
        and not (service == MATCHER and disk_was_full)
    ]
    return conclude("processes end by faults only", f"{len(endings)} endings", findings)
