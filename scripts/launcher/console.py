"""What the launcher shows: one line a message, each behind the name of who says it.

How it works: lines go through a bounded queue to a thread that writes them. A terminal that is
paused, or a pipe that nobody reads, then holds up that thread only: were the supervisor to wait
for it, the services' own pipes would fill, and the matcher would stand still because somebody
pressed Ctrl-S. What does not fit in the queue is dropped, and counted in a line.
"""

import os
import queue
import threading
from collections.abc import Mapping
from typing import Final, final

OWN_NAME: Final = "up"

_LINES_MAX: Final = 10_000
_CLOSE_TIMEOUT_S: Final = 2.0
_NAME_WIDTH: Final = 10
# Plain blue comes last: on a black background it can hardly be read.
_COLOURS: Final = (36, 35, 94, 32, 33, 96, 95, 92, 93, 34)
_OWN_STYLE: Final = "1"
_LEVEL_STYLES: Final = {"WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}


@final
class Console:
    """Writes lines to a file descriptor.

    Args:
        descriptor: Where to.
        coloured: Whether names and levels are shown in colour.
    """

    def __init__(self, descriptor: int, *, coloured: bool) -> None:
        self._descriptor: Final = descriptor
        self._coloured: Final = coloured
        self._styles: Final[dict[str, str]] = {OWN_NAME: _OWN_STYLE}
        self._lines: Final[queue.Queue[str | None]] = queue.Queue(_LINES_MAX)
        self._dropped = 0
        self._thread: Final = threading.Thread(target=self._write_lines, daemon=True)
        self._thread.start()

    def line(self, name: str, text: str) -> None:
        """Show a line of a service."""
        style = self._styles.setdefault(name, str(_COLOURS[len(self._styles) % len(_COLOURS)]))
        level = text.partition(" ")[0]
        shown = self._styled(text, _LEVEL_STYLES.get(level, ""))
        self._put(f"{self._styled(f'{name:<{_NAME_WIDTH}}', style)} {shown}\n")

    def notice(self, text: str) -> None:
        """Show a line of the launcher's own."""
        self.line(OWN_NAME, text)

    def plain(self, text: str) -> None:
        """Show a line without a name."""
        self._put(f"{text}\n")

    def close(self) -> None:
        """Write what is left, for as long as that takes no more than a moment."""
        try:
            self._lines.put(None, timeout=_CLOSE_TIMEOUT_S)
        except queue.Full:
            return
        self._thread.join(_CLOSE_TIMEOUT_S)

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._coloured and style else text

    def _put(self, line: str) -> None:
        if self._dropped:
            line = f"{OWN_NAME:<{_NAME_WIDTH}} {self._dropped} lines were not shown\n{line}"
        try:
            self._lines.put_nowait(line)
            self._dropped = 0
        except queue.Full:
            self._dropped += 1

    def _write_lines(self) -> None:
        while (line := self._lines.get()) is not None:
            data = line.encode(errors="replace")
            try:
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except OSError:
                # Whoever read us has gone. The exchange runs on; the queue is still emptied.
                continue


def wants_colour(descriptor: int, environment: Mapping[str, str]) -> bool:
    """Return whether to show colours: on a terminal that knows them, unless NO_COLOR is set."""
    return (
        os.isatty(descriptor)
        and not environment.get("NO_COLOR")
        and environment.get("TERM") != "dumb"
    )
