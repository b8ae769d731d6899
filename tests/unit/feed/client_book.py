"""The book that a client keeps from the messages of a depth stream."""


class ClientBook:
    """Keeps a book from what the depth stream says, and checks that each message joins."""

    def __init__(self) -> None:
        self.bids: dict[str, str] = {}
        self.asks: dict[str, str] = {}
        self.sequence: int | None = None

    def read(self, data: dict[str, object]) -> None:
        if data["type"] == "snapshot":
            assert data["first_sequence"] == data["last_sequence"]
            assert self.sequence is None or data["last_sequence"] >= self.sequence
            self.bids, self.asks = dict(data["bids"]), dict(data["asks"])
        else:
            assert self.sequence is not None
            assert data["first_sequence"] == self.sequence + 1
            for side, changes in ((self.bids, data["bids"]), (self.asks, data["asks"])):
                for price, quantity in changes:
                    if quantity == "0":
                        side.pop(price, None)
                    else:
                        side[price] = quantity
        self.sequence = data["last_sequence"]  # type: ignore[assignment]
