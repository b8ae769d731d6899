"""The state of a market, as its stream tells it."""

from proto.codec import encode
from proto.codes import AUCTION, CONTINUOUS, HALTED
from proto.definitions import FeeTier, MarketRules, MarketStatus
from proto.events import MarketChange
from proto.ids import Sequence
from tests.unit.feed.examples import NEW_YEAR_NS, depth, reply
from tests.unit.feed.market_stage import MarketStage

STATUS = "status@TATA_INR"


def status(state: int, ends_ns: int = 0, band_ppm: int = 0) -> MarketStatus:
    return MarketStatus(1, state, ends_ns, 0, 0, MarketRules(band_ppm), [FeeTier(0, 0, 0)])


def change(sequence: int, state: int, ends_ns: int = 0, band_ppm: int = 0) -> MarketChange:
    return MarketChange(Sequence(sequence), NEW_YEAR_NS, status(state, ends_ns, band_ppm))


def states(messages: list[dict[str, object]]) -> list[object]:
    return [data["state"] for data in messages]


def test_a_change_says_the_state_and_when_an_auction_ends() -> None:
    stage = MarketStage()
    reader = stage.reader(STATUS)
    stage.receive("market.TATA_INR", encode(change(1, AUCTION, NEW_YEAR_NS + 60 * 10**9)))
    assert reader.take(STATUS) == [
        {
            "market": "TATA_INR",
            "state": "auction",
            "ends_at": "2024-01-01T00:01:00.000000Z",
            "timestamp": "2024-01-01T00:00:00.000000Z",
        }
    ]


def test_whoever_joins_gets_the_present_status_first() -> None:
    stage = MarketStage()
    early = stage.reader(STATUS)
    assert early.messages == []
    stage.market.load_status(status(CONTINUOUS), 5, 0)
    # Who has joined before the matcher answered gets it by the stream.
    (told,) = early.take(STATUS)
    assert (told["state"], told["ends_at"], told["timestamp"]) == ("continuous", None, None)
    assert stage.reader(STATUS).take(STATUS) == [told]


def test_what_the_answer_knows_already_is_not_told_again() -> None:
    stage = MarketStage()
    reader = stage.reader(STATUS)
    stage.market.load_status(status(HALTED), 5, 0)
    stage.market.on_status(change(4, AUCTION))
    stage.market.on_status(change(5, HALTED))
    assert states(reader.take(STATUS)) == ["halted"]
    stage.market.on_status(change(6, CONTINUOUS))
    assert states(reader.take(STATUS)) == ["continuous"]


def test_an_answer_that_says_nothing_new_tells_nobody_and_keeps_the_time() -> None:
    stage = MarketStage()
    reader = stage.reader(STATUS)
    stage.market.on_status(change(6, HALTED))
    stage.market.load_status(status(HALTED), 9, 6)
    told = reader.take(STATUS)
    assert [data["timestamp"] for data in told] == ["2024-01-01T00:00:00.000000Z"]
    assert stage.reader(STATUS).take(STATUS) == told


def test_other_rules_are_told_so_that_they_are_asked_for() -> None:
    stage = MarketStage()
    reader = stage.reader(STATUS)
    stage.market.on_status(change(6, CONTINUOUS))
    stage.market.on_status(change(7, CONTINUOUS, band_ppm=50_000))
    assert len(reader.take(STATUS)) == 2


def test_after_an_exchange_began_anew_its_low_sequences_count() -> None:
    stage = MarketStage()
    reader = stage.reader(STATUS)
    stage.market.on_status(change(900, HALTED))
    stage.market.load_status(status(CONTINUOUS), 3, 900)
    stage.market.on_status(change(4, AUCTION))
    assert states(reader.take(STATUS)) == ["halted", "continuous", "auction"]


def test_a_change_that_overtakes_an_answer_without_it_is_not_taken_back() -> None:
    stage = MarketStage()
    reader = stage.reader(STATUS)
    stage.market.on_status(change(6, CONTINUOUS))
    asked_at = stage.market.status_sequence
    stage.market.on_status(change(8, HALTED))
    stage.market.load_status(status(CONTINUOUS), 7, asked_at)
    assert states(reader.take(STATUS)) == ["continuous", "halted"]
    # It counts from the change on.
    stage.market.on_status(change(9, AUCTION))
    assert states(reader.take(STATUS)) == ["auction"]


def test_a_book_that_crosses_in_an_auction_is_a_book_like_any() -> None:
    stage = MarketStage()
    assert stage.load(reply(2, ((2_100, 5),), ((1_900, 5),)))
    reader = stage.reader("depth@TATA_INR")
    stage.market.on_depth(depth(3, 4, bids=((2_200, 1),), asks=((1_800, 1),)))
    stage.end_turn()
    _, delta = reader.take("depth@TATA_INR")
    assert (delta["bids"], delta["asks"]) == ([["110.00", "0.5"]], [["90.00", "0.5"]])
    assert stage.market.gaps == 0
    # The uncrossing takes it away.
    stage.market.on_depth(depth(5, 8, ((2_200, 0), (2_100, 0)), ((1_800, 0), (1_900, 1))))
    stage.end_turn()
    (snapshot,) = stage.reader("depth@TATA_INR").take("depth@TATA_INR")
    assert (snapshot["bids"], snapshot["asks"]) == ([], [["95.00", "0.5"]])
