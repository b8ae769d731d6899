"""An engine with something of everything, and how far its journal is."""

from matcher.core.engine import Engine
from matcher.journal.format import Position
from tests.unit.core.scenario import Scenario


def traded_engine() -> Engine:
    return (
        Scenario()
        .run(
            """
            deposit 1 20000.00 INR           -> ok
            deposit 2 500 GOLD               -> ok
            withdraw 2 7 GOLD                -> ok
            1 buy 50 @ 200 id=rests          -> new
            2 sell 30 @ 190 id=takes         -> filled 30@200
            2 sell 60 @ 230                  -> new
            2 sell 60 @ 240 id=gone          -> new
            2 cancel id=gone                 -> cancelled
            """
        )
        .engine
    )


def position_of(engine: Engine) -> Position:
    """A position with a checksum that this engine's sequence tells."""
    return Position(engine.sequence, 0xC0FFEE + engine.sequence)
