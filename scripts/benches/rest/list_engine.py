"""A yardstick: the engine of an exchange that is built on Redis lists; see `list_gateway`.

`python -m scripts.benches.rest.list_engine`, with REDIS_URL. Our own core, and our own translation
between its numbers and JSON. What such an engine also publishes (depth, trades) and pushes (rows
for the database) is left out, in its favour.
"""

import json
import os
import time
from typing import Final

import msgspec
from redis import Redis

from proto.api import answers
from proto.api.forms.orders import CancelOrderForm, PlaceOrderForm
from proto.api.problems import Problem, refusal, request_id_text
from proto.api.translate import order_answers
from proto.api.translate.orders import cancel_order, place_order
from proto.ids import RequestId
from proto.markets import read_markets
from proto.replies import MarketsReply, OrderReply, Rejected
from scripts.benches.rest.list_gateway import QUEUE
from scripts.benches.workload import ROOT, applied, founded_engine
from scripts.load.evidence import scales_of

# Shorter than the client waits for an answer of its Redis.
_WAIT_S: Final = 1


class ListEngine:
    """Applies orders to the core, and makes the answers."""

    def __init__(self) -> None:
        assets, markets = read_markets(ROOT / "markets.toml")
        scales = scales_of(MarketsReply(0, assets, markets)).values()
        self._scales: Final = {scale.market.name: scale for scale in scales}
        self._engine: Final = founded_engine()

    def answer(self, method: str, order: object) -> bytes:
        """Apply an order or a cancel, and return the JSON of the answer."""
        try:
            return self._apply(method, order)
        except Problem as problem:
            return problem.body(request_id_text(RequestId(0)))

    def _apply(self, method: str, order: object) -> bytes:
        engine = self._engine
        now_ns = max(time.time_ns(), engine.timestamp_ns)
        if method == "POST":
            form = msgspec.convert(order, PlaceOrderForm)
            scale = self._scales[form.market]
            place = place_order(form, scale, RequestId(0), now_ns)
            reply = applied(engine, place, now_ns)
        else:
            cancel_form = msgspec.convert(order, CancelOrderForm)
            scale = self._scales[cancel_form.market]
            cancel = cancel_order(cancel_form, scale, RequestId(0), now_ns)
            reply = applied(engine, cancel, now_ns)
        if isinstance(reply, Rejected):
            raise refusal(reply.reason)
        assert isinstance(reply, OrderReply)
        return answers.encode(order_answers.placed_order(reply, scale))


def main() -> None:
    """Take orders from the list until told to stop."""
    redis = Redis.from_url(os.environ["REDIS_URL"])
    engine = ListEngine()
    print("ready", flush=True)
    while True:
        taken = redis.brpop([QUEUE], _WAIT_S)
        if taken is None:
            continue
        _, text = taken
        message = json.loads(text)
        redis.publish(message["channel"], engine.answer(message["method"], message["order"]))


if __name__ == "__main__":
    main()
