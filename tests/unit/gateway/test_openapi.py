"""The OpenAPI document is valid, complete, and what the server really does."""

from typing import Any

import falcon.inspect
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from gateway.app import App
from gateway.openapi import document
from gateway.operations import OPERATIONS
from gateway.operations.operation import OF_EVERY_CALL
from proto.api.problems import PROBLEMS
from tests.e2e.malformed import malformed_requests
from tests.unit.gateway.asgi import Answer, call
from tests.unit.gateway.orders import BUY, SELL, place
from tests.unit.gateway.test_malformed import send

DOCUMENT: dict[str, Any] = document("0.1.0")


def check(value: object, schema: dict[str, Any]) -> None:
    """Validate against a schema whose references lead into the document."""
    whole = {**schema, "components": DOCUMENT["components"]}
    Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


def documented_path(target: str) -> str:
    """Return the address of the document that a request is for."""
    words = target.split("/")
    for path in DOCUMENT["paths"]:
        parts = path.split("/")
        if len(parts) == len(words) and all(
            part == word or part.startswith("{") for part, word in zip(parts, words, strict=True)
        ):
            return str(path)
    return target


def check_answer(method: str, path: str, answer: Answer) -> None:
    """Hold an answer against what is documented for its status."""
    operation = DOCUMENT["paths"][path][method.lower()]
    response = operation["responses"][str(answer.status)]
    media_type = answer.headers["content-type"].partition(";")[0]
    check(answer.json, response["content"][media_type]["schema"])
    for name, header in response["headers"].items():
        assert header["$ref"].startswith("#/components/headers/")
        assert name == "Link" or name.lower() in answer.headers


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)


async def test_the_document_is_served(app: App) -> None:
    answer = await call(app, "GET", "/openapi.json/")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == DOCUMENT


def test_each_route_is_documented_and_each_documented_route_exists(app: App) -> None:
    served = {
        (method.method.lower(), route.path)
        for route in falcon.inspect.inspect_app(app).routes
        for method in route.methods
        if not method.internal
    }
    documented = {
        (method, path) for path, methods in DOCUMENT["paths"].items() for method in methods
    }
    assert served == documented


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: f"{o.method} {o.path}")
def test_examples_are_what_their_schemas_say(operation: Any) -> None:
    described = DOCUMENT["paths"][operation.path][operation.method]
    if operation.body is not None:
        content = described["requestBody"]["content"]["application/json"]
        check(content["example"], content["schema"])
    if operation.example is not None:
        content = described["responses"]["200"]["content"]["application/json"]
        check(content["example"], content["schema"])


def test_every_problem_is_documented_somewhere() -> None:
    documented = {code for operation in OPERATIONS for code in operation.problems}
    of_every_call = {*OF_EVERY_CALL, "NOT_FOUND", "METHOD_NOT_ALLOWED", "MALFORMED_REQUEST"}
    assert documented | of_every_call == set(PROBLEMS)


def described(form: str, field: str) -> str:
    text: str = DOCUMENT["components"]["schemas"][form]["properties"][field]["description"]
    return text


@pytest.mark.parametrize("form", ["CancelOrderForm", "AmendOrderForm", "ReplaceOrderForm"])
def test_the_name_of_an_order_that_is_there_is_described_as_such(form: str) -> None:
    assert "of an order that was placed" in described(form, "client_order_id")
    assert "placed once" in described("PlaceOrderForm", "client_order_id")
    [query] = [
        parameter
        for parameter in DOCUMENT["paths"]["/api/v1/order"]["get"]["parameters"]
        if parameter["name"] == "client_order_id"
    ]
    assert query["description"] == described(form, "client_order_id")


@pytest.mark.parametrize("form", ["PlaceOrderForm", "TransferForm", "CancelAllForm"])
def test_the_user_is_said_to_be_needed(form: str) -> None:
    assert "Needed" in described(form, "user_id")


async def test_the_health_takes_nothing_twice(app: App) -> None:
    answer = await call(app, "GET", "/health?x=1&x=2")
    check_answer("GET", "/health", answer)
    assert answer.code == "DUPLICATE_FIELD"


async def test_answers_are_what_is_documented(app: App) -> None:
    resting = await place(app, {**BUY, "client_order_id": "mine"})
    check_answer("POST", "/api/v1/order", resting)
    check_answer("POST", "/api/v1/order", await place(app, {**SELL, "quantity": "4"}))
    order_id = resting.json["order_id"]
    for path, query in (
        ("/api/v1/order", f"order_id={order_id}&user_id=1"),
        ("/api/v1/order/open", "user_id=1"),
        ("/api/v1/balances", "user_id=1"),
        ("/api/v1/account", "user_id=1"),
        ("/api/v1/auction", "market=TATA_INR"),
        ("/api/v1/statement", "user_id=1"),
        ("/api/v1/markets", ""),
        ("/api/v1/depth", "market=TATA_INR"),
        ("/api/v1/time", ""),
        ("/health", ""),
        ("/api/v1/trades", "market=TATA_INR"),
        ("/api/v1/klines", "market=TATA_INR&interval=1h"),
        ("/api/v1/tickers", ""),
        ("/api/v1/orders", "user_id=1"),
    ):
        check_answer("GET", path, await call(app, "GET", f"{path}?{query}"))
    cancel = {"market": "TATA_INR", "order_id": order_id, "user_id": "1"}
    check_answer("DELETE", "/api/v1/order", await call(app, "DELETE", "/api/v1/order", cancel))


async def test_every_problem_of_the_malformed_requests_is_documented(app: App) -> None:
    checked = set()
    for request in malformed_requests():
        path = documented_path(request.target.partition("?")[0])
        operation = DOCUMENT["paths"].get(path, {}).get(request.method.lower())
        if operation is not None and len(request.body) < 100_000:
            check_answer(request.method, path, await send(app, request))
            checked.add((request.method.lower(), path))
    # Every call but those that take nothing, and whatever they are sent, has its table.
    unchecked = {(operation.method, operation.path) for operation in OPERATIONS} - checked
    assert {path for _, path in unchecked} == {
        "/", "/docs", "/openapi.json", "/asyncapi.json", "/health",
    }  # fmt: skip
