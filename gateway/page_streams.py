"""Renders the streams and the methods of the WebSocket, as the AsyncAPI document has them."""

from html import escape
from typing import cast

from gateway.page_text import Node, code_links, inline, inner, json_text, prose, sentence
from proto.api.problems import PROBLEMS
from proto.api.streams.failures import CLOSINGS, FAILURES


def websocket_section(document: Node) -> str:
    """Render everything that goes over the WebSocket.

    Args:
        document: The AsyncAPI document.
    """
    server = inner(document, "servers", "feed")
    address = f"{server['protocol']}://{server['host']}"
    parts = [
        '<h2 id="websocket">WebSocket</h2>',
        f'<p class="lead"><code>{escape(address)}</code> '
        'For programs: <a href="/asyncapi.json">asyncapi.json</a>.</p>',
    ]
    for action in ("send", "receive"):
        parts += [_operation(document, key, node) for key, node in _operations(document, action)]
    parts += [_codes(), _closings()]
    return "\n".join(parts)


def websocket_contents(document: Node) -> str:
    """Render the list of links to streams and methods."""
    links = [
        f'<li><a href="#websocket-{key}">{escape(_name(document, node))}</a></li>'
        for action in ("send", "receive")
        for key, node in _operations(document, action)
    ]
    return f"<p>WebSocket</p><ul>{''.join(links)}</ul>"


def _operations(document: Node, action: str) -> list[tuple[str, Node]]:
    operations = cast("dict[str, Node]", document["operations"])
    return [(key, node) for key, node in operations.items() if node["action"] == action]


def _name(document: Node, operation: Node) -> str:
    """Return what a client writes: the name of a stream, or that of a method."""
    if operation["action"] == "send":
        return str(_at(document, inner(operation, "channel"))["address"])
    message = _message(document, cast("list[Node]", operation["messages"])[0])
    return str(inner(message, "payload", "properties", "method")["const"])


def _operation(document: Node, key: str, operation: Node) -> str:
    described = operation
    references = list(cast("list[Node]", operation["messages"]))
    if operation["action"] == "send":
        described = _at(document, inner(operation, "channel"))
    else:
        # The last one is that of all refusals.
        references += cast("list[Node]", inner(operation, "reply")["messages"])[:-1]
    parts = [
        f'<section id="websocket-{key}">',
        f"<h3><code>{escape(_name(document, operation))}</code></h3>",
        f"<p><strong>{sentence(str(operation['title']))}</strong></p>",
        prose(str(described["description"])),
    ]
    for reference in references:
        for example in cast("list[Node]", _message(document, reference)["examples"]):
            parts.append(f"<pre>{json_text(example['payload'])}</pre>")
    codes = cast("list[str]", operation.get("x-error-codes", []))
    if codes:
        parts.append(f'<p class="problem"><span>{code_links(codes)}</span></p>')
    parts.append("</section>")
    return "\n".join(parts)


def _message(document: Node, reference: Node) -> Node:
    """Follow a reference of an operation to its message: through the channel, to the component."""
    return _at(document, _at(document, reference))


def _at(document: Node, reference: Node) -> Node:
    return inner(document, *str(reference["$ref"]).removeprefix("#/").split("/"))


def _codes() -> str:
    rows = "".join(
        f"{_row_start(code)}<td><code>{code}</code></td><td>{inline(meaning)}.</td></tr>"
        for code, meaning in FAILURES.items()
    )
    return f'<h3 id="websocket-errors">Errors of the WebSocket</h3><table>{rows}</table>'


def _row_start(code: str) -> str:
    """Begin the row of a code; one that REST has too has its anchor among the problems."""
    return "<tr>" if code in PROBLEMS else f'<tr id="{code}">'


def _closings() -> str:
    rows = "".join(
        f"<tr><td>{one.code} {_reason(one.reason)}</td><td>{sentence(one.meaning)}</td></tr>"
        for one in CLOSINGS
    )
    return f'<h3 id="websocket-closings">Closings</h3><table>{rows}</table>'


def _reason(reason: str) -> str:
    return f"<code>{reason}</code>" if reason else ""
