"""A content that is one value, and only the latest of it."""

from collections.abc import Callable
from typing import Final, Generic, TypeVar, final

from msgspec import Struct

from feed.content import encode_data
from feed.source import NOTHING, Portion

Data = TypeVar("Data", bound=Struct)


@final
class Latest(Generic[Data]):
    """A content that is the latest value of something; its mark counts the changes."""

    __slots__ = ("_data", "_portion", "_version", "_write")

    def __init__(self, write: Callable[[], Data]) -> None:
        """Begin without a value.

        Args:
            write: Writes the value as it is now; called when it has changed and somebody wants it.
        """
        self._write: Final = write
        self._version = NOTHING
        self._data: Data | None = None
        self._portion: Portion | None = None

    def change(self) -> None:
        """Take note that there is another value."""
        self._version += 1
        self._data = self._portion = None

    def data(self) -> Data:
        """Return the value as it is shown; there must be one."""
        assert self._version != NOTHING
        if self._data is None:
            self._data = self._write()
        return self._data

    def mark(self) -> int:
        """Return the number of the change that brought the value; NOTHING before there is one."""
        return self._version

    def since(self, mark: int) -> Portion:
        """Return the value, or nothing for whoever has it."""
        if mark == self._version:
            return Portion([], mark)
        if self._portion is None:
            self._portion = Portion([encode_data(self.data())], self._version)
        return self._portion
