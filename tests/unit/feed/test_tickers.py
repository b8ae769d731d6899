"""The tickers of all markets, together."""

from msgspec.structs import replace

from feed.source import NOTHING, Portion
from feed.tickers import TickersContent
from proto.codec import encode
from proto.market_data import ClockMessage
from proto.scales import MarketScale
from tests.unit.feed.examples import INR, MARKET, NEW_YEAR_NS, TATA, reply, ticker
from tests.unit.feed.market_stage import MarketStage, PlainTrades

TICKERS = "tickers"
OTHER = MarketScale(replace(MARKET, market_id=2, name="OTHER_INR"), TATA, INR)


def told(messages: list[dict[str, object]]) -> list[list[tuple[str, str]]]:
    """Return market and last price of each ticker of each message."""
    return [[(one["market"], one["last"]) for one in several] for several in messages]  # type: ignore[attr-defined]


def publish(stage: MarketStage, market: str, last: int) -> None:
    stage.receive(f"ticker.{market}", encode(ticker(NEW_YEAR_NS, *(last,) * 9)))


def clock(stage: MarketStage) -> None:
    stage.receive("clock", encode(ClockMessage(NEW_YEAR_NS, 1)))


def test_before_a_ticker_is_known_there_is_nothing() -> None:
    assert TickersContent().since(NOTHING) == Portion([], NOTHING)
    stage = MarketStage()
    reader = stage.reader(TICKERS)
    clock(stage)
    assert reader.messages == []


def test_all_come_first_and_then_with_the_clock_those_that_changed() -> None:
    stage = MarketStage()
    stage.add_market(OTHER, PlainTrades(OTHER))
    for market, last in (("TATA_INR", 20), ("OTHER_INR", 40)):
        publish(stage, market, last)
    reader = stage.reader(TICKERS)
    assert told(reader.take(TICKERS)) == [[("TATA_INR", "1.00"), ("OTHER_INR", "2.00")]]
    clock(stage)
    publish(stage, "TATA_INR", 60)
    publish(stage, "TATA_INR", 80)
    # Who comes between the tickers and the clock has them, and gets none of them twice.
    late = stage.reader(TICKERS)
    assert told(late.take(TICKERS)) == [[("OTHER_INR", "2.00"), ("TATA_INR", "4.00")]]
    assert reader.messages == []
    clock(stage)
    assert told(reader.take(TICKERS)) == [[("TATA_INR", "4.00")]]
    publish(stage, "OTHER_INR", 20)
    clock(stage)
    for one in (reader, late):
        assert told(one.take(TICKERS)) == [[("OTHER_INR", "1.00")]]
    clock(stage)
    assert reader.messages == late.messages == []


def test_the_ticker_of_an_answer_is_told_if_it_is_another() -> None:
    stage = MarketStage()
    reader = stage.reader(TICKERS)
    assert stage.load(reply())
    clock(stage)
    assert told(reader.take(TICKERS)) == [[("TATA_INR", None)]]
    assert stage.load(reply(timestamp_ns=NEW_YEAR_NS + 1))
    clock(stage)
    assert reader.messages == []


def test_whoever_asks_the_same_gets_the_same_text() -> None:
    stage = MarketStage()
    publish(stage, "TATA_INR", 20)
    content = stage.board.tickers
    portion = content.since(NOTHING)
    assert content.since(NOTHING) is portion
    publish(stage, "TATA_INR", 20)
    assert content.since(NOTHING) is not portion
