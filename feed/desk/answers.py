"""How a request about orders is answered: with what was done, or with why it was not. Pure."""

from collections.abc import Sequence
from typing import Final, final

import msgspec
from msgspec import UNSET, Struct

from proto.api.problems import Problem, request_id_text
from proto.api.streams.envelopes import ErrorBody, Failure, MessageId, Result
from proto.ids import RequestId

Answer = Struct | Sequence[Struct]

_ENCODER: Final = msgspec.json.Encoder()


@final
class Refusal(Exception):  # noqa: N818 - nothing went wrong here
    """What a WebSocket refuses and REST has no word for.

    Attributes:
        code: A key of `proto.api.streams.failures.FAILURES`.
        field: The field that is meant, or None.
        retry_after_s: Whole seconds after which a retry makes sense, or None.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        """Say what is wrong, for people; names the rule."""
        super().__init__(message)
        self.code: Final = code
        self.field: Final = field
        self.retry_after_s: Final = retry_after_s

    def within(self, place: str) -> "Refusal":
        """Return the same refusal of a form that is part of another, such as "order"."""
        field = None if self.field is None else f"{place}.{self.field}"
        return Refusal(self.code, f"{place}: {self}", field=field, retry_after_s=self.retry_after_s)


def encode_result(message_id: MessageId, answer: Answer) -> bytes:
    """Encode the answer to a request that was done."""
    return _ENCODER.encode(Result(message_id, answer))


def encode_failure(
    message_id: MessageId, failure: Problem | Refusal, request_id: RequestId
) -> bytes:
    """Encode the answer to a request that failed."""
    error = ErrorBody(
        failure.code,
        str(failure),
        failure.status if isinstance(failure, Problem) else UNSET,
        UNSET if failure.field is None else failure.field,
        request_id_text(request_id),
        UNSET if failure.retry_after_s is None else failure.retry_after_s,
    )
    return _ENCODER.encode(Failure(message_id, error))
