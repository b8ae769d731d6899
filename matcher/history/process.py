"""The process that makes history again, as the matcher's event loop sees it.

It is started from a thread by `subprocess`, which uses vfork(2) there: only that thread waits for
the new process, and the page tables of a large matcher are not copied. It ends by itself, when no
question comes for a while and when the matcher is gone.
"""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Sequence
from typing import Final, final

from matcher.history.pipe import ANSWER, QUESTION

# The process says at least this often that it is on its way; a segment of the journal is read and
# checked, or a snapshot loaded, in a fraction of it.
SILENCE_MAX_S: Final = 60.0
# What Redis takes as one value: far more than any batch has but one of a monstrous order.
BATCH_BYTES_MAX: Final = 512 * 1024 * 1024
_END_TIMEOUT_S: Final = 5.0
_BUFFER_BYTES: Final = 1 << 20


class HistoryProcessError(Exception):
    """The process has ended, or does not do as it should."""


@final
class HistoryProcess:
    """One process, from its start to its end."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        answers: asyncio.StreamReader,
        transport: asyncio.BaseTransport,
    ) -> None:
        self._process: Final = process
        self._answers: Final = answers
        self._transport: Final = transport

    @classmethod
    async def start(cls, command: Sequence[str]) -> "HistoryProcess":
        """Start the process.

        Raises:
            OSError: If that fails.
        """
        process = await asyncio.to_thread(_popen, command)
        assert process.stdout is not None
        answers = asyncio.StreamReader(limit=_BUFFER_BYTES)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(answers), process.stdout
        )
        return cls(process, answers, transport)

    @property
    def has_ended(self) -> bool:
        """Whether it is gone: by itself, if nothing was asked for a while."""
        return self._process.poll() is not None

    async def make(self, first_sequence: int, last_sequence: int) -> bytes:
        """Have events made; one call at a time.

        Returns:
            An encoded batch that begins at the first sequence.

        Raises:
            HistoryProcessError, OSError: If there will be none; the process is of no more use.
        """
        assert self._process.stdin is not None
        # A pipe that holds no other question takes these few bytes at once.
        os.write(self._process.stdin.fileno(), QUESTION.pack(first_sequence, last_sequence))
        while True:
            answered, batch = await self._read_answer()
            if answered == first_sequence and batch:
                return batch
            if answered:
                raise HistoryProcessError(f"it answered at sequence {answered}")

    async def end(self) -> int | None:
        """End it, if it has not ended; return its exit status, None if it could not be had."""
        if self._process.poll() is None:
            self._process.kill()
        self._transport.close()
        assert self._process.stdin is not None
        self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(self._process.wait, _END_TIMEOUT_S)
        return self._process.returncode

    async def _read_answer(self) -> tuple[int, bytes]:
        try:
            async with asyncio.timeout(SILENCE_MAX_S):
                first_sequence, length = ANSWER.unpack(await self._answers.readexactly(ANSWER.size))
                if length > BATCH_BYTES_MAX:
                    raise HistoryProcessError(f"it has an answer of {length} bytes")
                return first_sequence, await self._answers.readexactly(length)
        except TimeoutError:
            raise HistoryProcessError(f"it was silent for {SILENCE_MAX_S:g} s") from None
        except asyncio.IncompleteReadError:
            raise HistoryProcessError("it ended") from None


def _popen(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, close_fds=True
    )
