"""A snapshot of version 1, byte for byte as its program wrote it, is read by this one.

It was taken after these steps, in the scenarios' market:

    deposit 1 20000.00 INR           -> ok
    deposit 2 500 GOLD               -> ok
    1 buy 50 @ 200 id=rests          -> new
    2 sell 30 @ 190 id=takes         -> filled 30@200
    2 sell 60 @ 230                  -> new
    2 sell 60 @ 240 id=gone          -> new
    2 cancel id=gone                 -> cancelled
    withdraw 2 5 GOLD                -> ok
"""

import base64
from typing import Final

import pytest

from matcher.core.engine import Engine
from matcher.core.parts import SnapshotError
from matcher.journal.format import Position
from matcher.snapshots.format import VERSION, SnapshotHeader, SnapshotReader, encode_snapshot
from tests.unit.core.scenario import Scenario

DATA: Final = base64.b64decode(
    "VE1TTkFQU0gBAAAAAwAAAAsAAAAAAAAANBIAAMDY0Tb+nJcXj8yh+Q4AAAA58L+hlQELzxeXnP420djAAQAYAAAA"
    "2RNqpZICkpKTAaNJTlICzQcIkpMCpEdPTEQAAEYAAAD1vjrOkgORlZ4BqEdPTERfSU5SAgEAAQABzQPoAs0B9M0T"
    "iM0D6M0H0AUBzMiRmaIxbc8Xl5z5jhI4AMzIzMjMyMzIHs4ACSfAARMAAAAJ49ljkwQBkZXOZVPxAMzIHs4ACSfA"
    "AQwAAADzqO8RkwUBkZLOZVPxAMzIDAAAAAYgI3iTBgGRks5lU/EAzMg2AAAA4Ev3oJIHk5SqdHJhbnNmZXItMQEB"
    "zgAehICUqnRyYW5zZmVyLTICAs0B9JSqdHJhbnNmZXItMwIC+x0AAAC1wKz1kgiUkwEBzgAVWmiTAQIekwICzQHR"
    "kwIBzgAJIxC5AAAAOg1EN5IJlJgGnAEAAAEBAQEBwszIMqVyZXN0c88Xl5z+NoWNgM8Xl5z+NpTPwAIezgAJJ8DO"
    "I8NGAJgHnAEAAAECAgEBwsy+HqV0YWtlc88Xl5z+NpTPwM8Xl5z+NpTPwAMezgAJJ8DOR4aMAJgInAEAAAECAgEB"
    "wszmPKDPF5ec/jakEgDPF5ec/jakEgABAAAAmAmcAQAAAQICAQHCzPA8pGdvbmXPF5ec/jazVEDPF5ec/jbCloAE"
    "AAAADAAAAGtq1UiSCpGVBwHMyB7NBLAAAAAACcjVyQoAAACEtvMV/C2sDexvyfHDm8j+"
)


def read(data: bytes) -> Engine:
    reader = SnapshotReader(data)
    engine = Engine.restored(0, reader.parts())
    engine.check_invariants()
    return engine


def scenario_of(engine: Engine) -> Scenario:
    """Go on with an engine in the scenarios' language."""
    scenario = Scenario()
    scenario.engine = engine
    scenario.timestamp_ns = engine.timestamp_ns
    return scenario


def test_it_is_what_it_was() -> None:
    reader = SnapshotReader(DATA)
    assert (reader.header.version, reader.header.epoch) == (1, 3)
    assert reader.header.position == Position(11, 0x1234)
    engine = read(DATA)
    assert engine.sequence == engine.last_number == 11
    scenario_of(engine).run(
        """
        book 20@200 | 60@230
        balance 1 INR 13994.00 held 4008.00
        balance 1 GOLD 30 held 0
        balance 2 INR 5988.00 held 0.00
        balance 2 GOLD 465 held 60
        order 1 rests: partially_filled 30 of 50 @ 200
        order 2 takes: filled 30 of 30 @ 190
        order 2 gone: cancelled 0 of 60 @ 240
        last 200
        state continuous
        reference 0
        """
    )


def test_it_goes_on() -> None:
    scenario_of(read(DATA)).run(
        """
        1 buy 50 @ 200 id=rests          -> new
        2 sell 30 @ 190 id=takes         -> filled 30@200
        2 sell 20 @ 200                  -> filled 20@200
        1 buy 60 @ 230 fok               -> INSUFFICIENT_BALANCE
        deposit 1 20000.00 INR ref=more  -> ok
        1 buy 60 @ 230 fok               -> filled 60@230
        2 sell 5 market stop-loss 90     -> waiting
        """
    )


def test_its_hash_is_not_to_be_compared() -> None:
    reader = SnapshotReader(DATA)
    for _ in reader.parts():
        pass
    assert reader.state_hash == ""


def test_what_is_taken_of_it_is_of_the_present_version() -> None:
    engine = read(DATA)
    header = SnapshotHeader(0, 4, Position(11, 0x1234), engine.timestamp_ns)
    data = b"".join(encode_snapshot(header, engine.parts(), engine.state_hash))
    reader = SnapshotReader(data)
    assert reader.header.version == VERSION
    again = Engine.restored(0, reader.parts())
    assert again.state_hash() == engine.state_hash() == reader.state_hash


@pytest.mark.parametrize("at", [30, 60, 200, 400])
def test_a_damaged_one_is_refused(at: int) -> None:
    with pytest.raises(SnapshotError):
        read(DATA[:at] + bytes([DATA[at] ^ 1]) + DATA[at + 1 :])
