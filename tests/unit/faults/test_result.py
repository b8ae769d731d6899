"""The result of a chaos run, as JSON and as text."""

import msgspec
from rich.console import Console

from scripts.faults.kinds import BY_NAME
from scripts.faults.options import parse_options
from scripts.faults.report import plain_lines, write_report
from scripts.faults.result import (
    Aftermath,
    Result,
    audit_faults,
    make_result,
)
from scripts.faults.silence import Struck
from scripts.load.audits import Audit
from scripts.load.drive import Driven
from scripts.load.record import Record
from scripts.load.samples import Samples
from scripts.watching.accounts import Counts, Seen, SubscriberState
from scripts.watching.mistakes import GAP

STRUCK = [Struck(BY_NAME["kill-matcher"], 2.0, 2.0), Struck(BY_NAME["kill-feed"], 4.0, 4.0)]


def seen(gaps: int = 0) -> Seen:
    mistakes = {GAP: gaps} if gaps else {}
    state = SubscriberState("s", True, {}, {}, 0, [], Counts(messages=100), mistakes, [])
    return Seen([state], {}, Samples().latency(), 0.5)


def result(*audits: Audit, planned: int = 2, gaps: int = 0, crashed: bool = False) -> Result:
    places = Samples()
    for number in range(1_000):
        if not 200 <= number < 280:
            places.add(0, number * 10_000_000, 0)
    driven = Driven(Record(), places, Samples(), 10.0, 0, 1.0, None)
    options = parse_options(["--faults", "kill-matcher,kill-feed,fill-disk", "--minutes", "0.2"])
    said = ["up         feed-1 ended with status 1"] if crashed else []
    aftermath = Aftermath(1.5, 42, list(audits), seen(gaps), said)
    return make_result(options, driven, STRUCK, planned, aftermath)


def test_a_run_in_which_every_audit_holds() -> None:
    found = result(Audit("money", True, "5 assets"))
    assert found.ok
    assert {name: kind.times for name, kind in found.faults.items()} == {
        "kill-matcher": 1,
        "kill-feed": 1,
        "fill-disk": 0,
    }
    assert round(found.faults["kill-matcher"].longest_silence_s, 2) == 0.81
    assert msgspec.json.decode(msgspec.json.encode(found), type=Result) == found
    lines = list(plain_lines(found))
    assert lines[-1] == "result: every audit holds"
    assert any("kill-matcher" in line and "0.81 s" in line for line in lines)


def test_a_failure_says_how_to_repeat_it() -> None:
    found = result(Audit("money", False, "5 assets", ("INR: lost 3",)))
    assert not found.ok
    lines = list(plain_lines(found))
    assert "            INR: lost 3" in lines
    assert lines[-2] == "result: FAILED"
    assert lines[-1].endswith(found.command)
    console = Console(force_terminal=True, width=200, record=True, file=None)
    with console.capture() as shown:
        write_report(found, console)
    assert "INR: lost 3" in shown.get()
    assert found.command in shown.get()


def test_a_fault_that_struck_nobody_is_a_failure() -> None:
    assert not result(planned=3).ok
    assert audit_faults(2, STRUCK).ok


def test_a_process_that_ended_by_itself_is_a_failure() -> None:
    assert not result(crashed=True).ok


def test_what_subscribers_found_wrong_is_a_failure() -> None:
    assert result().ok
    assert not result(gaps=1).ok
    assert result().streams.messages == 100
