"""Syncs 4 KiB again and again, as a matcher's journal does, and tells how long each time took.

    python -m scripts.benches.persist.probe <folder>

Writes a line when it begins; runs until its input ends, then writes the times in microseconds as
JSON.
"""

import json
import os
import select
import sys
import time
from pathlib import Path
from typing import Final

from matcher.journal.disk import FolderDisk

_NAME: Final = "probe"
_BYTES: Final = 4_096
_FILE_BYTES: Final = 8 << 20
# Between two: a thousand small batches a second are as many as a busy matcher writes.
_PAUSE_S: Final = 0.001


def main(folder: Path) -> None:
    """Measure until the input ends."""
    disk = FolderDisk(folder)
    disk.create(_NAME, _FILE_BYTES)
    file = disk.open(_NAME)
    data = os.urandom(_BYTES)
    measured_us: list[int] = []
    offset = 0
    print("ready", flush=True)
    while not (measured_us and select.select([sys.stdin], [], [], _PAUSE_S)[0]):
        start_ns = time.perf_counter_ns()
        file.write(offset, data)
        file.sync()
        measured_us.append((time.perf_counter_ns() - start_ns) // 1_000)
        offset = (offset + _BYTES) % _FILE_BYTES
    file.close()
    json.dump(measured_us, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
