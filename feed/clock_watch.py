"""Whether the matcher is heard, and when what is held here must be asked anew. Pure.

The clock comes once a second, behind everything that was published before it. Where it has been
silent, or another epoch speaks (the matcher has restarted), or it counts a loss, messages may have
been lost that nothing later will show.
"""

from typing import Final, final

SILENCE_NS: Final = 5_000_000_000


@final
class ClockWatch:
    """Follows the clock messages.

    Attributes:
        silent: Whether none has come for SILENCE_NS.
    """

    __slots__ = ("_epoch", "_heard_ns", "_losses", "silent")

    def __init__(self, now_ns: int) -> None:
        """Begin to wait.

        Args:
            now_ns: Monotonic clock, here and below.
        """
        self.silent = False
        self._heard_ns = now_ns
        self._epoch: int | None = None
        self._losses: int | None = None

    def hear(self, now_ns: int, epoch: int | None) -> bool:
        """Take note of a clock message.

        Args:
            now_ns: When it came.
            epoch: Epoch of the matcher as the mesh knows it, if it does.

        Returns:
            Whether everything must be asked anew.
        """
        # Silence is judged by the time between two messages too, so that it does not depend on
        # how often anybody looks.
        lost = self.silent or now_ns - self._heard_ns >= SILENCE_NS
        self.silent = False
        self._heard_ns = now_ns
        if epoch is not None:
            lost = lost or (self._epoch is not None and epoch != self._epoch)
            self._epoch = epoch
        return lost

    def has_lost(self, losses: int) -> bool:
        """Take note of the count of losses; tell whether it is another than the clock's before."""
        before, self._losses = self._losses, losses
        return before is not None and losses != before

    def look(self, now_ns: int) -> bool:
        """Tell whether the silence has just become too long; true once for each silence."""
        if self.silent or now_ns - self._heard_ns < SILENCE_NS:
            return False
        self.silent = True
        return True
