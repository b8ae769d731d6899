"""Wires the process that makes history again; the matcher starts it, and says where to read.

`python -m matcher.history <shard> <folder of the journal> <its archive> <folder of the
snapshots>`. It reads the journal beside the matcher that writes it, takes no lock and changes
nothing. It yields to whatever else runs: trading goes first, and where memory is short, this is
the one process that can be done without.
"""

import contextlib
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Final

from matcher.history.origins import Origins
from matcher.history.worker import serve
from matcher.journal.disk import FolderDisk
from matcher.journal.format import JournalError
from matcher.snapshots.folder import SnapshotFolder
from proto.garbage import settle_garbage_collector

_LOG: Final = logging.getLogger("history")
_NICENESS: Final = 10
_OOM_SCORE: Final = "1000"
_REFUSED: Final = 2


def main() -> None:
    """Run `python -m matcher.history`."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s history: %(message)s")
    # Ctrl-C goes to everybody on the terminal; this process ends when the matcher does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICENESS)
    with contextlib.suppress(OSError):
        # Not everybody may say so; then the kernel chooses by size.
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE, encoding="ascii")
    shard = int(sys.argv[1])
    journal, archive, snapshots = (FolderDisk(Path(folder)) for folder in sys.argv[2:])
    origins = Origins(shard, journal, archive, SnapshotFolder(snapshots, shard))
    settle_garbage_collector()
    try:
        serve(sys.stdin.fileno(), sys.stdout.fileno(), origins)
    except BrokenPipeError:
        # The matcher is gone, and nobody waits for an answer.
        sys.exit(0)
    except (JournalError, OSError) as error:
        _LOG.error("%s", error)
        sys.exit(_REFUSED)
