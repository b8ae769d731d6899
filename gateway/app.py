"""The application: every address, and what happens to every failure.

`create_app` wires it from its parts, so that tests run the real one with an exchange of their
own. A failure, whatever raised it, becomes a `Problem` here and is rendered by one function.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Final

import falcon
import falcon.asgi

from gateway import asyncapi, openapi
from gateway.admission import IN_FLIGHT_MAX, Admission
from gateway.config import WEBSOCKET_ADDRESS_DEFAULT
from gateway.history import History
from gateway.page import page_bytes
from gateway.request import GatewayRequest
from gateway.resources.docs import DocsResource, DocumentResource, RootResource
from gateway.resources.health import HealthResource, Probe
from gateway.routes import market_data_routes, money_routes, operator_routes, order_routes
from proto.api import answers
from proto.api.exchange import Exchange
from proto.api.markets import MarketCatalog
from proto.api.problems import (
    PROBLEM_TYPE,
    RETRY_AFTER_S,
    Problem,
    not_taken,
    request_id_text,
)
from proto.database import DatabaseBusyError, DatabaseError
from proto.mesh.errors import NotTakenError

App = falcon.asgi.App[GatewayRequest, falcon.asgi.Response]

Parameters = dict[str, object]

_LOG: Final = logging.getLogger("gateway")


def create_app(
    exchange: Exchange,
    history: History,
    clock_ns: Callable[[], int],
    build: answers.Build,
    probes: Mapping[str, Probe],
    in_flight_max: int = IN_FLIGHT_MAX,
    websocket_address: str = WEBSOCKET_ADDRESS_DEFAULT,
) -> App:
    """Wire the application.

    Args:
        exchange: Where commands and queries go.
        history: What the database answers.
        clock_ns: Wall-clock time in nanoseconds since 1970.
        build: What /health tells about this build.
        probes: What /health asks, for each dependency apart from the matcher.
        in_flight_max: Requests in flight beyond which more are refused.
        websocket_address: Host and port of the WebSocket, as the AsyncAPI document tells it.
    """
    admission = Admission(exchange, in_flight_max)
    app = bare_app(admission)
    markets = MarketCatalog(exchange, clock_ns)
    calls = openapi.document_bytes(build.version)
    streams = asyncapi.document_bytes(build.version, websocket_address)
    routes: dict[str, object] = {
        **order_routes(exchange, markets, history, admission),
        **money_routes(exchange, markets, history),
        **market_data_routes(exchange, markets, history, clock_ns),
        **operator_routes(exchange, markets),
        "/health": HealthResource(exchange, build, probes),
        "/openapi.json": DocumentResource(calls),
        "/asyncapi.json": DocumentResource(streams),
        "/docs": DocsResource(page_bytes(calls, streams)),
        "/": RootResource(),
    }
    for path, resource in routes.items():
        app.add_route(path, resource)
    return app


def bare_app(admission: Admission) -> App:
    """Make the application without any address."""
    app: App = falcon.asgi.App(request_type=GatewayRequest, middleware=[admission])
    app.req_options.strip_url_path_trailing_slash = True
    app.req_options.keep_blank_qs_values = True
    _add_error_handlers(app)
    return app


def _add_error_handlers(app: App) -> None:
    app.add_error_handler(Exception, _on_exception)
    app.add_error_handler(falcon.HTTPError, _on_http_error)
    app.add_error_handler(Problem, _on_problem)
    app.add_error_handler(NotTakenError, _on_not_taken)
    app.add_error_handler(DatabaseError, _on_database_error)


def render(resp: falcon.asgi.Response, problem: Problem, request_id: int) -> None:
    """Write a problem into a response."""
    resp.status = problem.status
    resp.content_type = PROBLEM_TYPE
    resp.set_headers(problem.headers())
    resp.data = problem.body(request_id_text(request_id))


async def _on_problem(
    req: GatewayRequest, resp: falcon.asgi.Response, error: Problem, params: Parameters
) -> None:
    render(resp, error, req.request_id)


async def _on_not_taken(
    req: GatewayRequest, resp: falcon.asgi.Response, error: NotTakenError, params: Parameters
) -> None:
    render(resp, not_taken(error), req.request_id)


async def _on_database_error(
    req: GatewayRequest, resp: falcon.asgi.Response, error: DatabaseError, params: Parameters
) -> None:
    code = "OVERLOADED" if isinstance(error, DatabaseBusyError) else "HISTORY_UNAVAILABLE"
    problem = Problem(code, str(error), retry_after_s=RETRY_AFTER_S)
    render(resp, problem, req.request_id)


async def _on_http_error(
    req: GatewayRequest, resp: falcon.asgi.Response, error: falcon.HTTPError, params: Parameters
) -> None:
    """Translate what the framework itself refuses."""
    if isinstance(error, falcon.HTTPMethodNotAllowed):
        allow = dict(error.headers or {})["Allow"]
        problem = Problem("METHOD_NOT_ALLOWED", f"this address takes {allow}", allow=allow)
    elif isinstance(error, falcon.HTTPNotFound):
        problem = Problem("NOT_FOUND", "see /docs for the addresses that there are")
    else:
        problem = Problem("MALFORMED_REQUEST", error.description or error.title)
    render(resp, problem, req.request_id)


async def _on_exception(
    req: GatewayRequest, resp: falcon.asgi.Response, error: Exception, params: Parameters
) -> None:
    """Answer a bug: the log gets the traceback, the client the id to find it by."""
    _LOG.error("request %s failed", request_id_text(req.request_id), exc_info=error)
    problem = Problem(
        "INTERNAL_ERROR",
        "the request may or may not have been applied; the log has more under its request_id",
    )
    render(resp, problem, req.request_id)
