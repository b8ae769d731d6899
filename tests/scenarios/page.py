"""Reads docs/order-types.md: its scenarios, and the requests that say the same as their steps."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[2] / "docs" / "order-types.md"
_BLOCK: Final = re.compile(
    r"^##+ (?P<heading>[^\n]+)$|^```(?P<kind>scenario|http)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_REQUEST: Final = re.compile(r"^(POST|PATCH|DELETE) (\S+)\n(?:(\{.*\})\n)?", re.MULTILINE)


@dataclass(frozen=True)
class Request:
    """A request, with its body as it is written on the page; "" where it has none."""

    method: str
    target: str
    body: str


@dataclass
class Example:
    """A scenario below its heading, and the requests below it."""

    heading: str
    steps: str
    requests: list[Request]


def read_page() -> tuple[str, list[Example]]:
    """Return the steps that every example begins with, and the examples in their order."""
    heading = ""
    examples: list[Example] = []
    for block in _BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        if block["heading"]:
            heading = block["heading"]
        elif block["kind"] == "scenario":
            examples.append(Example(heading, block["text"], []))
        else:
            found = _REQUEST.findall(block["text"])
            read = "".join(f"{method} {target}\n{body}\n" for method, target, body in found)
            assert read.replace("\n\n", "\n") == block["text"]
            examples[-1].requests += [Request(*parts) for parts in found]
    first, *others = examples
    assert not first.requests
    return first.steps, others
