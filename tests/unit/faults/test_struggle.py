from scripts.faults.kinds import BY_NAME
from scripts.faults.silence import Struck
from scripts.faults.struggle import Struggle
from scripts.load.drive import Driven
from scripts.load.record import Record
from scripts.load.samples import Samples
from scripts.watching.candles import Trouble


def test_only_who_tells_of_candles_is_an_excuse_and_some_time_longer() -> None:
    driven = Driven(Record(), Samples(), Samples(), 10.0, 0, 1.0, None)
    struck = [
        Struck(BY_NAME["kill-feed"], 1.0, 1.0),
        Struck(BY_NAME["kill-gateway"], 2.0, 2.0),
        Struck(BY_NAME["pause-postgres"], 3.0, 7.0),
        Struck(BY_NAME["restart-exchange"], 4.0, 10.0),
    ]
    assert Struggle(driven, struck, 1_000_000).troubles() == [
        Trouble("kill-feed", 2_000_000, 7_000_000),
        Trouble("restart-exchange", 5_000_000, 16_000_000),
    ]
