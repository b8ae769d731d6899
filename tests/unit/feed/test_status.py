"""The state of a market, as its stream tells it."""

from feed.streams import Stream
from proto.codes import AUCTION, CONTINUOUS, HALTED
from proto.definitions import FeeTier, MarketRules, MarketStatus
from proto.events import MarketChange
from proto.ids import Sequence
from tests.unit.feed.examples import NEW_YEAR_NS, depth, make_live, make_market, reply

STATUS = "status@TATA_INR"
STREAM = Stream(STATUS, "status", "", "TATA_INR")


def status(state: int, ends_ns: int = 0, band_ppm: int = 0) -> MarketStatus:
    return MarketStatus(1, state, ends_ns, 0, 0, MarketRules(band_ppm), [FeeTier(0, 0, 0)])


def change(sequence: int, state: int, ends_ns: int = 0, band_ppm: int = 0) -> MarketChange:
    return MarketChange(Sequence(sequence), NEW_YEAR_NS, status(state, ends_ns, band_ppm))


def test_a_change_says_the_state_and_when_an_auction_ends() -> None:
    market, outlet = make_market()
    market.on_status(change(1, AUCTION, NEW_YEAR_NS + 60 * 10**9))
    assert outlet.take(STATUS) == [
        {
            "market": "TATA_INR",
            "state": "auction",
            "ends_at": "2024-01-01T00:01:00.000000Z",
            "timestamp": "2024-01-01T00:00:00.000000Z",
        }
    ]


def test_whoever_joins_gets_the_present_status_first() -> None:
    market, outlet = make_market()
    assert market.greet(STREAM) is None
    market.load_status(status(CONTINUOUS), 5)
    # Who has joined before the matcher answered gets it by the stream.
    (told,) = outlet.take(STATUS)
    assert (told["state"], told["ends_at"], told["timestamp"]) == ("continuous", None, None)
    greeting = market.greet(STREAM)
    assert greeting is not None
    assert b'"state":"continuous"' in greeting


def test_what_the_answer_knows_already_is_not_told_again() -> None:
    market, outlet = make_market()
    market.load_status(status(HALTED), 5)
    outlet.messages.clear()
    market.on_status(change(4, AUCTION))
    market.on_status(change(5, HALTED))
    assert outlet.messages == []
    market.on_status(change(6, CONTINUOUS))
    assert [data["state"] for data in outlet.take(STATUS)] == ["continuous"]


def test_an_answer_that_says_nothing_new_tells_nobody_and_keeps_the_time() -> None:
    market, outlet = make_market()
    market.on_status(change(6, HALTED))
    outlet.messages.clear()
    market.load_status(status(HALTED), 9)
    assert outlet.messages == []
    greeting = market.greet(STREAM)
    assert greeting is not None
    assert b'"timestamp":"2024-01-01T00:00:00.000000Z"' in greeting


def test_other_rules_are_told_so_that_they_are_asked_for() -> None:
    market, outlet = make_market()
    market.on_status(change(6, CONTINUOUS))
    market.on_status(change(7, CONTINUOUS, band_ppm=50_000))
    assert len(outlet.take(STATUS)) == 2


def test_after_an_exchange_began_anew_its_low_sequences_count() -> None:
    market, outlet = make_market()
    market.on_status(change(900, HALTED))
    market.load_status(status(CONTINUOUS), 3)
    market.on_status(change(4, AUCTION))
    assert [data["state"] for data in outlet.take(STATUS)] == ["halted", "continuous", "auction"]


def test_a_book_that_crosses_in_an_auction_is_a_book_like_any() -> None:
    market, outlet = make_live(reply(2, ((2_100, 5),), ((1_900, 5),)))
    market.on_depth(depth(3, 4, bids=((2_200, 1),), asks=((1_800, 1),)))
    market.flush()
    (delta,) = outlet.take("depth@TATA_INR")
    assert (delta["bids"], delta["asks"]) == ([["110.00", "0.5"]], [["90.00", "0.5"]])
    assert market.gaps == 0
    # The uncrossing takes it away.
    market.on_depth(depth(5, 8, ((2_200, 0), (2_100, 0)), ((1_800, 0), (1_900, 1))))
    market.flush()
    greeting = market.greet(Stream("depth@TATA_INR", "depth", "", "TATA_INR"))
    assert greeting is not None
    assert b'"bids":[],"asks":[["95.00","0.5"]]' in greeting
