"""Calls about the service itself."""

from typing import Final

from msgspec import Raw

from gateway import examples
from gateway.operations.operation import TAKES_NOTHING, Operation
from proto.api import answers
from proto.api.forms.market_data import NoParameters

SERVICE: Final = (
    Operation(
        method="get",
        path="/health",
        tag="Service",
        summary="Are orders taken?",
        description="200 while the matcher is heard, 503 otherwise; with the same fields.",
        answer=answers.Health,
        example=examples.HEALTH,
        parameters=NoParameters,
        problems=TAKES_NOTHING,
        statuses={503: "Orders are not taken"},
    ),
    Operation(
        method="get",
        path="/openapi.json",
        tag="Service",
        summary="This document",
        description="The OpenAPI 3.1 description of the interface.",
        answer=Raw,
    ),
    Operation(
        method="get",
        path="/asyncapi.json",
        tag="Service",
        summary="The document of the WebSocket",
        description="The AsyncAPI 3.0 description of streams, requests and answers.",
        answer=Raw,
    ),
    Operation(
        method="get",
        path="/docs",
        tag="Service",
        summary="Both documents, to read",
        description="This one as a page, and a list of the streams and methods of the other.",
        answer=None,
        media_type="text/html",
    ),
    Operation(
        method="get",
        path="/",
        tag="Service",
        summary="The front door",
        description="Leads to /docs.",
        answer=None,
        statuses={302: "Go to /docs"},
    ),
)
