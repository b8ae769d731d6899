"""An engine that has something of everything that a snapshot holds, for the tests of it."""

from typing import Final

from matcher.core.engine import Engine
from tests.property.bounds import bounded
from tests.reference.state import Bounds
from tests.unit.core.scenario import Scenario

BOUNDS: Final = Bounds(recent_orders=13)

TEXT: Final = """
    deposit 1 200000.00 INR                             -> ok
    deposit 2 5000 GOLD                                 -> ok
    deposit 3 200000.00 INR                             -> ok
    deposit 3 5000 GOLD                                 -> ok
    define asset SILVER decimals 3                      -> ok
    define market SILVER_INR maker 0.1% taker 0.2% least 1 most 100     -> ok
    1 buy 10 @ 100 day in SILVER_INR id=elsewhere       -> new
    freeze SILVER                                       -> ok
    set fees tier 1 maker -0.05% taker 0.2%             -> ok
    set user 3 tier 1 group 7 stp decrement             -> ok
    set user 8 tier 0 frozen                            -> ok
    request withdrawal 3 5.00 INR ref=asked             -> requested
    request deposit 3 7.00 INR ref=announced            -> requested
    transfer 3 to 4 10.00 INR ref=given                 -> ok
    3 cancel all after 1h                               -> ok

    # The first of it is forgotten at the end, and the other two are a pair.
    1 oto buy 10 @ 100 id=first then sell 10 @ 300 id=up and sell 10 market stop-loss 50 id=down \
                                                        -> new, pending, pending
    2 sell 10 @ 100 id=gone                             -> filled 10@100
    3 sell 30 @ 120 show 10 id=iceberg                  -> new
    3 sell 10 @ 120 id=rebated                          -> new
    set fees tier 1 maker -0.02% taker 0.1%             -> ok
    1 buy 14 @ 120 id=taker                             -> filled 10@120 4@120
    1 oto buy 10 @ 90 id=waits then sell 10 market trail 5 id=pending and sell 10 @ 400 \
                                                        -> new, pending, pending
    2 sell 10 market trail 3000bps id=trails            -> waiting
    1 buy 10 @ 80 day id=today                          -> new
    1 amend id=today price 81                           -> new
    1 buy 10 @ 60 gtd 1h id=later                       -> new
    2 sell 5 @ 125 post slide id=slides                 -> new
    2 sell 5 market stop-loss 70 id=stop                -> waiting
    2 sell 5 @ 91 stop-loss 95 id=fired                 -> waiting
    2 sell 5 market stop-loss 95 id=fired-too           -> waiting
    1 buy 2 @ 120 id=taker-too                          -> filled 2@120
    set reference 100                                   -> ok
    set rules band 50% halt 60% auction 30s             -> ok
    # What fires in an auction stays in the queue until the market is continuous.
    set state auction                                   -> ok
    1 buy 5 @ 94 id=bid                                 -> new
    2 sell 5 @ 94 id=plain                              -> new
    set state post_only                                 -> ok
    set state auction for 30s                           -> ok
    2 sell 5 @ 140 id=rests                             -> new
"""


def rich_engine() -> Engine:
    """Within `BOUNDS`; whoever restores it must be so too."""
    with bounded(BOUNDS):
        return Scenario().run(TEXT).engine
