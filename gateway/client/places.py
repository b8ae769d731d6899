"""Places in the complete streams, and how far one of them was read.

`trades@M` numbers its messages with `trade_id`, private streams with `position`, which is the
number of a command and, after a point, which of its events it was; a command's number alone means
after all of its events. Places of one stream rise, so what is not above the last one came twice.
"""

import re
from typing import Final, final

from gateway.client.errors import ProtocolError

_PLACE: Final = re.compile(r"(0|[1-9][0-9]{0,19})(?:\.([1-9][0-9]{0,19}))?", re.ASCII)
# Above the number of any event of a command.
_ALL_EVENTS: Final = 10**20

PlaceKey = tuple[int, int]


def place_key(place: str) -> PlaceKey:
    """Return what places are compared by.

    Raises:
        ValueError: If the text is no place.
    """
    match = _PLACE.fullmatch(place)
    if match is None:
        raise ValueError(f'a place is text such as "12" or "4711.2", not {place[:64]!r}')
    return int(match[1]), _ALL_EVENTS if match[2] is None else int(match[2])


@final
class LastPlace:
    """How far a stream was read.

    Attributes:
        text: The last place as the exchange wrote it; None before the first.
    """

    __slots__ = ("_key", "text")

    def __init__(self, text: str | None) -> None:
        """Begin after a place.

        Raises:
            ValueError: If the text is no place.
        """
        self.text = text
        self._key: PlaceKey = (-1, 0) if text is None else place_key(text)

    def advance(self, place: str) -> bool:
        """Go on to a place; return False where it is not above the last one: it came twice.

        Raises:
            ProtocolError: If the text is no place.
        """
        try:
            key = place_key(place)
        except ValueError as error:
            raise ProtocolError(str(error)) from None
        if key <= self._key:
            return False
        self._key = key
        self.text = place
        return True
