"""The orders that the tests place: those of the documents, and one that meets them."""

from typing import Any, Final

from gateway import examples
from gateway.app import App
from tests.unit.gateway.asgi import Answer, call

SELL: Final[dict[str, Any]] = {
    name: value for name, value in examples.PLACE_ORDER.items() if name != "client_order_id"
}
BUY: Final[dict[str, Any]] = {**SELL, "side": "buy", "user_id": "1"}


async def place(app: App, order: dict[str, Any], path: str = "/api/v1/order") -> Answer:
    return await call(app, "POST", path, order)


def but_for(example: dict[str, Any], *names: str) -> dict[str, Any]:
    """Leave out what no two sessions share, such as the time."""
    return {name: value for name, value in example.items() if name not in names}
