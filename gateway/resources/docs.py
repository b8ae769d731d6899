"""The description of the interface: for programs, and for people."""

from typing import Final, final

import falcon
import falcon.asgi

from gateway.request import GatewayRequest

# The page holds its own style and nothing else: no script, nothing from another address.
_PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
)


@final
class DocumentResource:
    """/openapi.json and /asyncapi.json."""

    def __init__(self, document: bytes) -> None:
        self._document: Final = document

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Send the document."""
        resp.data = self._document


@final
class DocsResource:
    """/docs."""

    def __init__(self, page: bytes) -> None:
        self._page: Final = page

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Send the page."""
        resp.content_type = falcon.MEDIA_HTML
        resp.set_header("Content-Security-Policy", _PAGE_POLICY)
        resp.data = self._page


@final
class RootResource:
    """/."""

    async def on_get(self, req: GatewayRequest, resp: falcon.asgi.Response) -> None:
        """Send whoever opens the bare address to the page."""
        raise falcon.HTTPFound("/docs")
