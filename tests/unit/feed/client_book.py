"""The book that a client keeps from the messages of a depth stream."""

from decimal import Decimal
from zlib import crc32

CHECKSUM_LEVELS = 10


class ClientBook:
    """Keeps a book from what the depth stream says, and checks that each message joins."""

    def __init__(self) -> None:
        self.bids: dict[str, str] = {}
        self.asks: dict[str, str] = {}
        self.sequence: int | None = None
        # The types of the messages so far.
        self.types: list[object] = []

    def read(self, data: dict[str, object]) -> None:
        self.types.append(data["type"])
        if data["type"] == "snapshot":
            assert data["first_sequence"] == data["last_sequence"]
            self.bids, self.asks = dict(data["bids"]), dict(data["asks"])
        else:
            assert self.sequence is not None
            assert data["first_sequence"] == self.sequence + 1
            assert data["last_sequence"] > self.sequence
            for side, changes in ((self.bids, data["bids"]), (self.asks, data["asks"])):
                assert len(dict(changes)) == len(changes)
                for price, quantity in changes:
                    if quantity == "0":
                        side.pop(price, None)
                    else:
                        side[price] = quantity
        self.sequence = data["last_sequence"]  # type: ignore[assignment]
        assert data["checksum"] == self.checksum()

    def best(self, levels: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Return the best bids and asks, best first."""
        bids = sorted(self.bids.items(), key=lambda level: -Decimal(level[0]))
        asks = sorted(self.asks.items(), key=lambda level: Decimal(level[0]))
        return bids[:levels], asks[:levels]

    def checksum(self) -> int:
        """Make the checksum from the text of the book, as the documentation says."""
        sides = (",".join(map(":".join, side)) for side in self.best(CHECKSUM_LEVELS))
        return crc32("|".join(sides).encode())
