"""What goes through the two pipes between a matcher and the process that makes history again.

    question   first sequence u64 | last sequence u64
    answer     first sequence u64 | length u32 | an encoded `EventBatch` of that length

Little-endian. One question is open at a time, and its answer begins with its first sequence. An
answer at sequence 0 is none yet: it says that the process is alive and on its way.
"""

import os
import select
import struct
from typing import Final

QUESTION: Final = struct.Struct("<QQ")
ANSWER: Final = struct.Struct("<QI")


def read_question(descriptor: int, timeout_s: float) -> tuple[int, int] | None:
    """Wait for a question.

    Args:
        descriptor: The pipe.
        timeout_s: How long to wait for it.

    Returns:
        First and last sequence; None if none came, or the other end is gone.
    """
    data = b""
    while len(data) < QUESTION.size:
        if not select.select([descriptor], [], [], timeout_s)[0]:
            return None
        part = os.read(descriptor, QUESTION.size - len(data))
        if not part:
            return None
        data += part
    first_sequence, last_sequence = QUESTION.unpack(data)
    return first_sequence, last_sequence


def write_answer(descriptor: int, first_sequence: int, batch: bytes) -> None:
    """Write an answer, or that there is none yet: sequence 0 and no batch.

    Raises:
        BrokenPipeError: If the other end is gone.
    """
    view = memoryview(ANSWER.pack(first_sequence, len(batch)) + batch)
    while view:
        view = view[os.write(descriptor, view) :]
