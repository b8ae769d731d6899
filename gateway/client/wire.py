"""Messages as they travel: requests are written from their parts, and what comes is taken apart.

The parameters of a request are encoded once, where it is made; only its `id` is put in when it is
sent, and a new one when it is sent again. What comes is decoded in two steps, since only who knows
its stream, or its request, knows the type of its content.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from gateway.client.errors import ProtocolError
from proto.api.streams.envelopes import ErrorBody

# The exchange closes a connection that sends a longer one. Names and an id take the rest.
MESSAGE_BYTES_MAX: Final = 16 * 1024
PARAMETERS_BYTES_MAX: Final = MESSAGE_BYTES_MAX - 128

_ENCODER: Final = msgspec.json.Encoder()


class Message(Struct, frozen=True, gc=False):
    """A message of a stream, or an answer, with its content still as it came."""

    stream: str | None = None
    data: Raw | UnsetType = UNSET
    id: int | str | None = None
    result: Raw | UnsetType = UNSET
    error: ErrorBody | UnsetType = UNSET


_DECODER: Final = msgspec.json.Decoder(Message)


def encode(content: Mapping[str, object] | Sequence[str]) -> bytes:
    """Encode the parameters of a request.

    Raises:
        ValueError: If they are longer than a message may be.
    """
    encoded = _ENCODER.encode(content)
    if len(encoded) > PARAMETERS_BYTES_MAX:
        raise ValueError(f"a request may have {PARAMETERS_BYTES_MAX} bytes, not {len(encoded)}")
    return encoded


def request_text(method: str, parameters: bytes, request_id: int) -> bytes:
    """Write a request; `parameters` are JSON, and may go on with further members of the request."""
    return b'{"method":"%b","params":%b,"id":%d}' % (method.encode(), parameters, request_id)


def read_message(text: bytes) -> Message:
    """Take a message apart.

    Raises:
        ProtocolError: If it is none.
    """
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProtocolError(f"not a message of this protocol: {error}") from None
