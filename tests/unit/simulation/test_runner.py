"""The command that runs seeds."""

import json

import pytest

from scripts.seeds.campaign import run_block, run_campaign
from scripts.seeds.catching import Catch, describe
from scripts.seeds.main import main
from scripts.seeds.options import SEEDS, parse_options
from scripts.seeds.report import lines, outcome_line
from scripts.seeds.tally import Failure, Tally


def test_the_command_line() -> None:
    assert parse_options([]).seeds == SEEDS
    assert parse_options(["--minutes", "1"]).seeds is None
    options = parse_options(["--first", "5", "--seeds", "7", "--jobs", "3", "--json"])
    assert (options.first, options.seeds, options.jobs, options.json) == (5, 7, 3, True)
    with pytest.raises(SystemExit):
        parse_options(["--jobs", "0"])


def test_processes_count_what_one_would() -> None:
    told: list[int] = []
    options = parse_options(["--seeds", "30", "--jobs", "2"])
    tally = run_campaign(options, lambda sums: told.append(sums.seeds))
    assert tally.seeds == told[-1] == 30
    assert tally.counts == run_block(0, 30).counts
    assert not tally.failures


def test_time_ends_a_campaign() -> None:
    options = parse_options(["--minutes", "0.000001", "--jobs", "1"])
    assert run_campaign(options, lambda _: None).seeds == 0


def test_a_failure_is_told_with_the_way_to_see_it() -> None:
    tally = Tally(3, [Failure(2, "no end", "no end: 1 operation is open")], {"trades": 4}, 1.5)
    text = "\n".join(lines(tally))
    assert "seed 2: no end" in text
    assert "scripts/simulate.py --seed 2" in text
    assert outcome_line(tally) == "1 of 3 seeds failed"
    assert outcome_line(Tally(3)) == "all 3 seeds passed"
    assert outcome_line(Tally(3, stopped=True)) == "stopped: all 3 seeds passed"
    assert [Tally(3).ok, Tally(3, stopped=True).ok, tally.ok] == [True, False, False]


def test_one_seed_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "1"]) == 0
    shown = capsys.readouterr().out
    assert "matcher   ready: epoch 1" in shown
    assert "passed\nseed 1, checksum " in shown


def test_a_broken_exchange_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "0", "--sabotage", "sync", "--json"]) == 1
    (failure,) = json.loads(capsys.readouterr().out)["failures"]
    assert failure["check"] == "left while the journal was not synced"


def test_a_sabotage_is_noticed_or_that_is_the_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--sabotage", "early", "--seeds", "5"]) == 0
    assert "noticed by seed 0, after 1: reply before" in capsys.readouterr().out
    assert "NOT NOTICED in 5 seeds" in describe(Catch("early", "what", 5, None, ""))
