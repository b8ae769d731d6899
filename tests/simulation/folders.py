"""Names of the matcher's folders on the simulated disk."""

from typing import Final

JOURNAL: Final = "journal"
SNAPSHOTS: Final = "snapshots"
ARCHIVE: Final = "archive"
