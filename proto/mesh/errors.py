"""How a request over the mesh can fail. There are two ways, and a client must know which.

`NotTakenError`: the request never left, or was handed back; sending it again is safe.
`OutcomeUnknownError`: it left, and no answer came in time; it may or may not have been applied.
"""

from typing import Final


class MeshError(Exception):
    """A request got no reply."""


class NotTakenError(MeshError):
    """The request was not taken; it is safe to send it again.

    Attributes:
        overloaded: True where a bound was reached (too much in flight), False where the matcher
            is away.
        retry_after_s: Whole seconds after which a retry makes sense.
    """

    def __init__(self, message: str, *, overloaded: bool, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.overloaded: Final = overloaded
        self.retry_after_s: Final = retry_after_s


class OutcomeUnknownError(MeshError):
    """The request left and no answer came; ask for its outcome by client_order_id."""
