"""Renders the OpenAPI document, and what there is to say of the WebSocket, as one page of HTML.

The page is made once, at the start, from the same documents that programs read. It holds its own
style, needs no script and nothing from another address, and follows the reader's light or dark
setting. The anchors of the problem codes are where the `type` of a problem points.
"""

import re
from html import escape
from typing import Final, cast

import msgspec

from gateway.page_streams import websocket_contents, websocket_section
from gateway.page_style import STYLE
from gateway.page_text import CODE, Node, code_links, inline, inner, json_text, prose, sentence
from proto.api.problems import PROBLEMS

_HEAD: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
"""


def page_bytes(document: bytes, streams: bytes) -> bytes:
    """Render the page.

    Args:
        document: The OpenAPI document as JSON.
        streams: The AsyncAPI document as JSON.
    """
    decoder = msgspec.json.Decoder(dict[str, object])
    return _page(decoder.decode(document), decoder.decode(streams)).encode()


def _page(document: Node, streams: Node) -> str:
    info = inner(document, "info")
    schemas = inner(document, "components", "schemas")
    by_tag = _operations_by_tag(document)
    parts = [
        _HEAD.format(title=f"{escape(str(info['title']))} REST and WebSocket", style=STYLE),
        _contents(by_tag, info, streams),
        "<main>",
        f"<h1>{escape(str(info['title']))} REST and WebSocket</h1>",
        f'<p class="lead">{escape(str(info["summary"]))} '
        'For programs: <a href="/openapi.json">openapi.json</a>.</p>',
        prose(str(info["description"])),
    ]
    for tag, operations in by_tag.items():
        parts.append(f'<h2 id="{_anchor(tag)}">{escape(tag)}</h2>')
        parts += [_operation(method, path, node) for method, path, node in operations]
    parts.append(websocket_section(streams))
    parts.append('<h2 id="types">Types</h2>')
    parts += [_schema(name, cast("Node", schema)) for name, schema in sorted(schemas.items())]
    parts += [_problems(), "</main>", "</body>", "</html>", ""]
    return "\n".join(parts)


def _operations_by_tag(document: Node) -> dict[str, list[tuple[str, str, Node]]]:
    by_tag: dict[str, list[tuple[str, str, Node]]] = {}
    for path, methods in inner(document, "paths").items():
        for method, operation in cast("dict[str, Node]", methods).items():
            tag = cast("list[str]", operation["tags"])[0]
            by_tag.setdefault(tag, []).append((method, path, operation))
    return by_tag


def _contents(by_tag: dict[str, list[tuple[str, str, Node]]], info: Node, streams: Node) -> str:
    items = [
        f'<nav><p class="brand">{escape(str(info["title"]))} <small>{info["version"]}</small></p>'
    ]
    for tag, operations in by_tag.items():
        links = "".join(
            f'<li><a href="#{node["operationId"]}">{_badge(method)} '
            f"<span>{escape(path.removeprefix('/api/v1'))}</span></a></li>"
            for method, path, node in operations
        )
        items.append(f"<p>{escape(tag)}</p><ul>{links}</ul>")
    items.append(websocket_contents(streams))
    items.append('<p>More</p><ul><li><a href="#types">Types</a></li>')
    items.append('<li><a href="#problems">Problem codes</a></li></ul></nav>')
    return "\n".join(items)


def _operation(method: str, path: str, operation: Node) -> str:
    parts = [
        f'<section id="{operation["operationId"]}">',
        f"<h3>{_badge(method)} <code>{escape(path)}</code></h3>",
        f"<p><strong>{sentence(str(operation['summary']))}</strong></p>",
        prose(str(operation["description"])),
    ]
    parameters = cast("list[Node]", operation.get("parameters", []))
    for place, title in (("path", "In the address"), ("query", "Query string")):
        there = [parameter for parameter in parameters if parameter["in"] == place]
        if there:
            parts.append(f"<h4>{title}</h4>")
            parts.append(
                _fields(
                    {str(p["name"]): {**inner(p, "schema"), **_described(p)} for p in there},
                    [str(p["name"]) for p in there if p["required"]],
                )
            )
    for parameter in parameters:
        if parameter["in"] == "path":
            examples = cast("list[object]", inner(parameter, "schema")["examples"])
            path = path.replace(f"{{{parameter['name']}}}", str(examples[0]))
    if "requestBody" in operation:
        media = inner(operation, "requestBody", "content", "application/json")
        parts.append(f"<h4>Body: {_type(inner(media, 'schema'))}</h4>")
        parts.append(_curl(method, path, media["example"]))
    responses = cast("dict[str, Node]", operation["responses"])
    parts += [_response(status, response) for status, response in responses.items()]
    parts.append("</section>")
    return "\n".join(parts)


def _response(status: str, response: Node) -> str:
    for media_type, media in cast("dict[str, Node]", response.get("content", {})).items():
        if media_type == "application/problem+json":
            codes = CODE.findall(str(response["description"]))
            return (
                f'<p class="problem"><b class="status">{status}</b> '
                f"<span>{code_links(codes)}</span></p>"
            )
        kind = _type(inner(media, "schema")) if "schema" in media else escape(media_type)
        example = ""
        if "example" in media:
            example = f"<pre>{json_text(media['example'])}</pre>"
        return f"{_outcome(status, kind)}{example}"
    return _outcome(status, escape(str(response["description"])))


def _outcome(status: str, what: str) -> str:
    verdict = "good" if status < "400" else "bad"
    return f'<p class="{verdict}"><b class="status">{status}</b> {what}</p>'


def _schema(name: str, schema: Node) -> str:
    return "\n".join(
        [
            f'<section id="type-{name}"><h3>{escape(name)}</h3>',
            prose(str(schema.get("description", ""))),
            _fields(
                cast("dict[str, Node]", schema.get("properties", {})),
                cast("list[str]", schema.get("required", [])),
            ),
            "</section>",
        ]
    )


def _fields(properties: dict[str, Node], required: list[str]) -> str:
    rows = []
    for name, schema in properties.items():
        mark = " <em>required</em>" if name in required else ""
        rows.append(
            f"<tr><td><code>{escape(name)}</code>{mark}</td><td>{_type(schema)}</td>"
            f"<td>{inline(_notes(schema))}</td></tr>"
        )
    return f"<table>{''.join(rows)}</table>"


def _notes(schema: Node) -> str:
    """Say in words what a schema demands beyond its type."""
    notes = [str(schema["description"])] if "description" in schema else []
    if "enum" in schema:
        words = cast("list[str]", schema["enum"])
        # Both cases are taken; one is shown.
        shown = [word for word in words if word.swapcase() not in words[: words.index(word)]]
        notes.append("One of " + ", ".join(f"`{word}`" for word in shown) + ".")
    if "minimum" in schema:
        least, most = schema["minimum"], schema.get("maximum")
        notes.append(f"At least {least}." if most is None else f"From {least} to {most}.")
    # A default of null says no more than that the field may be left out.
    if schema.get("default") is not None:
        notes.append(f"Default: `{_plain(schema['default'])}`.")
    if "pattern" in schema:
        notes.append(f"Matches `{schema['pattern']}`.")
    return " ".join(notes)


def _type(schema: Node) -> str:
    """Name a type, with a link where it has a section of its own."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return f'<a href="#type-{name}">{escape(name)}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in cast("list[Node]", schema["anyOf"]))
    if schema.get("type") == "array" and "prefixItems" in schema:
        return (
            "[" + ", ".join(_type(one) for one in cast("list[Node]", schema["prefixItems"])) + "]"
        )
    if schema.get("type") == "array":
        return f"list of {_type(inner(schema, 'items'))}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"{_type(inner(schema, 'additionalProperties'))} by name"
    return escape(str(schema.get("format") or schema.get("type") or "JSON"))


def _problems() -> str:
    rows = "".join(
        f'<tr id="{code}"><td><code>{code}</code></td><td><b class="status">{status}</b></td>'
        f"<td>{sentence(title)}</td></tr>"
        for code, (status, title) in PROBLEMS.items()
    )
    return f'<h2 id="problems">Problem codes</h2><table>{rows}</table>'


def _curl(method: str, path: str, example: object) -> str:
    # In lines of its own, a body can be read without scrolling, also on a narrow screen.
    body = (
        msgspec.json.format(msgspec.json.encode(example), indent=2).decode().replace("\n", "\n  ")
    )
    command = (
        f"curl -X {method.upper()} http://localhost:8000{path} \\\n"
        f"  -H 'Content-Type: application/json' \\\n  -d '{body}'"
    )
    return f"<pre>{escape(command, quote=False)}</pre>"


def _badge(method: str) -> str:
    return f'<b class="{method}">{method.upper()}</b>'


def _plain(value: object) -> str:
    """Write a value as JSON does; text without its quotes."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _anchor(text: str) -> str:
    return re.sub(r"[^a-z]+", "-", text.lower())


def _described(parameter: Node) -> Node:
    return {key: parameter[key] for key in ("description",) if key in parameter}
