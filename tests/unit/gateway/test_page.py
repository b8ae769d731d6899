"""The page says everything, needs nothing from elsewhere, and its links lead somewhere."""

import html
import json
import re
import shlex
from html.parser import HTMLParser

from gateway.app import App
from gateway.operations import OPERATIONS
from proto.api.problems import PROBLEMS
from tests.unit.gateway.asgi import call

VOID = {"meta"}


class Reader(HTMLParser):
    """Collects anchors and links, and checks that elements are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            assert value is not None
            assert not name.startswith("on")
            if name == "id":
                self.ids.append(value)
            elif name in ("href", "src"):
                self.links.append(value)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_the_page(app: App) -> None:
    answer = await call(app, "GET", "/docs/")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    text = answer.body.decode()
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    assert len(set(reader.ids)) == len(reader.ids)
    assert not reader.tags & {"script", "img", "link", "iframe"}
    for link in reader.links:
        is_document = link in ("/openapi.json", "/asyncapi.json")
        assert is_document or link.removeprefix("#") in reader.ids, link
    assert not re.search(r"url\(|@import", text)
    for operation in OPERATIONS:
        assert f"<code>{operation.path}</code>" in text
    for code in PROBLEMS:
        # Where the type of a problem points.
        assert code in reader.ids


def with_examples(path: str) -> str:
    """Put the documented examples into an address."""
    for name, example in (("asset", "INR"), ("market", "TATA_INR"), ("user_id", "2")):
        path = path.replace(f"{{{name}}}", example)
    return path


async def test_each_body_is_shown_as_a_command_that_sends_it(app: App) -> None:
    text = (await call(app, "GET", "/docs")).body.decode()
    shown = [
        shlex.split(html.unescape(command).replace("\\\n", ""))
        for command in re.findall(r"<pre>(curl .*?)</pre>", text, re.DOTALL)
    ]
    expected = [
        (operation.method.upper(), with_examples(operation.path), operation.body_example)
        for operation in OPERATIONS
        if operation.body is not None
    ]
    assert [
        (words[2], words[3].removeprefix("http://localhost:8000"), json.loads(words[-1]))
        for words in shown
    ] == expected


async def test_a_status_is_shown_as_what_it_is(app: App) -> None:
    text = (await call(app, "GET", "/docs")).body.decode()
    verdicts = set(re.findall(r'<p class="(\w+)"><b class="status">(\d)', text))
    assert verdicts == {
        ("good", "2"), ("good", "3"), ("bad", "5"), ("problem", "4"), ("problem", "5"),
    }  # fmt: skip
