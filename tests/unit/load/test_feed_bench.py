"""The bench of the feed: what its clients read, how orders are found again, what is summed up."""

import pytest

from proto.codes import SELL
from scripts.benches.catalog import BENCHES
from scripts.benches.feed import bench
from scripts.benches.feed.frames import (
    NO_CODE,
    FrameReader,
    masked_text,
)
from scripts.benches.feed.lanes import TimedLane
from scripts.benches.feed.probes import price_key, probe_orders
from scripts.benches.feed.sightings import Log, delays, moments, only, stamps
from scripts.benches.feed.timestamps import timestamp_us
from scripts.benches.feed.witness import Witness
from scripts.benches.findings import times_of
from scripts.benches.rest import bench as rest
from scripts.load.flow import MarketWalk
from scripts.load.operations import (
    ACKNOWLEDGED,
    REFUSED,
    Cancel,
    Operation,
    Outcome,
    Owner,
    Place,
    SeenFill,
)
from scripts.watching.frames import FrameError
from tests.unit.load.scales import TATA_INR


def frame(content: bytes, opcode: int = 1) -> bytes:
    length = len(content)
    if length < 126:
        return bytes((0x80 | opcode, length)) + content
    if length < 1 << 16:
        return bytes((0x80 | opcode, 126)) + length.to_bytes(2, "big") + content
    return bytes((0x80 | opcode, 127)) + length.to_bytes(8, "big") + content


def test_frames_are_found_however_they_come_in_pieces() -> None:
    contents = [b"", b"a", b"b" * 125, b"c" * 126, b"d" * 65_535, b"e" * 65_536]
    stream = b"".join(map(frame, contents))
    for size in (1, 2, 3, 100, 65_537, len(stream)):
        reader, texts = FrameReader(), []
        for start in range(0, len(stream), size):
            reader.take(stream[start : start + size], texts)
        assert (reader.messages, texts) == (len(contents), contents)


def test_texts_are_counted_where_nobody_wants_them() -> None:
    reader = FrameReader()
    reader.take(frame(b"x") * 3 + b"\xc1\x01z")
    assert reader.messages == 4


def test_a_ping_is_answered_and_a_closing_is_seen() -> None:
    reader = FrameReader()
    reader.take(frame(b"hello", 9))
    assert reader.take_pongs() == b"\x8a\x85\0\0\0\0hello"
    assert reader.take_pongs() == b""
    assert reader.close_code is None
    reader.take(frame((1008).to_bytes(2, "big") + b"SLOW_READER", 8))
    assert (reader.close_code, reader.messages) == (1008, 0)
    reader = FrameReader()
    reader.take(frame(b"", 8))
    assert reader.close_code == NO_CODE


def test_what_no_server_of_ours_sends_is_refused() -> None:
    with pytest.raises(FrameError):
        FrameReader().take(frame(b"part", 0))


def test_a_request_is_a_masked_text() -> None:
    assert masked_text("hi") == b"\x81\x82\0\0\0\0hi"
    assert masked_text("x" * 300)[:8] == b"\x81\xfe\x01\x2c\0\0\0\0"


def test_the_timestamp_of_a_message_is_read() -> None:
    text = b'{"data":{"timestamp":"1970-01-01T00:00:02.000003Z","checksum":1}}'
    assert timestamp_us(text) == 2_000_003
    assert timestamp_us(b'{"id":1,"result":null}') is None


def test_what_was_sent_is_matched_with_what_was_seen() -> None:
    found = delays({"a": 1_000, "b": 2_000, "lost": 3_000}, {"a": 6_000, "b": 2_000, "other": 1})
    assert (found.delays_us, found.missing) == ([5, 0], 1)
    seen = {"a": (10, 99), "b": (20, 98)}
    assert moments(seen) == {"a": 99, "b": 98}
    assert stamps(seen, 4_000) == {"a": 6_000, "b": 16_000}
    assert only({"a": 1, "b": 2}, ["b", "c"]) == {"b": 2}


def test_a_percentile_is_one_that_was_measured() -> None:
    found = times_of("x", [3_000, 1_000, 2_000, 100_000])
    assert (found.p50_ms, found.p99_ms, found.max_ms, found.count) == (2.0, 100.0, 100.0, 4)
    found = times_of("x", range(1, 1_001))
    assert (found.p50_ms, found.p99_ms, found.p99_9_ms) == (0.5, 0.99, 0.999)


class StillLane:
    """Keeps what it should carry."""

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self.carried: list[Operation] = []

    def submit(self, operation: Operation) -> None:
        self.carried.append(operation)

    def expire(self, now_ns: int) -> None: ...

    def close(self) -> None: ...


class Told:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def on_outcome(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


def place(name: str) -> Place:
    return Place(1, 1, SELL, 1, 1, 100, 1, name)


def test_a_lane_notes_when_an_order_leaves_and_what_comes_of_it() -> None:
    log, told, inner = Log(), Told(), []
    filled = Outcome(ACKNOWLEDGED, "", 7, "filled", (SeenFill(12, "1", "1"),))

    def make_lane(owner: Owner) -> StillLane:
        inner.append(StillLane(owner))
        return inner[-1]

    lane = TimedLane(make_lane, told, log)
    lane.submit(place("connects"))
    lane.on_outcome(filled)
    lane.submit(place("a"))
    lane.on_outcome(filled)
    lane.submit(Cancel(1, 1, 7, "a"))
    lane.on_outcome(Outcome(ACKNOWLEDGED, "", 7, "cancelled"))
    lane.submit(place("refused"))
    lane.on_outcome(Outcome(REFUSED, "X"))
    lane.submit(place("a"))
    lane.on_outcome(filled)
    assert list(log.sent) == list(log.replied) == ["a"]
    assert log.sent["a"] <= log.replied["a"]
    assert log.trades == {"12": log.sent["a"]}
    assert log.repeated == 1
    assert (len(told.outcomes), len(inner[0].carried)) == (5, 5)


def test_probes_have_prices_of_their_own() -> None:
    probes = probe_orders(TATA_INR, MarketWalk(TATA_INR, 1_000), 11, "run", 50)
    keys = {price_key(TATA_INR, order) for order in probes}
    assert len(keys) == 50
    assert all(order.side == SELL and order.price_ticks > 2_000 for order in probes)


def test_a_witness_notes_each_thing_when_it_comes_first() -> None:
    witness = Witness(["M 5.00"])
    moment = "1970-01-01T00:00:00.000004Z"
    order = f'{{"client_order_id":"a","updated_at":"{moment}"}}'
    later = '{"client_order_id":"a","updated_at":"1970-01-01T00:00:09.000000Z"}'
    nameless = f'{{"client_order_id":null,"updated_at":"{moment}"}}'
    for text in (
        '{"stream":"orders","data":{"type":"start","position":"1","user_id":"1"}}',
        *(f'{{"stream":"orders","data":{{"order":{one}}}}}' for one in (order, later, nameless)),
        f'{{"stream":"trades@M","data":{{"trade_id":"3","market":"M","timestamp":"{moment}"}}}}',
        f'{{"stream":"depth@M","data":{{"market":"M","timestamp":"{moment}",'
        '"bids":[["5.00","1"]],"asks":[["4.00","1"]]}}',
    ):
        witness.on_text(text.encode())
    assert not witness.seen.levels
    witness.on_text(
        f'{{"stream":"depth@M","data":{{"market":"M","timestamp":"{moment}",'
        '"bids":[],"asks":[["5.00","1"]]}}'.encode()
    )
    seen = witness.seen
    assert [list(part) for part in (seen.reports, seen.trades, seen.levels)] == [
        ["a"],
        ["3"],
        ["M 5.00"],
    ]
    assert {stamp for stamp, _ in (*seen.reports.values(), *seen.levels.values())} == {4}


def test_the_catalog_knows_the_parts() -> None:
    assert BENCHES["feed"].parts == bench.PARTS
    assert BENCHES["rest"].parts == rest.PARTS
