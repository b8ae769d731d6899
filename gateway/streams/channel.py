"""What there is to say of one kind of stream, and of what stands in braces in its name."""

from typing import Final, final

from msgspec import Struct

from gateway.examples import Example
from proto.api.forms.fields import NAME_PATTERN
from proto.intervals import INTERVALS

PUBLIC_TAG: Final = "Public streams"
PRIVATE_TAG: Final = "Private streams"


@final
class Channel(Struct, frozen=True):
    """One kind of stream.

    Attributes:
        key: Its name in the document.
        address: Name of the stream as `SUBSCRIBE` takes it, with parameters in braces.
        tag: PUBLIC_TAG or PRIVATE_TAG.
        title: What it is, in a few words.
        description: What there is to know about it; Markdown.
        data: Type of the data of its messages.
        examples: Data of messages, under what each shows.
        values: Of the parameters in the address, for the examples.
    """

    key: str
    address: str
    tag: str
    title: str
    description: str
    data: object
    examples: dict[str, Example | list[Example]]
    values: dict[str, str] = {}


@final
class Parameter(Struct, frozen=True):
    """What may stand in braces in the name of a stream.

    Attributes:
        description: What it is; Markdown.
        pattern: Regular expression of its values, without anchors.
        examples: Some values.
        words: All values, where they can be listed; then `pattern` is made of them.
    """

    description: str
    pattern: str
    examples: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def _one_of(description: str, *words: str) -> Parameter:
    return Parameter(description, f"({'|'.join(words)})", words=words)


PARAMETERS: Final[dict[str, Parameter]] = {
    "market": Parameter(
        "Name of a market; `GET /api/v1/markets` lists them.",
        NAME_PATTERN.removeprefix("^").removesuffix("$"),
        ("TATA_INR",),
    ),
    "interval": _one_of("Length of a candle.", *INTERVALS),
    "levels": _one_of("How many levels of each side.", "5", "10", "20"),
    "pace": _one_of("The least time between two messages.", "100ms", "1s"),
}
