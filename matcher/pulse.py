"""What the matcher publishes by the clock rather than by event: tickers and the time itself.

Once a second each ticker that has changed goes out, then the engine's time. Both are tied to the
last batch like a reply, so they never show what is not on disk, and every message after the time
has that time or a later one.

The collection of garbage keeps a quicker beat, so that each has little to look at: all that was
made in a second of many orders takes it tens of milliseconds, and everybody waits meanwhile.
"""

import asyncio
from functools import partial
from typing import Final, final

from matcher.core.engine import Engine
from matcher.publisher import Publisher
from matcher.sequencer import Sequencer
from proto.codec import encode
from proto.garbage import collect_young_garbage
from proto.market_data import CLOCK_CHANNEL, TICKER_CHANNEL, ClockMessage, Ticker

PULSE_S: Final = 1.0
_COLLECTIONS: Final = 20


@final
class Pulse:
    """Publishes tickers and time once a second."""

    def __init__(self, engine: Engine, sequencer: Sequencer, publisher: Publisher) -> None:
        self._engine: Final = engine
        self._sequencer: Final = sequencer
        self._publisher: Final = publisher
        self._published: Final[dict[int, Ticker]] = {}

    async def run(self) -> None:
        """Beat, and collect garbage in between, until cancelled."""
        while True:
            self._beat()
            for _ in range(_COLLECTIONS):
                collect_young_garbage()
                await asyncio.sleep(PULSE_S / _COLLECTIONS)

    def _beat(self) -> None:
        now_ns = self._sequencer.now_ns()
        for market in self._engine.markets():
            ticker = self._engine.ticker(market.market_id, now_ns)
            if _differs(ticker, self._published.get(market.market_id)):
                self._published[market.market_id] = ticker
                self._post(TICKER_CHANNEL + market.name, encode(ticker))
        self._post(CLOCK_CHANNEL, encode(ClockMessage(now_ns, self._publisher.losses)))

    def _post(self, channel: str, message: bytes) -> None:
        self._sequencer.when_durable(partial(self._publisher.post, channel, message))


def _differs(ticker: Ticker, published: Ticker | None) -> bool:
    if published is None:
        return True
    # Two windows are the same ticker where only their end differs.
    names = Ticker.__struct_fields__[1:]
    return any(getattr(ticker, name) != getattr(published, name) for name in names)
