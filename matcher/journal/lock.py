"""Keeps a second matcher away from the same journal."""

import fcntl
import os
from pathlib import Path

from matcher.journal.format import JournalError


def lock_folder(folder: Path) -> int:
    """Make the journal's folder and take it for this process, until the process ends.

    Returns:
        The descriptor that holds the lock; keep it open.

    Raises:
        JournalError: If another matcher has it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise JournalError(
            f"{folder} is in use by another matcher. Stop that one first: two would write two "
            "different histories."
        ) from None
    return descriptor
