"""Pieces of HTML that the page is made of: prose, sentences and JSON, escaped."""

import re
from html import escape
from typing import Final, cast

import msgspec

Node = dict[str, object]

CODE: Final = re.compile(r"`([^`]+)`")
# A level of a book, spread over four lines.
_PAIR: Final = re.compile(r'\[\s+("[^"\n]*"),\s+("[^"\n]*")\s+\]')


def prose(text: str) -> str:
    """Render the little Markdown that the descriptions use: paragraphs, lists and code."""
    blocks = []
    for block in text.strip().split("\n\n"):
        if block.startswith("* "):
            items = block.removeprefix("* ").split("\n* ")
            blocks.append("<ul>" + "".join(f"<li>{inline(item)}</li>" for item in items) + "</ul>")
        elif block:
            blocks.append(f"<p>{inline(block)}</p>")
    return "\n".join(blocks)


def inline(text: str) -> str:
    """Render text with code in it."""
    return CODE.sub(r"<code>\1</code>", escape(text, quote=False))


def sentence(text: str) -> str:
    """End a text with a full stop, unless it ends as a sentence already."""
    return escape(text if text.endswith("?") else f"{text}.")


def json_text(value: object) -> str:
    """Write a value as JSON, over several lines; two texts in an array stay on one."""
    lines = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return escape(_PAIR.sub(r"[\1, \2]", lines), quote=False)


def code_links(codes: list[str]) -> str:
    """Name codes, each with a link to where it is described."""
    return ", ".join(f'<a href="#{code}"><code>{code}</code></a>' for code in codes)


def inner(node: Node, *path: str) -> Node:
    """Return an object inside of an object of JSON."""
    for name in path:
        node = cast("Node", node[name])
    return node
