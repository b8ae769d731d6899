"""The page says everything, needs nothing from elsewhere, and its links lead somewhere."""

import re
from html.parser import HTMLParser

from gateway.app import App
from gateway.operations import OPERATIONS
from gateway.problems import PROBLEMS
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
        assert link == "/openapi.json" or link.removeprefix("#") in reader.ids, link
    assert not re.search(r"url\(|@import", text)
    for operation in OPERATIONS:
        assert f"<code>{operation.path}</code>" in text
    for code in PROBLEMS:
        # Where the type of a problem points.
        assert code in reader.ids
